import type { TakeBackIntent } from './intent.ts';
import { applyUndo } from '../../undo/apply.ts';
import type { ChangeDraft } from '../../plan/draft.ts';
import { finding } from '../../base/findings.ts';
import type { Snapshot } from '../../plan/types.ts';
import { keptFromWholeService } from '../../plan/whole-service.ts';
import { fullName } from '../../base/title.ts';

/**
 * Reverts what a step did, as far as it is still there. Unlike `undo`, it goes on where somebody else has changed a
 * part since: nobody is there to decide, and the rest of a failed change is better gone.
 */
export function planTakeBack(
  snapshot: Snapshot,
  { step: { undo, labels, ...undone } }: TakeBackIntent,
): ChangeDraft {
  const result = applyUndo(snapshot, [undo], (change) => keptFromWholeService(snapshot, change));
  const after = new Map(result.virtualServices.map((change) => [change.before, change.after]));
  const ours = new Set(undo.virtualServices.map(fullName));
  return {
    subset: undone.summary.subset,
    virtualServices: snapshot.virtualServices
      .filter(({ metadata }) => ours.has(fullName(metadata)))
      .map((before) => ({ before, after: after.get(before) ?? before })),
    needed: [],
    released: () => false,
    findings: [
      ...result.findings,
      ...result.conflicts.map(({ what, why }) =>
        finding('not-taken-back', 'warning', `Not taken back: ${what}: ${why}.`),
      ),
    ],
    rules: result.destinationRules,
    undone,
    ...(labels !== undefined && { labels }),
  };
}
