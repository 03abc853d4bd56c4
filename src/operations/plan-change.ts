import type { ChangeDraft } from '../plan/draft.ts';
import { baselineFaults } from '../plan/baseline.ts';
import { withoutEndedCanary } from '../plan/canary-end.ts';
import type { Snapshot } from '../plan/types.ts';
import { changeOperationOf, type ChangeIntent } from './index.ts';

/**
 * What an operation wants of the objects. Nothing but the snapshot and the intent goes in, so the same two give
 * the same draft.
 *
 * @throws TrafficError not-found, ambiguous, check-failed, forbidden: what is asked for can't be planned
 */
export function planChange(snapshot: Snapshot, intent: ChangeIntent): ChangeDraft {
  const draft = withoutEndedCanaries(changeOperationOf(intent).plan(snapshot, intent), intent);
  const faults = baselineFaults(draft.virtualServices.map(({ before }) => before));
  return faults.length === 0 ? draft : { ...draft, findings: [...faults, ...draft.findings] };
}

/** Whatever else changes the routes of a build ends its canary. */
function withoutEndedCanaries(draft: ChangeDraft, intent: ChangeIntent): ChangeDraft {
  const labels = 'podLabels' in intent ? intent.podLabels : draft.labels;
  return {
    ...draft,
    virtualServices: draft.virtualServices.map((change) => withoutEndedCanary(change, labels)),
  };
}
