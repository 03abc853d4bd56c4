/** Examples of requests, held against both lists of routes and the rule, and what was seen of them. */
import type { HeaderMatch } from '../intent/types.ts';
import type { Result } from '../istio/requests/answer.ts';
import type { HttpRequest } from '../istio/requests/request.ts';
import { answerWords, sameAnswer } from './answers.ts';
import type { Budget } from './budget.ts';
import type { GuardRule } from './expected/types.ts';
import { afterWords, expectedWords, isAsExpected } from './judge.ts';
import type { Observation } from './merge.ts';
import { isOwn, not, type RequestConstraint } from './predicates.ts';
import { isMetBy, shown } from './request-example.ts';
import {
  constraintFor,
  simplestSampleFor,
  takenBy,
  type ComparedLists,
  type SampledRequest,
  type WantedPositions,
} from './samples.ts';
import { whomOf } from './who.ts';

/** Two lists of routes, and the rule by which what requests get of them is judged. */
export interface ListComparison {
  /** `VirtualService shop/api`: what the observations are about. */
  readonly object: string;
  readonly lists: ComparedLists;
  readonly rule: GuardRule;
  /** As in `ExpectedChange`. */
  readonly alternatives: readonly HeaderMatch[];
}

/** What a look for an example has found. */
export interface ClassSample {
  readonly found: SampledRequest;
  /** It is the plainest request of the class: no route above gets that one. */
  readonly isSimplest: boolean;
  /** There is an example of all parts of the class that have any. */
  readonly isWhole: boolean;
}

export interface Observer {
  /** Judges what a request gets; the same request is looked at once. */
  readonly observe: (request: HttpRequest, steps: Budget) => void;
  /** Observes an example of a class, and of those of it that the asked headers leave out: a preview may match more values. */
  readonly look: (
    constraint: RequestConstraint,
    wanted: WantedPositions,
    among: ComparedLists,
    steps: Budget,
  ) => ClassSample;
  /** What was seen so far. */
  readonly seen: () => {
    readonly requests: number;
    /** Classes of which no example could be made. */
    readonly skipped: number;
    readonly observations: readonly Observation[];
  };
}

/** An observer that has seen nothing yet. */
export function openObserver(comparison: ListComparison): Observer {
  const { before, after } = comparison.lists;
  const cuts = comparison.alternatives.flatMap((headers) => constraintFor([{ headers }]).predicates);
  const observations = new Map<string, Observation | undefined>();
  const skipped = new Set<string>();
  const observe: Observer['observe'] = (request, steps) => {
    const { method, scheme, authority, path, headers } = request;
    const key = `${method} ${scheme}://${authority}${path} ${JSON.stringify(headers)}`;
    if (observations.has(key)) return;
    // Asked with and without previews, and what is expected is worked out of the answers.
    if (steps.spend(60 + 2 * before.effort(request) + after.effort(request)))
      observations.set(key, observationOf(request, comparison));
  };
  const look: Observer['look'] = (constraint, wanted, among, steps) => {
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
  return {
    observe,
    look,
    seen: () => ({
      requests: observations.size,
      skipped: skipped.size,
      observations: [...observations.values()].filter((one) => one !== undefined),
    }),
  };
}

/** @returns undefined where the request gets what it got, and may */
function observationOf(request: HttpRequest, comparison: ListComparison): Observation | undefined {
  const { object, rule, alternatives } = comparison;
  const { before, after, place } = comparison.lists;
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

/** What may happen in place of the answer, where that depends on what nobody knows before the request is there. */
function doubtWords(result: Result): string {
  if (result.kind !== 'undecided') return '';
  const open = result.candidates.flatMap(({ taker, predicate }) =>
    predicate === null ? [] : [`${answerWords(taker?.listed)} if ${predicate}`],
  );
  return ` (undecided: ${open.join('; ')})`;
}
