/** Canaries that nobody watches any more: their builds must not keep a share that nobody has judged. */
import { finding, type Finding } from '../../base/findings.ts';
import type { Selection } from '../../istio/selection.ts';
import { canaryInWords, notedCanaries, type NotedCanary } from '../../plan/canary-views.ts';
import { selectVirtualServices } from '../../plan/select.ts';
import type { Snapshot } from '../../plan/types.ts';

/** @throws TrafficError not-found where the selection finds no VirtualService */
export function overdueCanaries(snapshot: Snapshot, selection: Selection): readonly NotedCanary[] {
  const selected = selectVirtualServices(snapshot, selection);
  return notedCanaries(snapshot, selected).filter(({ isOverdue }) => isOverdue);
}

export function overdueFinding({ virtualService, state }: NotedCanary): Finding {
  const message = `The canary of ${canaryInWords(state)} was to end that stage by ${state.until}, and nobody watches it any more: it is taken back.`;
  return finding('canary-overdue', 'notice', message, virtualService);
}
