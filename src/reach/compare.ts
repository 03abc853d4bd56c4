/** What each class of requests gets from one list of routes before and after a change, and whether it may. */
import type { HeaderMatch } from '../intent/types.ts';
import type { Result } from '../istio/requests/answer.ts';
import type { HttpRequest } from '../istio/requests/request.ts';
import type { ListedRoute } from '../istio/requests/route-list.ts';
import { alignRoutes } from './align.ts';
import { answerWords, sameAnswer } from './answers.ts';
import { askable } from './asking.ts';
import { BOUNDLESS, evenly, type Budget } from './budget.ts';
import { classesOf } from './classes.ts';
import { isPreviewRoute } from './expected/ours.ts';
import type { AboutClass, GuardRule } from './expected/types.ts';
import { afterWords, expectedWords, isAsExpected } from './judge.ts';
import type { Observation } from './merge.ts';
import { isOwn, not, type RequestConstraint } from './predicates.ts';
import { isMetBy, requestFor, shown } from './request-example.ts';
import {
  constraintFor,
  effortOf,
  simplestSampleFor,
  takenBy,
  type ComparedLists,
  type SampledRequest,
  type WantedPositions,
} from './samples.ts';
import { whomOf } from './who.ts';

/** Changed blocks whose near misses are looked at as well. */
const MOST_NEAR_MISSES = 200;

export interface Compared {
  readonly classes: number;
  readonly skipped: number;
  readonly isSampled: boolean;
  readonly observations: readonly Observation[];
  /** The requests that the operation was asked about, with an example of each kind. */
  readonly asked: readonly AskedExample[];
  /** Kinds that it was asked about and of which no example could be made. */
  readonly unknown: number;
}

export interface AskedExample {
  readonly about: AboutClass;
  readonly request: HttpRequest;
  /** No request is left for the route: those above it match all of them. The example is of these. */
  readonly isShadowed: boolean;
}

/**
 * @param object `VirtualService shop/api`: what the observations are about
 * @param alternatives as in `ExpectedChange`
 */
export function compareRequests(
  object: string,
  lists: ComparedLists,
  rule: GuardRule,
  alternatives: readonly HeaderMatch[],
  budget: Budget,
): Compared {
  const { before, after } = lists;
  const classes = classesOf({
    before: before.list,
    after: after.list,
    alignment: alignRoutes(before.list, after.list),
  });
  const about = rule.about(before, after);
  const nothing = { skipped: 0, observations: [], asked: [], unknown: 0 };
  if (classes.changed.length === 0 && about.length === 0)
    return { ...nothing, classes: classes.unchanged, isSampled: classes.sampled };
  const observations = new Map<string, Observation | undefined>();
  const skipped = new Set<string>();
  const observe = (request: HttpRequest, steps: Budget): void => {
    const { method, scheme, authority, path, headers } = request;
    const key = `${method} ${scheme}://${authority}${path} ${JSON.stringify(headers)}`;
    if (observations.has(key)) return;
    // Asked with and without previews, and what is expected is worked out of the answers.
    if (steps.spend(60 + 2 * before.effort(request) + after.effort(request)))
      observations.set(key, observationOf(request, object, lists, rule, alternatives));
  };
  const cuts = alternatives.flatMap((headers) => constraintFor([{ headers }]).predicates);
  /**
   * An example of a class, and of those of it that the asked headers leave out: a preview may match more values.
   *
   * @returns `isWhole`: there is an example of all that have any
   */
  const look = (
    constraint: RequestConstraint,
    wanted: WantedPositions,
    among: ComparedLists,
    steps: Budget,
  ): { readonly found: SampledRequest; readonly isSimplest: boolean; readonly isWhole: boolean } => {
    const { found, isSimplest } = simplestSampleFor(constraint, wanted, among, steps);
    let isWhole = true;
    if (found === 'unknown') {
      // What nobody could pay for is sampled, not skipped.
      if (!steps.isSpent()) skipped.add(JSON.stringify(constraint));
    } else if (found !== 'empty') observe(found, steps);
    for (const predicate of cuts) {
      // No request of the class is left out, or the example is one already.
      if (isOwn(constraint, predicate)) continue;
      if (typeof found !== 'string' && !isMetBy(found, predicate)) continue;
      if (steps.isSpent()) return { found, isSimplest, isWhole: false };
      const beyond = { ...constraint, predicates: [...constraint.predicates, not(predicate)] };
      const other = simplestSampleFor(beyond, wanted, among, steps).found;
      if (typeof other === 'string') isWhole = false;
      else observe(other, steps);
    }
    return { found, isSimplest, isWhole };
  };

  /** By `textOf` the constraint: an example of a change may serve for what the operation is about, too. */
  const examples = new Map<string, ChangedExample>();
  let isSampled = classes.sampled;
  const half = budget.part(0.5);
  for (const { blocks, before: from, after: to } of inAffordableOrder(classes.changed, half)) {
    if (half.isSpent()) break;
    const constraint = constraintFor(blocks);
    const { found, ...rest } = look(constraint, { before: from, after: to }, lists, half);
    const first = from === null ? undefined : before.list[from];
    if (first !== undefined && typeof found !== 'string')
      examples.set(constraintKey(constraint), { first, request: found, ...rest });
  }

  const asked: AskedExample[] = [];
  let unknown = 0;
  const written = before.list.some(isPreviewRoute)
    ? askable(before.list.filter((listed) => !isPreviewRoute(listed)))
    : before;
  const listsAmong = { all: lists, written: { ...lists, before: written } };
  const positions = { all: positionsIn(before.list), written: positionsIn(written.list) };
  const most = budget.part(0.9);
  const bases = new Set(about.flatMap(({ first }) => first ?? []));
  /**
   * The request with nothing but what was asked, as somebody would try it. Where a route of somebody else gets it, the
   * headers alone do not reach the build, whatever a longer example says.
   */
  const pushSimplest = (
    about: AboutClass,
    constraint: RequestConstraint,
    { isSimplest, request }: Pick<ChangedExample, 'isSimplest' | 'request'>,
  ): void => {
    if (alternatives.length === 0 || isSimplest) return;
    const simplest = requestFor(constraint, lists.place);
    if (simplest.state !== 'found' || JSON.stringify(simplest.request) === JSON.stringify(request)) return;
    if (!most.spend(written.effort(simplest.request))) return;
    const taken = takenBy(written.ask(simplest.request));
    if (taken !== undefined && !bases.has(taken))
      asked.push({ about, request: simplest.request, isShadowed: false });
  };
  /**
   * Is it an example of these requests, and are those that it leaves out seen as well? Where there are previews already,
   * one may get the plainest of the requests, and an example that had to slip by it says nothing about those.
   */
  const serves = ({ first, request, isSimplest, isWhole }: ChangedExample, about: AboutClass): boolean => {
    if (!isWhole || about.first === undefined) return false;
    if (about.among === 'all' || written === before) return first === about.first;
    if (!isSimplest || !most.spend(written.effort(request))) return false;
    return takenBy(written.ask(request)) === about.first;
  };
  for (const one of inAffordableOrder(about, most)) {
    if (most.isSpent()) break;
    const constraint = constraintFor(one.blocks);
    const example = examples.get(constraintKey(constraint));
    if (example !== undefined && serves(example, one)) {
      if (!one.isAsked) continue;
      asked.push({ about: one, request: example.request, isShadowed: false });
      pushSimplest(one, constraint, example);
      continue;
    }
    const place = one.first === undefined ? undefined : positions[one.among].get(one.first);
    const wanted = place === undefined ? {} : { before: place };
    const { found, isSimplest } = look(constraint, wanted, listsAmong[one.among], most);
    if (!one.isAsked || (found === 'unknown' && most.isSpent())) continue;
    if (found === 'unknown') unknown += 1;
    else if (found !== 'empty') {
      asked.push({ about: one, request: found, isShadowed: false });
      pushSimplest(one, constraint, { request: found, isSimplest });
    } else {
      const any = requestFor(constraint, lists.place);
      if (any.state === 'found') asked.push({ about: one, request: any.request, isShadowed: true });
    }
  }

  for (const { blocks } of classes.changed.slice(0, MOST_NEAR_MISSES)) {
    const constraint = constraintFor(blocks);
    for (const predicate of constraint.predicates) {
      if (!budget.spend(effortOf(constraint))) break;
      const predicates = constraint.predicates.map((one) => (one === predicate ? not(one) : one));
      const miss = requestFor({ ...constraint, predicates }, lists.place);
      if (miss.state === 'found') observe(miss.request, budget);
    }
  }
  const plain = requestFor({ predicates: [], undecidable: [] }, lists.place);
  if (plain.state === 'found') observe(plain.request, BOUNDLESS);
  isSampled ||= half.isSpent() || most.isSpent() || budget.isSpent();
  return {
    classes: classes.unchanged + observations.size,
    skipped: skipped.size,
    isSampled,
    observations: [...observations.values()].filter((one) => one !== undefined),
    asked,
    unknown,
  };
}

/** What was found for requests whose answer may differ. */
interface ChangedExample {
  readonly request: HttpRequest;
  /** The route that gets it before. */
  readonly first: ListedRoute;
  readonly isSimplest: boolean;
  readonly isWhole: boolean;
}

/** The same for constraints that ask the same in the same order. */
function constraintKey(constraint: RequestConstraint): string {
  return JSON.stringify(constraint);
}

/** In their order where they can be paid for, by a rough estimate; else so that wherever it ends, a part of all was seen. */
function inAffordableOrder<T>(items: readonly T[], steps: Budget): readonly T[] {
  return items.length * 1000 <= steps.left() ? items : evenly(items);
}

/** What may happen in place of the answer, where that depends on what nobody knows before the request is there. */
function doubtWords(result: Result): string {
  if (result.kind !== 'undecided') return '';
  const open = result.candidates.flatMap(({ taker, predicate }) =>
    predicate === null ? [] : [`${answerWords(taker?.listed)} if ${predicate}`],
  );
  return ` (undecided: ${open.join('; ')})`;
}

function positionsIn<T>(list: readonly T[]): ReadonlyMap<T, number> {
  return new Map(list.map((item, index) => [item, index]));
}

function observationOf(
  request: HttpRequest,
  object: string,
  { before, after, place }: ComparedLists,
  rule: GuardRule,
  alternatives: readonly HeaderMatch[],
): Observation | undefined {
  const result = after.ask(request);
  const [was, is] = [takenBy(before.ask(request)), takenBy(result)];
  const { answers, isAsked } = rule.allowed(request, before);
  const isRight = answers.some((expected) => isAsExpected(expected, is));
  const isSame = sameAnswer(was, is);
  if (isRight && isSame) return undefined;
  const [best] = answers;
  return {
    object,
    ...whomOf(request, { before, after }, isAsked ? alternatives : []),
    before: answerWords(was),
    after: isSame ? answerWords(is) : afterWords(was, is) + doubtWords(result),
    ...(!isRight && best !== undefined && { expected: expectedWords(best) }),
    isAsked,
    isSame,
    example: shown(request, place),
  };
}
