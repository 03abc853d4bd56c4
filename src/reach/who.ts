/** Whom a change is about, in words. */
import type { HeaderMatch } from '../intent/types.ts';
import { describeMatch } from '../istio/describe.ts';
import type { Match, Route, StringMatch } from '../istio/types.ts';

/** @example 'x-cid: seu_madruga', 'x-cid: seu_…', 'x-cid: /^seu_.*$/', 'x-cid and x-debug: 1' */
export function headersWords(headers: HeaderMatch): string {
  return Object.entries(headers)
    .map(([name, match]) => `${name}${valueWords(match)}`)
    .join(' and ');
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

/** `every request`, or what the route asks. */
export function routeWords(route: Route, isAlone: boolean): string {
  const words = describeMatch(route);
  if (words !== 'every request') return words;
  return isAlone ? 'every request' : 'requests that no other route takes';
}
