/** Which route answers a request, of thousands, without asking each. */
import { memoizedFor } from '../base/memoized.ts';
import { resultOf, type Result } from '../istio/requests/answer.ts';
import { meets } from '../istio/requests/meets.ts';
import type { HttpRequest } from '../istio/requests/request.ts';
import type { ListedRoute } from '../istio/requests/kept-routes.ts';
import type { Match } from '../istio/types.ts';
import { filesOf, nearOf, type Near } from './filing.ts';

/** One list of routes, ready to be asked about many requests. */
export interface Asked {
  readonly list: readonly ListedRoute[];
  /** What `answer` says of the list, without the routes that `without` chooses. */
  readonly ask: (request: HttpRequest, without?: (listed: ListedRoute) => boolean) => Result;
  /** Positions of all routes that could match the request, in their order. */
  readonly near: (request: HttpRequest) => readonly number[];
  /** The blocks of a route of the list that the request meets. */
  readonly met: (request: HttpRequest, listed: ListedRoute) => readonly Match[];
  /** The position of a route of the list; undefined: it is in another one. */
  readonly positionOf: (listed: ListedRoute) => number | undefined;
  /** Steps (of a `Budget`) that it takes to hold the request against the list. */
  readonly effort: (request: HttpRequest) => number;
}

interface LookedUp {
  readonly request: HttpRequest;
  readonly effort: number;
  readonly near: readonly Near[];
  readonly results: Map<((listed: ListedRoute) => boolean) | undefined, Result>;
}

/** What is not filed where a request looks could not have matched it, so the answer is that of the whole list. */
export const askable = memoizedFor(makeAskable);

function makeAskable(list: readonly ListedRoute[]): Asked {
  const files = filesOf(list);
  let places: ReadonlyMap<ListedRoute, number> | undefined;
  // One request is asked about several times in a row.
  let last: LookedUp | undefined;
  const lookUp = (request: HttpRequest): LookedUp => {
    if (last?.request !== request) last = { request, ...nearOf(request, files), results: new Map() };
    return last;
  };
  const positionOf = (listed: ListedRoute): number | undefined => {
    places ??= new Map(list.map((one, index) => [one, index]));
    return places.get(listed);
  };
  return {
    list,
    near: (request) => lookUp(request).near.map(({ index }) => index),
    met(request, listed) {
      const place = positionOf(listed);
      const blocks = lookUp(request).near.find(({ index }) => index === place)?.blocks ?? [];
      return blocks.filter((block) => meets(block, request).state === 'met');
    },
    positionOf,
    effort: (request) => lookUp(request).effort,
    ask(request, without) {
      const { near, results } = lookUp(request);
      const known = results.get(without);
      if (known !== undefined) return known;
      const result = resultAmong(list, near, request, without);
      results.set(without, result);
      return result;
    },
  };
}

/** Routes of which a block is left out are asked as if they were without it, and answer as they are. */
function resultAmong(
  list: readonly ListedRoute[],
  near: readonly Near[],
  request: HttpRequest,
  without?: (listed: ListedRoute) => boolean,
): Result {
  let originals: Map<ListedRoute, ListedRoute> | undefined;
  const some: ListedRoute[] = [];
  for (const { index, blocks } of near) {
    const listed = list[index];
    if (listed === undefined || without?.(listed) === true) continue;
    const { match = [] } = listed.route;
    if (match.length === 0 || blocks.length === match.length) some.push(listed);
    else {
      const part = { ...listed, route: { ...listed.route, match: blocks } };
      originals ??= new Map();
      originals.set(part, listed);
      some.push(part);
    }
  }
  const result = resultOf(some, request);
  return originals === undefined ? result : ofOriginals(result, originals);
}

function ofOriginals(result: Result, originals: ReadonlyMap<ListedRoute, ListedRoute>): Result {
  const whole = <T extends { readonly listed: ListedRoute }>(taker: T): T => ({
    ...taker,
    listed: originals.get(taker.listed) ?? taker.listed,
  });
  switch (result.kind) {
    case 'none':
      return result;
    case 'route':
      return { ...result, taker: whole(result.taker) };
    case 'undecided':
      return {
        ...result,
        candidates: result.candidates.map((one) => ({
          ...one,
          taker: one.taker === null ? null : whole(one.taker),
        })),
      };
  }
}
