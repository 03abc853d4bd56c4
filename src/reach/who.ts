/** Whom a change is about, in words. */
import type { HeaderMatch } from '../intent/types.ts';
import { describeMatch } from '../istio/describe.ts';
import { takesEverything } from '../istio/matches.ts';
import type { Match, Route, StringMatch } from '../istio/types.ts';
import { blocksOf } from './takers.ts';

/** @example 'x-cid: seu_madruga', 'x-cid: seu_…', 'x-cid: /^seu_.*$/', 'x-cid and x-debug: 1' */
export function headersWords(headers: HeaderMatch): string {
  return Object.entries(headers)
    .map(([name, match]) => cookieWords(name, match) ?? `${name}${valueWords(match)}`)
    .join(' and ');
}

/** The input `cookies` becomes a regex that finds one cookie among others: only its middle says anything. */
function cookieWords(name: string, { regex = '' }: StringMatch): string | undefined {
  const found = /^\^\(\?:\.\*; \*\)\?(.+) \*\(\?:;\.\*\)\?\$$/.exec(regex);
  return name === 'cookie' && found?.[1] !== undefined ? `cookie ${found[1]}` : undefined;
}

function valueWords({ exact, prefix, regex }: StringMatch): string {
  if (exact !== undefined) return `: ${exact}`;
  if (prefix !== undefined) return `: ${prefix}…`;
  return regex === undefined ? '' : `: /${regex}/`;
}

/** The headers that all blocks of a preview ask for: those that it has beyond its base route's blocks. */
export function ownHeaders(preview: Route, base: Route | undefined): string {
  const known = new Set(
    (base?.match ?? []).flatMap((block) =>
      Object.entries(block.headers ?? {}).map(([name, match]) => JSON.stringify([name, match])),
    ),
  );
  const texts = (preview.match ?? []).map(({ headers }: Match) =>
    headersWords(
      Object.fromEntries(
        Object.entries(headers ?? {}).filter(([name, match]) => !known.has(JSON.stringify([name, match]))),
      ),
    ),
  );
  return [...new Set(texts)].filter((text) => text !== '').join(' or ');
}

/** `every request`, `requests that no other route takes`, or what the route asks: `uri starts with "/v2"`. */
export function routeWords(route: Route, isAlone: boolean): string {
  const isOpen = takesEverything('http', route, []) && blocksOf(route).some(hasNoScope);
  if (!isOpen) return describeMatch(route);
  return isAlone ? EVERY : REST;
}

const EVERY = 'every request';
const REST = 'requests that no other route takes';

function hasNoScope({ port, gateways, sourceLabels, sourceNamespace }: Match): boolean {
  return [port, gateways, sourceLabels, sourceNamespace].every((field) => field === undefined);
}

/** Routes that a sentence names; of more it says how many. */
const MOST_NAMED = 2;

/** The requests of some routes, each as `routeWords` says it. */
export function requestsOf(routes: readonly string[]): string {
  const [first = EVERY, ...more] = routes;
  if (more.length === 0) return first === EVERY || first === REST ? first : `requests where ${first}`;
  const named = routes.map((words) => (words === REST || words === EVERY ? 'the default route' : words));
  const list = named.slice(0, MOST_NAMED).join('; ');
  const rest = named.length - MOST_NAMED;
  return `requests of ${routes.length} routes (${list}${rest > 0 ? `; and ${rest} more` : ''})`;
}
