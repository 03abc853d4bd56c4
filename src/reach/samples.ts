/** An example request of a class: it matches the class's blocks, and no route above accepts it first. */
import type { Result } from '../istio/requests/answer.ts';
import type { HttpRequest } from '../istio/requests/request.ts';
import { regexEffort } from '../istio/regex.ts';
import type { Match } from '../istio/types.ts';
import type { Asked } from './asking.ts';
import { BOUNDLESS, type Budget } from './budget.ts';
import type { Taken } from './listed.ts';
import { both, not, wishOf, type RequestConstraint } from './predicates.ts';
import { requestFor, type EntryPlace } from './request-example.ts';

/** The list of routes before and after a change, for one way in. */
export interface ComparedLists {
  readonly before: Asked;
  readonly after: Asked;
  readonly place: EntryPlace;
}

/** Which routes are to be first: a position, null for none, undefined where it doesn't matter. */
export interface WantedPositions {
  readonly before?: number | null;
  readonly after?: number | null;
}

/** `empty`: certainly no request is in the class. `unknown`: none was found. */
export type SampledRequest = HttpRequest | 'empty' | 'unknown';

/** Requests that are tried for one class. */
const MOST_TRIES = 40;

/** What a request must be like to match all of these blocks (at least one). */
export function constraintFor(blocks: readonly Match[]): RequestConstraint {
  return blocks.map(wishOf).reduce(both);
}

/**
 * The route that gets the request. A match that nobody can decide (a token's claim) counts as not met: it is the same
 * before and after, so the route that has it gets the same requests.
 */
export function takenBy(result: Result): Taken {
  switch (result.kind) {
    case 'route':
      return result.taker.listed;
    case 'none':
      return undefined;
    case 'undecided':
      return result.candidates.at(-1)?.taker?.listed;
  }
}

/**
 * Looks for a request of a constraint that `wanted` routes get. Where another one above gets it, each predicate of that
 * one is turned round in turn until the request slips by.
 */
export function sampleFor(
  constraint: RequestConstraint,
  wanted: WantedPositions,
  lists: ComparedLists,
  budget: Budget = BOUNDLESS,
): SampledRequest {
  return simplestSampleFor(constraint, wanted, lists, budget).found;
}

/**
 * As `sampleFor`.
 *
 * @returns `isSimplest`: the request is that of `requestFor`, because no route above takes it
 */
export function simplestSampleFor(
  constraint: RequestConstraint,
  wanted: WantedPositions,
  lists: ComparedLists,
  budget: Budget,
): { readonly found: SampledRequest; readonly isSimplest: boolean } {
  let tries = 0;
  const found = search(constraint);
  return { found, isSimplest: typeof found !== 'string' && tries === 0 };

  function search(asked: RequestConstraint): SampledRequest {
    if (!budget.spend(effortOf(asked))) return 'unknown';
    const solution = requestFor(asked, lists.place);
    if (solution.state === 'never') return 'empty';
    if (solution.state === 'unknown') return 'unknown';
    const { request } = solution;
    if (!budget.spend(lists.before.effort(request) + lists.after.effort(request))) return 'unknown';
    const block = shadowingBlock(request, wanted, lists);
    if (block === undefined) return request;
    if (block === 'unknown') return 'unknown';
    let isEmpty = true;
    for (const predicate of wishOf(block).predicates) {
      tries += 1;
      if (tries > MOST_TRIES) return 'unknown';
      const found = search({ ...asked, predicates: [...asked.predicates, not(predicate)] });
      if (found !== 'empty' && found !== 'unknown') return found;
      if (found === 'unknown') isEmpty = false;
    }
    return isEmpty ? 'empty' : 'unknown';
  }
}

/** Steps to make a request of a constraint. */
export function effortOf({ predicates }: RequestConstraint): number {
  // Of a regex, examples are made, and each is asked.
  return predicates.reduce(
    (sum, { pattern }) => sum + (pattern.kind === 'regex' ? 4 + 2 * regexEffort(pattern.value) : 4),
    30,
  );
}

/** The block above that gets the request; `unknown` where the request isn't even matched by what was wanted. */
function shadowingBlock(
  request: HttpRequest,
  wanted: WantedPositions,
  { before, after }: ComparedLists,
): Match | 'unknown' | undefined {
  const sides = [
    { asked: before, want: wanted.before },
    { asked: after, want: wanted.after },
  ];
  for (const { asked, want } of sides) {
    if (want === undefined) continue;
    const taken = takenBy(asked.ask(request));
    if (taken === (want === null ? undefined : asked.list[want])) continue;
    if (taken === undefined || (want !== null && (asked.positionOf(taken) ?? 0) > want)) return 'unknown';
    return asked.met(request, taken)[0] ?? 'unknown';
  }
  return undefined;
}
