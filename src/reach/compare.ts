/** What each class of requests gets from one list of routes before and after a change, and whether it may. */
import { alignRoutes } from './align.ts';
import {
  askedExamples,
  constraintKey,
  type AskedExample,
  type ChangedExample,
  type ChangedExamples,
} from './asked-examples.ts';
import { BOUNDLESS, inAffordableOrder, type Budget } from './budget.ts';
import { classesOf, type RequestClass } from './classes.ts';
import type { Observation } from './merge.ts';
import { openObserver, type ListComparison, type Observer } from './observer.ts';
import { not } from './predicates.ts';
import { requestFor } from './request-example.ts';
import { constraintFor, effortOf, type ComparedLists } from './samples.ts';

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

/** Looks at requests whose answer may differ, at those that the operation is about, and at those just beside them. */
export function compareRequests(comparison: ListComparison, budget: Budget): Compared {
  const { lists, rule } = comparison;
  const { before, after } = lists;
  const classes = classesOf({
    before: before.list,
    after: after.list,
    alignment: alignRoutes(before.list, after.list),
  });
  const about = rule.about(before, after);
  if (classes.changed.length === 0 && about.length === 0) {
    const nothing = { skipped: 0, observations: [], asked: [], unknown: 0 };
    return { ...nothing, classes: classes.unchanged, isSampled: classes.sampled };
  }
  const observer = openObserver(comparison);
  const half = budget.part(0.5);
  const examples = lookAtChanged(classes.changed, lists, observer, half);
  const most = budget.part(0.9);
  const { asked, unknown } = askedExamples(about, examples, comparison, observer, most);
  lookAtNearMisses(classes.changed, lists, observer, budget);
  const { requests, skipped, observations } = observer.seen();
  return {
    classes: classes.unchanged + requests,
    skipped,
    isSampled: classes.sampled || half.isSpent() || most.isSpent() || budget.isSpent(),
    observations,
    asked,
    unknown,
  };
}

function lookAtChanged(
  changed: readonly RequestClass[],
  lists: ComparedLists,
  observer: Observer,
  steps: Budget,
): ChangedExamples {
  const examples = new Map<string, ChangedExample>();
  for (const { blocks, before, after } of inAffordableOrder(changed, steps)) {
    if (steps.isSpent()) break;
    const constraint = constraintFor(blocks);
    const { found, ...rest } = observer.look(constraint, { before, after }, lists, steps);
    if (typeof found === 'string') continue;
    const taken = {
      before: before === null ? undefined : lists.before.list[before],
      after: after === null ? undefined : lists.after.list[after],
    };
    examples.set(constraintKey(constraint), { ...taken, request: found, ...rest });
  }
  return examples;
}

/** Requests that lack one of a class's predicates, and the plain one: they must not feel the change. */
function lookAtNearMisses(
  changed: readonly RequestClass[],
  { place }: ComparedLists,
  { observe }: Observer,
  steps: Budget,
): void {
  for (const { blocks } of changed.slice(0, MOST_NEAR_MISSES)) {
    const constraint = constraintFor(blocks);
    for (const predicate of constraint.predicates) {
      if (!steps.spend(effortOf(constraint))) break;
      const predicates = constraint.predicates.map((one) => (one === predicate ? not(one) : one));
      const miss = requestFor({ ...constraint, predicates }, place);
      if (miss.state === 'found') observe(miss.request, steps);
    }
  }
  const plain = requestFor({ predicates: [], undecidable: [] }, place);
  if (plain.state === 'found') observe(plain.request, BOUNDLESS);
}
