import type { ChangeIntent } from '../intent/types.ts';
import { baselineFaults } from '../plan/baseline.ts';
import type { ChangeDraft } from '../plan/draft.ts';
import { planClear } from './clear/plan.ts';
import { planHeaders } from './headers/plan.ts';
import { planPromote } from './promote/plan.ts';
import { planRollback } from './rollback/plan.ts';
import { planTakeBack } from './take-back/plan.ts';
import { planUndo } from './undo/plan.ts';
import { planWeight } from './weight/plan.ts';
import type { Snapshot } from '../plan/types.ts';

/**
 * What an operation wants of the objects. Nothing but the snapshot and the intent goes in, so the same two give
 * the same draft.
 *
 * @throws TrafficError not-found, ambiguous, check-failed, forbidden: what is asked for can't be planned
 */
export function planChange(snapshot: Snapshot, intent: ChangeIntent): ChangeDraft {
  const draft = draftOf(snapshot, intent);
  const faults = baselineFaults(draft.virtualServices.map(({ before }) => before));
  return faults.length === 0 ? draft : { ...draft, findings: [...faults, ...draft.findings] };
}

function draftOf(snapshot: Snapshot, intent: ChangeIntent): ChangeDraft {
  switch (intent.operation) {
    case 'headers':
      return planHeaders(snapshot, intent);
    case 'weight':
      return planWeight(snapshot, intent);
    case 'promote':
      return planPromote(snapshot, intent);
    case 'rollback':
      return planRollback(snapshot, intent);
    case 'clear':
      return planClear(snapshot, intent);
    case 'undo':
      return planUndo(snapshot, intent);
    case 'take-back':
      return planTakeBack(snapshot, intent);
  }
}
