import { distinctBy } from '../../base/distinct.ts';
import type { TrafficError } from '../../base/errors.ts';
import type { Finding } from '../../base/findings.ts';
import type { Store } from '../../ports/store.ts';
import { keptFinding, unclearFindings } from '../../report/canary/findings.ts';
import type { CanaryEnd } from '../../report/canary/types.ts';
import type { Outcome, TextChange } from '../../report/types.ts';
import { outcomeOf } from '../outcome.ts';
import type { Course } from './course.ts';
import type { CanaryRequest } from './once.ts';

export interface Ending {
  readonly request: CanaryRequest;
  /** Undefined: it was not opened. */
  readonly store: Store | undefined;
  readonly course: Course;
  readonly end: CanaryEnd;
  /** Null: nothing went wrong. */
  readonly error: TrafficError | null;
}

/** All runs of a canary as one outcome: from how things were before the first to how they are after the last. */
export function canaryOutcome({ request, store, course, end, error }: Ending): Outcome {
  const { outcomes } = course;
  const [first, last] = [outcomes[0], outcomes.at(-1)];
  const canary = course.report(end);
  if (first === undefined || last === undefined) return { ...outcomeOf(request, store, [], error), canary };
  const isBack = end === 'taken-back';
  const kept = keptFinding(canary, first.subset);
  return {
    ...first,
    operation: 'canary',
    changed: end === 'left' || (!isBack && outcomes.some(({ changed }) => changed)),
    after: isBack ? first.before : last.after,
    // Each run compares with the one before: for all of them together the routes before and after say it.
    reach: outcomes.length === 1 ? first.reach : null,
    ...(last.confirmation !== undefined && { confirmation: last.confirmation }),
    phases: isBack ? [] : outcomes.flatMap(({ phases }) => phases),
    texts: isBack ? [] : joinedTexts(outcomes.flatMap(({ texts }) => texts)),
    findings: joinedFindings([
      ...outcomes.flatMap(({ findings }) => findings),
      ...(error?.findings ?? []),
      ...(isBack ? [] : unclearFindings(canary)),
      ...(kept === undefined ? [] : [kept]),
    ]),
    safeToScaleDown: end === 'promoted' ? last.safeToScaleDown : [],
    failure: error === null ? null : { reason: error.reason, message: error.message },
    canary,
  };
}

/** Each text from before its first change to after its last one. */
function joinedTexts(texts: readonly TextChange[]): readonly TextChange[] {
  return [...Map.groupBy(texts, ({ label }) => label)].flatMap(([label, changes]) => {
    const [before, after] = [changes[0]?.before ?? '', changes.at(-1)?.after ?? ''];
    return before === after ? [] : [{ label, before, after }];
  });
}

function joinedFindings(findings: readonly Finding[]): readonly Finding[] {
  return distinctBy(findings, ({ code, message }) => `${code} ${message}`);
}
