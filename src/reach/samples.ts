/** An example request of a class: it meets the class's blocks, and none above takes it away. */
import type { Match, Route } from '../istio/types.ts';
import { both, not, wishOf, type Wish } from './predicates.ts';
import { requestFor, type Home } from './request-example.ts';
import type { HttpRequest } from '../istio/requests/request.ts';
import { isMet } from './met.ts';
import { blocksOf, type Takers } from './takers.ts';

/** One request, and the routes of both lists that it meets. */
export interface Sample {
  readonly request: HttpRequest;
  /** Positions, the first of which gets it. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export interface Scene {
  readonly before: readonly Route[];
  readonly after: readonly Route[];
  readonly takersBefore: Takers;
  readonly takersAfter: Takers;
  readonly namespace: string;
  readonly home: Home;
}

/** Which routes are to be first: a position, null for none, undefined where it doesn't matter. */
export interface Wanted {
  readonly before?: number | null;
  readonly after?: number | null;
}

/** `empty`: certainly no request is in the class. `unknown`: none was found. */
export type Found = Sample | 'empty' | 'unknown';

/** Requests that are tried for one class. */
const MOST_TRIES = 40;

export function wishFor(blocks: readonly Match[], namespace: string): Wish {
  return blocks.map((block) => wishOf(block, namespace)).reduce(both);
}

/**
 * Looks for a request of a wish that `wanted` routes get. Where another one above takes it, each predicate of that
 * one is turned round in turn until the request slips by.
 */
export function sampleFor(wish: Wish, wanted: Wanted, scene: Scene): Found {
  let tries = 0;
  return search(wish);

  function search(asked: Wish): Found {
    const solution = requestFor(asked, scene.home);
    if (solution.state === 'never') return 'empty';
    if (solution.state === 'unknown') return 'unknown';
    const sample = sampleOf(solution.request, scene);
    const thief = thiefOf(sample, wanted, scene);
    if (thief === undefined) return sample;
    if (thief === 'unknown') return 'unknown';
    let isEmpty = true;
    for (const predicate of wishOf(thief, scene.namespace).predicates) {
      tries += 1;
      if (tries > MOST_TRIES) return 'unknown';
      const found = search({ ...asked, predicates: [...asked.predicates, not(predicate)] });
      if (found !== 'empty' && found !== 'unknown') return found;
      if (found === 'unknown') isEmpty = false;
    }
    return isEmpty ? 'empty' : 'unknown';
  }
}

export function sampleOf(request: HttpRequest, { takersBefore, takersAfter }: Scene): Sample {
  return { request, before: takersBefore.of(request), after: takersAfter.of(request) };
}

/** The block above that takes the request; `unknown` where the request isn't even taken by what was wanted. */
function thiefOf(
  { request, before, after }: Sample,
  wanted: Wanted,
  scene: Scene,
): Match | 'unknown' | undefined {
  const sides = [
    { first: before[0], want: wanted.before, routes: scene.before },
    { first: after[0], want: wanted.after, routes: scene.after },
  ];
  for (const { first, want, routes } of sides) {
    if (want === undefined || first === (want ?? undefined)) continue;
    if (first === undefined || (want !== null && first > want)) return 'unknown';
    return blocksOf(routes[first] ?? {}).find((block) => isMet(block, request, scene.namespace)) ?? 'unknown';
  }
  return undefined;
}
