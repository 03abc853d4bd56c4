/** Whom a change is about, in words. */
import { grouped } from '../base/text.ts';
import { memberWords } from '../intent/member-words.ts';
import type { HeaderMatch } from '../intent/types.ts';
import { describeMatch } from '../intent/describe-match.ts';
import { isCatchAll } from '../istio/matches.ts';
import type { ListedRoute } from '../istio/requests/kept-routes.ts';
import { meets } from '../istio/requests/meets.ts';
import type { HttpRequest } from '../istio/requests/request.ts';
import type { Match, Route, StringMatch } from '../istio/types.ts';
import type { Asked } from './asking.ts';
import { isPreviewRoute, linkTo } from './expected/ours.ts';
import { blocksOf, type Taken } from './listed.ts';
import { takenBy } from './samples.ts';

/** @example 'x-cid: seu_madruga', 'x-cid: seu_…', 'x-cid: /^seu_.*$/', 'x-cid and x-debug: 1' */
function headerMatchWords(headers: HeaderMatch): string {
  return Object.entries(headers)
    .map(([name, match]) => (match.regex && memberWords(name, match.regex)) ?? `${name}${valueWords(match)}`)
    .join(' and ');
}

function valueWords({ exact, prefix, regex }: StringMatch): string {
  if (exact !== undefined) return `: ${exact}`;
  if (prefix !== undefined) return `: ${prefix}…`;
  return regex === undefined ? '' : `: /${regex}/`;
}

/** The headers that all blocks of a preview require: those that it has beyond its base route's blocks. */
function ownHeaders(preview: Route, base: Route | undefined): string {
  const found = ownKnown.get(preview);
  if (found?.base === base && found !== undefined) return found.words;
  const words = ownWords(preview, base);
  ownKnown.set(preview, { base, words });
  return words;
}

/** Of a route with 2,000 blocks the requests of each block need the words of all. */
const ownKnown = new WeakMap<Route, { readonly base: Route | undefined; readonly words: string }>();

function ownWords(preview: Route, base: Route | undefined): string {
  const known = new Set(
    (base?.match ?? []).flatMap((block) =>
      Object.entries(block.headers ?? {}).map(([name, match]) => JSON.stringify([name, match])),
    ),
  );
  const texts = (preview.match ?? []).map(({ headers }: Match) =>
    headerMatchWords(
      Object.fromEntries(
        Object.entries(headers ?? {}).filter(([name, match]) => !known.has(JSON.stringify([name, match]))),
      ),
    ),
  );
  return [...new Set(texts)].filter((text) => text !== '').join(' or ');
}

/** `every request`, `requests that no other route accepts`, or what the route matches: `uri starts with "/v2"`. */
function routeWords(route: Route, isAlone: boolean): string {
  const isOpen = openKnown.get(route) ?? isOpenRoute(route);
  openKnown.set(route, isOpen);
  if (!isOpen) return describeMatch(route);
  return isAlone ? EVERY : REST;
}

const openKnown = new WeakMap<Route, boolean>();

function isOpenRoute(route: Route): boolean {
  return isCatchAll('http', route, []) && blocksOf(route).some(hasNoScope);
}

const EVERY = 'every request';
const REST = 'requests that no other route accepts';

function hasNoScope({ port, gateways, sourceLabels, sourceNamespace }: Match): boolean {
  return [port, gateways, sourceLabels, sourceNamespace].every((field) => field === undefined);
}

export interface Whom {
  readonly who: string;
  /** The route that they are of, where `who` doesn't say it. */
  readonly route?: string;
  /** `who` is the route. */
  readonly isRoute?: boolean;
}

/**
 * Whom an answer is about: the requests with some headers, or those of a route.
 *
 * @param asked the headers of `headers`, where the request is one that was asked about
 * @param about the route that the operation is about: a preview or a link says whose requests these are, although
 *   another route gets them
 */
export function whomOf(
  request: HttpRequest,
  { before, after }: { readonly before: Asked; readonly after: Asked },
  asked: readonly HeaderMatch[],
  about?: ListedRoute,
): Whom {
  const base = takenBy(before.ask(request, isPreviewRoute));
  const isAlone = before.list.length === 1;
  const route = base === undefined ? undefined : routeWords(base.route, isAlone);
  const withRoute = route === undefined ? {} : { route };
  const [first, next] = [takenBy(before.ask(request)), takenBy(after.ask(request))];
  const routes = [about, first, next];
  const link = routes.find((one) => one !== undefined && linkTo(one.route) !== undefined);
  if (link !== undefined) return { who: describeMatch(link.route), isRoute: true };
  const names = asked.filter((headers) => meets({ headers }, request).state === 'met').map(headerMatchWords);
  if (names.length > 0) return { who: `requests with ${names.join(' or ')}`, ...withRoute };
  const preview = routes.find((one) => one !== undefined && isPreviewRoute(one));
  const own = preview === undefined ? '' : ownHeaders(preview.route, base?.route);
  if (own !== '') return { who: `requests with ${own}`, ...withRoute };
  const taken = base ?? next;
  if (taken === undefined) return { who: 'requests that no route accepts' };
  return { who: routeWords(taken.route, isAlone), isRoute: true };
}

/** `route partner (http[0]) of VirtualService shop/api`. */
export function placeWords(listed: ListedRoute): string {
  const { from, fromIndex, route } = listed;
  const { namespace, name } = from.metadata;
  const place = `http[${fromIndex}]`;
  const own = from.spec.http?.[fromIndex]?.name ?? route.name;
  const named = own === undefined || own === '' ? place : `${own} (${place})`;
  return `route ${named} of VirtualService ${namespace}/${name}`;
}

/** ` and redirects them`: what a route does in place of sending anywhere; empty where it sends. */
export function insteadWords(taken: Taken): string {
  if (taken?.route['redirect'] !== undefined) return ' and redirects them';
  return taken?.route['directResponse'] === undefined ? '' : ' and answers them itself';
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
  return `requests of ${grouped(routes.length)} routes (${list}${rest > 0 ? `; and ${grouped(rest)} more` : ''})`;
}
