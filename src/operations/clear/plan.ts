import type { ChangeDraft } from '../../plan/draft.ts';
import { selectVirtualServices } from '../../plan/select.ts';
import type { Snapshot } from '../../plan/types.ts';
import { overdueCanaries, overdueFinding } from '../common/overdue-canaries.ts';
import { planRemoval } from '../common/removal.ts';
import { staleness, unreadWorkloadFindings } from '../common/staleness.ts';
import type { ClearIntent } from './intent.ts';

/**
 * Everything of every build goes, or of those without a ready pod and those whose canary nobody watches any more.
 *
 * @throws TrafficError not-found, check-failed, forbidden
 */
export function planClear(snapshot: Snapshot, intent: ClearIntent): ChangeDraft {
  if (intent.mode === 'all') return planRemoval(snapshot, intent, () => true);
  const canaries = overdueCanaries(snapshot, intent);
  const left = new Set(canaries.map(({ state }) => state.subset));
  const isStale = staleness(snapshot);
  const draft = planRemoval(
    snapshot,
    intent,
    (service, subset) => left.has(subset) || isStale(service, subset),
  );
  const unread = unreadWorkloadFindings(snapshot, selectVirtualServices(snapshot, intent));
  return { ...draft, findings: [...canaries.map(overdueFinding), ...draft.findings, ...unread] };
}
