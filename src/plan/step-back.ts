/** What one run has written, so that it can be taken back at the end of the job that it was a step of. */
import { isObject, type Json } from '../json.ts';
import { BASELINE } from './baseline.ts';
import type { Draft } from './draft.ts';
import { finding } from './findings.ts';
import { applyInverse } from './inverse/apply.ts';
import { inverseOf } from './inverse/inverse-of.ts';
import { packed, unpacked } from './inverse/text.ts';
import type { Inverse } from './inverse/types.ts';
import type { Deed, Plan, Snapshot, Undone, Write } from './types.ts';

export interface StepBack extends Undone {
  readonly inverse: Inverse;
}

/**
 * @param plan the one that was written last
 * @param writes everything that the run has written or is about to, in order
 */
export function stepBackOf(
  { operation, subset, undone }: Plan,
  writes: readonly Write[],
  { by, time }: Pick<Undone, 'by' | 'time'>,
): StepBack {
  const deed: Deed =
    undone === undefined
      ? { operation, subset, isBack: false }
      : { ...undone.deed, isBack: !undone.deed.isBack };
  const isRoutes = (write: Write): boolean => write.kind === 'VirtualService';
  const inverse: Inverse = {
    // Each write for itself: what somebody else did between two of them is theirs.
    virtualServices: writes
      .filter(isRoutes)
      .toReversed()
      .flatMap((write) => inverseOf([write]).virtualServices.map(withoutRemarks)),
    destinationRules: inverseOf(writes.filter((write) => !isRoutes(write))).destinationRules,
  };
  return { inverse, deed, by, time };
}

/** What we say of the change itself (who, when, what takes it back) is no part of what it did. */
function withoutRemarks(back: Inverse['virtualServices'][number]): Inverse['virtualServices'][number] {
  return { ...back, annotations: back.annotations.filter(({ key }) => key === BASELINE) };
}

export function isNothing({ inverse }: StepBack): boolean {
  return inverse.virtualServices.length === 0 && inverse.destinationRules.length === 0;
}

/**
 * Takes back what a step did, as far as it is still there. Unlike `undo`, it goes on where somebody else has changed a
 * part since: nobody is there to decide, and the rest of a failed change is better gone.
 */
export function planStepBack(snapshot: Snapshot, { inverse, ...undone }: StepBack): Draft {
  const taken = applyInverse(snapshot, inverse);
  const after = new Map(taken.virtualServices.map((change) => [change.before, change.after]));
  const ours = new Set(inverse.virtualServices.map(({ namespace, name }) => `${namespace}/${name}`));
  const untouched = [...new Set(taken.untouched.map(({ what, why }) => `Not taken back: ${what}: ${why}.`))];
  return {
    subset: undone.deed.subset,
    virtualServices: snapshot.virtualServices
      .filter(({ metadata }) => ours.has(`${metadata.namespace}/${metadata.name}`))
      .map((before) => ({ before, after: after.get(before) ?? before })),
    needed: [],
    released: () => false,
    findings: untouched.map((message) => finding('not-taken-back', 'warning', message)),
    rules: taken.destinationRules,
    undone,
  };
}

export function stepBackJson({ inverse, deed, by, time }: StepBack): Json {
  return { inverse: packed(inverse), deed: { ...deed }, by, time };
}

/** @throws Error where it is none */
export function stepBackFrom(value: unknown): StepBack {
  if (!isObject(value) || !isObject(value['deed'])) throw new Error('what was done is not in it');
  const { inverse, by, time, deed } = value;
  const { operation, subset, isBack } = deed;
  if (typeof operation !== 'string' || typeof time !== 'string' || typeof isBack !== 'boolean')
    throw new Error('what was done is not in it');
  return {
    inverse: unpacked(inverse),
    deed: { operation, subset: typeof subset === 'string' ? subset : null, isBack },
    by: typeof by === 'string' ? by : null,
    time,
  };
}
