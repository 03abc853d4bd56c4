import { CANARY, canaryOf, canaryText, type CanaryState } from '../../plan/canary-state.ts';
import { finding, type Finding } from '../../base/findings.ts';
import { sameJson } from '../../base/json.ts';
import { titleOf } from '../../base/title.ts';
import { formatLabels } from '../../istio/labels.ts';
import type { VirtualService } from '../../istio/types.ts';
import type { ChangeDraft } from '../../plan/draft.ts';
import { withAnnotation } from '../../plan/objects.ts';
import type { Snapshot } from '../../plan/types.ts';
import { planWeight } from '../weight/plan.ts';
import type { WeightIntent } from '../weight/intent.ts';
import type { CanaryIntent } from './intent.ts';

/**
 * One stage: what `weight` would write, and with it how far the canary is. A stage that changes no route writes
 * nothing, because in Istio 1.30.0 to 1.30.2 a change of annotations alone is a full push to all proxies.
 *
 * @throws TrafficError not-found, ambiguous, check-failed
 */
export function planCanary(snapshot: Snapshot, intent: CanaryIntent): ChangeDraft {
  const draft = planWeight(snapshot, weightOf(intent));
  const text = intent.state && canaryText(intent.state);
  return {
    ...draft,
    virtualServices: draft.virtualServices.map(({ before, after }) => ({
      before,
      after: before === after ? after : withAnnotation(after, CANARY, text),
    })),
    findings: [
      ...draft.findings,
      ...draft.virtualServices.flatMap(({ before }) => otherCanary(before, intent)),
    ],
  };
}

/** The stage as the operation `weight` knows it. */
function weightOf({ stages, stage, ...intent }: CanaryIntent): WeightIntent {
  return { ...intent, operation: 'weight', weight: stages[stage]?.weight ?? 0 };
}

/**
 * Two canaries on one VirtualService would each measure requests that the other one shifts. One of the same build under
 * another id has begun since this one found none.
 */
function otherCanary(virtualService: VirtualService, intent: CanaryIntent): readonly Finding[] {
  const state = canaryOf(virtualService);
  if (state === undefined || isOfThisCanary(state, intent)) return [];
  const message = otherCanaryText(virtualService, state);
  return [finding('other-canary', 'error', message, virtualService, true)];
}

function isOfThisCanary({ id, labels }: CanaryState, { podLabels, state }: CanaryIntent): boolean {
  return sameJson(labels, podLabels) && (state === undefined || state.id === id);
}

/** Who is in the way, and what to do. */
export function otherCanaryText(virtualService: VirtualService, state: CanaryState): string {
  const build = formatLabels(state.labels);
  return (
    `${titleOf(virtualService)} has an unfinished canary of ${build}: stage ${state.stage} of ${state.stages} since ${state.since}` +
    `${state.run === null ? '' : `, by ${state.run}`}. Wait for its end, take it back with \`rollback\` of ${build}, or set \`force: true\` to go on beside it.`
  );
}
