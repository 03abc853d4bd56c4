/** An example of each kind of requests that the operation is about, whether or not anything changes for them. */
import type { HttpRequest } from '../istio/requests/request.ts';
import type { ListedRoute } from '../istio/requests/kept-routes.ts';
import { askable, type Asked } from './asking.ts';
import { inAffordableOrder, type Budget } from './budget.ts';
import { isPreviewRoute } from './expected/ours.ts';
import type { AboutClass } from './expected/types.ts';
import type { ListComparison, ClassSample, Observer } from './observer.ts';
import type { RequestConstraint } from './predicates.ts';
import { requestFor } from './request-example.ts';
import { constraintFor, takenBy } from './samples.ts';

export interface AskedExample {
  readonly about: AboutClass;
  readonly request: HttpRequest;
  /** No request is left for the route: those above it match all of them. The example is of these. */
  readonly isShadowed: boolean;
}

/** What was found for requests whose answer may differ. */
export interface ChangedExample extends Pick<ClassSample, 'isSimplest' | 'isWhole'> {
  readonly request: HttpRequest;
  /** The route that gets it before. */
  readonly first: ListedRoute;
}

/** Examples of a change, by their constraint: one may serve for what the operation is about, too. */
export type ChangedExamples = ReadonlyMap<string, ChangedExample>;

/** The same for constraints that ask the same in the same order. */
export function constraintKey(constraint: RequestConstraint): string {
  return JSON.stringify(constraint);
}

/**
 * @param known examples that the observer has looked at already
 * @returns `unknown`: kinds that it was asked about and of which no example could be made
 */
export function askedExamples(
  about: readonly AboutClass[],
  known: ChangedExamples,
  comparison: ListComparison,
  observer: Observer,
  steps: Budget,
): { readonly asked: readonly AskedExample[]; readonly unknown: number } {
  const { lists } = comparison;
  const written = withoutPreviewRoutes(lists.before);
  const listsAmong = { all: lists, written: { ...lists, before: written } };
  const positions = { all: positionsIn(lists.before.list), written: positionsIn(written.list) };
  const bases = new Set(about.flatMap(({ first }) => first ?? []));
  const asked: AskedExample[] = [];
  let unknown = 0;
  for (const one of inAffordableOrder(about, steps)) {
    if (steps.isSpent()) break;
    const constraint = constraintFor(one.blocks);
    const example = known.get(constraintKey(constraint));
    if (example !== undefined && serves(example, one)) {
      if (one.isAsked) asked.push(...withSimplest(one, constraint, example));
      continue;
    }
    const place = one.first === undefined ? undefined : positions[one.among].get(one.first);
    const wanted = place === undefined ? {} : { before: place };
    const { found, isSimplest } = observer.look(constraint, wanted, listsAmong[one.among], steps);
    if (!one.isAsked || (found === 'unknown' && steps.isSpent())) continue;
    if (found === 'unknown') unknown += 1;
    else if (found !== 'empty') asked.push(...withSimplest(one, constraint, { request: found, isSimplest }));
    else {
      const any = requestFor(constraint, lists.place);
      if (any.state === 'found') asked.push({ about: one, request: any.request, isShadowed: true });
    }
  }
  return { asked, unknown };

  /**
   * Is it an example of these requests, and are those that it leaves out seen as well? Where there are previews already,
   * one may get the plainest of the requests, and an example that had to slip by it says nothing about those.
   */
  function serves({ first, request, isSimplest, isWhole }: ChangedExample, kind: AboutClass): boolean {
    if (!isWhole || kind.first === undefined) return false;
    if (kind.among === 'all' || written === lists.before) return first === kind.first;
    if (!isSimplest || !steps.spend(written.effort(request))) return false;
    return takenBy(written.ask(request)) === kind.first;
  }

  /**
   * The example, and the request with nothing but what was asked, as somebody would try it. Where a route of somebody
   * else gets that one, the headers alone do not reach the build, whatever a longer example says.
   */
  function withSimplest(
    kind: AboutClass,
    constraint: RequestConstraint,
    { request, isSimplest }: Pick<ChangedExample, 'request' | 'isSimplest'>,
  ): readonly AskedExample[] {
    const example = { about: kind, request, isShadowed: false };
    if (comparison.alternatives.length === 0 || isSimplest) return [example];
    const simplest = requestFor(constraint, lists.place);
    if (simplest.state !== 'found' || JSON.stringify(simplest.request) === JSON.stringify(request))
      return [example];
    if (!steps.spend(written.effort(simplest.request))) return [example];
    const taken = takenBy(written.ask(simplest.request));
    return taken === undefined || bases.has(taken)
      ? [example]
      : [example, { about: kind, request: simplest.request, isShadowed: false }];
  }
}

/** The routes that people wrote; the list itself where there are no others. */
function withoutPreviewRoutes(asked: Asked): Asked {
  return asked.list.some(isPreviewRoute)
    ? askable(asked.list.filter((listed) => !isPreviewRoute(listed)))
    : asked;
}

function positionsIn<T>(list: readonly T[]): ReadonlyMap<T, number> {
  return new Map(list.map((item, index) => [item, index]));
}
