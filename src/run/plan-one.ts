/** What an intent about one service means for a snapshot, with all that speaks against it. */
import { check } from '../checks/check.ts';
import type { Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import type { Labels } from '../istio/types.ts';
import { changeOperationOf, operationOf, type ChangeIntent } from '../operations/index.ts';
import { planChange } from '../operations/plan-change.ts';
import type { ChangeDraft } from '../plan/draft.ts';
import { effectsOf } from '../plan/effects.ts';
import { phasesOf, virtualServicesAfter, withCreated } from '../plan/phases.ts';
import { mayBeUsedByOdd, safeToScaleDown } from '../plan/scale-down.ts';
import { sharedRoutes, sharedWords } from '../plan/target-pods.ts';
import type { Plan, Snapshot } from '../plan/types.ts';
import { subsetLabels, viewer } from '../plan/views.ts';
import { viewOfVirtualService } from '../plan/virtual-service-views.ts';

export interface PlannedChange {
  readonly plan: Plan;
  readonly draft: ChangeDraft;
}

/** @throws TrafficError not-found, ambiguous, check-failed, forbidden */
export function planOne(read: Snapshot, intent: ChangeIntent, force: boolean): PlannedChange {
  const draft = planChange(read, intent);
  const snapshot = withCreated(read, draft);
  const phases = phasesOf(read, draft);
  const findings = [...draft.findings, ...check({ snapshot, intent, draft, phases })];
  const rules = phases.flatMap(({ writes }) =>
    writes.flatMap((write) => (write.kind === 'DestinationRule' ? [write.after] : [])),
  );
  // After those that there are now, so that a subset about to go still has its labels.
  const subsets = subsetLabels([...rules, ...snapshot.destinationRules]);
  const view = viewer(snapshot, subsets);
  const isChanged = phases.some(({ name }) => name === 'routes');
  const { labels = labelsOf(intent), builds, previous, wayBack, undone, pruned } = draft;
  const shared =
    intent.operation === 'weight' && draft.shift
      ? sharedWords(sharedRoutes(snapshot, draft, draft.shift))
      : undefined;
  const asked = changeOperationOf(intent).brief(intent);
  const plan: Plan = {
    operation: operationOf(intent),
    subset: draft.subset,
    phases,
    before: draft.virtualServices.flatMap(({ before }) => view(before)),
    after: draft.virtualServices.flatMap(({ after }) => view(after)),
    virtualServices: draft.virtualServices.map(({ after }) => viewOfVirtualService(after)),
    ...(snapshot.gatewayServers !== undefined && { gatewayServers: snapshot.gatewayServers }),
    safeToScaleDown:
      isChanged &&
      !mayBeUsedByOdd(
        snapshot,
        draft.virtualServices.map(({ before }) => before),
      )
        ? safeToScaleDown(snapshot, virtualServicesAfter(snapshot, draft), subsets)
        : [],
    findings: force ? findings.map(forced) : findings,
    effects: effectsOf(draft),
    ...(undone !== undefined && { undone }),
    ...(draft.previewUrl !== undefined && { previewUrl: draft.previewUrl }),
    ...(shared !== undefined && { shared }),
    ...(pruned !== undefined && { pruned }),
    ...(asked !== undefined && { asked }),
    ...(labels !== undefined && { labels }),
    ...(builds !== undefined && { builds }),
    ...(previous !== undefined && { previous }),
    ...(wayBack !== undefined && {
      wayBack: new Map([...wayBack].map(([before, after]) => [titleOf(before), after])),
    }),
  };
  return { plan, draft };
}

/** The build that the change is about, where the intent names one. */
function labelsOf(intent: ChangeIntent): Labels | undefined {
  return 'podLabels' in intent ? intent.podLabels : undefined;
}

function forced(finding: Finding): Finding {
  return finding.severity === 'error' && finding.forceable ? { ...finding, severity: 'warning' } : finding;
}
