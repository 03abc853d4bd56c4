/** What one run has written, so that it can be reverted at the end of the job that it was a step of. */
import type { Labels } from '../istio/types.ts';
import { isObject, type Json, type JsonObject } from '../base/json.ts';
import type { Plan, Undone, Write } from '../plan/types.ts';
import { undoOf, withoutRemarks } from './diff.ts';
import { packed, unpacked } from './pack.ts';
import { isUndo } from './shape.ts';
import { changeSummaryOf, parseSummary } from './summary.ts';
import type { Undo, UndoPlan } from './types.ts';

/**
 * @param plan the one that was written last
 * @param writes everything that the run has written or is about to, in order
 */
export function undoPlanOf(
  plan: Plan,
  writes: readonly Write[],
  { by, time }: Pick<Undone, 'by' | 'time'>,
): UndoPlan {
  const isRoutes = (write: Write): boolean => write.kind === 'VirtualService';
  const undo: Undo = {
    // Each write for itself: what somebody else did between two of them is theirs.
    virtualServices: writes
      .filter(isRoutes)
      .toReversed()
      .flatMap((write) => undoOf([write]).virtualServices.map(withoutRemarks)),
    destinationRules: undoOf(writes.filter((write) => !isRoutes(write))).destinationRules,
  };
  return {
    undo,
    summary: changeSummaryOf(plan),
    by,
    time,
    ...(plan.labels !== undefined && { labels: plan.labels }),
  };
}

export function isEmptyUndo({ undo }: UndoPlan): boolean {
  return undo.virtualServices.length === 0 && undo.destinationRules.length === 0;
}

/** As the state of a step keeps it; `deed` is the name that earlier versions wrote. */
export function undoPlanJson({ undo, summary, by, time, labels }: UndoPlan): Json {
  return { undo: packed(undo), deed: { ...summary }, by, time, ...(labels !== undefined && { labels }) };
}

/** @throws Error where it is none */
export function undoPlanFrom(value: unknown): UndoPlan {
  if (!isObject(value) || !isObject(value['deed'])) throw new Error('what was done is not in it');
  const { undo: stored, by, time, deed, labels } = value;
  const summary = parseSummary(deed['operation'], deed['subset'], deed['isBack'], deed['effects']);
  if (typeof time !== 'string') throw new Error('what was done is not in it');
  const { value: undo } = unpacked(stored);
  if (!isUndo(undo)) throw new Error('what it was before is not in it');
  return {
    undo,
    summary,
    by: typeof by === 'string' ? by : null,
    time,
    ...(areLabels(labels) && { labels }),
  };
}

function areLabels(value: unknown): value is Labels & JsonObject {
  return isObject(value) && Object.values(value).every((text) => typeof text === 'string');
}
