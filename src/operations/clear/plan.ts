import type { ChangeDraft } from '../../plan/draft.ts';
import { finding, type Finding } from '../../base/findings.ts';
import { canaryInWords, notedCanaries, type NotedCanary } from '../../plan/canary-views.ts';
import { selectVirtualServices } from '../../plan/select.ts';
import type { Snapshot } from '../../plan/types.ts';
import { planRemoval } from '../common/removal.ts';
import { staleness } from '../common/staleness.ts';
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
  return { ...draft, findings: [...canaries.map(overdueFinding), ...draft.findings] };
}

/** Canaries that nobody watches any more: their builds must not keep a share that nobody has judged. */
function overdueCanaries(snapshot: Snapshot, intent: ClearIntent): readonly NotedCanary[] {
  const selected = selectVirtualServices(snapshot, intent);
  return notedCanaries(snapshot, selected).filter(({ isOverdue }) => isOverdue);
}

function overdueFinding({ virtualService, state }: NotedCanary): Finding {
  const message = `The canary of ${canaryInWords(state)} was to end that stage by ${state.until}, and nobody watches it any more: it is taken back.`;
  return finding('canary-overdue', 'notice', message, virtualService);
}
