/** What an operation says of its change to the guard: made of the intent and the objects as they are, never of the plan. */
import type { HeaderMatch } from '../../intent/types.ts';
import type { Labels } from '../../istio/types.ts';
import type { RecordedRule } from './records.ts';
import type { Known } from './shift.ts';
import type { GuardRule } from './types.ts';

export interface ExpectedChange {
  /** Of what requests get, once it is known what the DestinationRules shall be. */
  readonly rule: (known: Known) => GuardRule;
  readonly subsets: ExpectedSubsets;
  /** What a request must match, one of these, to be one that the operation is about; empty: nothing. */
  readonly alternatives: readonly HeaderMatch[];
}

/** Which subsets may come and go. */
export interface ExpectedSubsets {
  /** Labels that a new one may have. */
  readonly comes: readonly Labels[];
  /** `own`: those that istiops made; `recorded`: those that `records` says were added; `any`: whichever no route uses. */
  readonly goes: 'own' | 'recorded' | 'any';
  /** What is recorded of DestinationRules by a change that is taken back. */
  readonly records: readonly RecordedRule[];
  /** A DestinationRule may be made where the service has none. */
  readonly mayCreateRule?: boolean;
}

/** Of an operation that shifts traffic to a build: its subset may come, and subsets that istiops made may go. */
export function expectShift(
  {
    podLabels,
    stableLabels,
    createRule = false,
  }: { readonly podLabels: Labels; readonly stableLabels?: Labels; readonly createRule?: boolean },
  rule: ExpectedChange['rule'],
  alternatives: readonly HeaderMatch[] = [],
): ExpectedChange {
  const comes = [podLabels, ...(stableLabels === undefined ? [] : [stableLabels])];
  return { rule, subsets: { comes, goes: 'own', records: [], mayCreateRule: createRule }, alternatives };
}

/** Of an operation that takes something back. */
export function expectReturn(
  goes: ExpectedSubsets['goes'],
  records: readonly RecordedRule[],
  rule: ExpectedChange['rule'],
): ExpectedChange {
  const mayCreateRule = records.some(({ undo }) => undo.goneHost !== undefined);
  return { rule, subsets: { comes: [], goes, records, mayCreateRule }, alternatives: [] };
}
