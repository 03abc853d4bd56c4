/** The pure half of a run: what an intent means for a snapshot, with all that speaks against it. */
import { check } from '../checks/check.ts';
import type { Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import type { Labels } from '../istio/types.ts';
import {
  changeOperationOf,
  isReadOnly,
  operationOf,
  selectionOf,
  type ChangeIntent,
  type RequestedIntent,
} from '../operations/index.ts';
import { plannerOf, planRead } from '../operations/planners.ts';
import { isOfServices, type ServicesIntent } from '../operations/services.ts';
import { baselineFaults } from '../plan/baseline.ts';
import { withoutEndedCanary } from '../plan/canary-end.ts';
import { inDomainOf, withClusterDomain } from '../plan/cluster-domain.ts';
import type { ChangeDraft } from '../plan/draft.ts';
import { effectsOf } from '../plan/effects.ts';
import { phasesOf, virtualServicesAfter, withCreated } from '../plan/phases.ts';
import { safeToScaleDown } from '../plan/scale-down.ts';
import { refuseChosen, refuseRefused, withSetAside } from '../plan/set-aside.ts';
import { sharedRoutes, sharedWords } from '../plan/target-pods.ts';
import type { Plan, Snapshot } from '../plan/types.ts';
import { subsetLabels, viewer } from '../plan/views.ts';
import { viewOfVirtualService } from '../plan/virtual-service-views.ts';
import { planReading } from './plan-reading.ts';
import { planServices, type PlannedChange } from './plan-services.ts';

export interface PlanOptions {
  /** Errors that `force` may overrule become warnings. */
  readonly force?: boolean;
}

/**
 * What an intent means for a snapshot: the writes, phase by phase, the routes before and after, and what speaks
 * against it. Pure: the same two always give the same plan, and nothing is read or written.
 *
 * A plan whose `findings` hold an error must not be written.
 *
 * @throws TrafficError not-found, ambiguous, check-failed, forbidden: what is asked for can't be planned
 */
export function plan(read: Snapshot, intent: RequestedIntent, { force = false }: PlanOptions = {}): Plan {
  if (isReadOnly(intent)) return planReading(read, (snapshot) => planRead(snapshot, intent));
  const snapshot = withClusterDomain(read);
  return inDomainOf(snapshot, () => planInDomain(snapshot, intent, force));
}

function planInDomain(snapshot: Snapshot, intent: ChangeIntent | ServicesIntent, force: boolean): Plan {
  refuseRefused(snapshot);
  if (isOfServices(intent))
    return planServices(snapshot, intent, (on, own) => planOne(on, own, force), force);
  refuseChosen(snapshot, selectionOf(intent), force);
  try {
    return planOne(snapshot, intent, force).plan;
  } catch (thrown) {
    throw withSetAside(thrown, snapshot);
  }
}

/**
 * The same of an intent about one service.
 *
 * @throws TrafficError not-found, ambiguous, check-failed, forbidden
 */
function planOne(read: Snapshot, intent: ChangeIntent, force: boolean): PlannedChange {
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
  const { labels = labelsOf(intent), builds, previous, wayBack, undone, pruned } = draft;
  const shared =
    draft.shift?.gives === 'share' ? sharedWords(sharedRoutes(snapshot, draft, draft.shift)) : undefined;
  const asked = changeOperationOf(intent).brief(intent);
  const plan: Plan = {
    operation: operationOf(intent),
    subset: draft.subset,
    phases,
    before: draft.virtualServices.flatMap(({ before }) => view(before)),
    after: draft.virtualServices.flatMap(({ after }) => view(after)),
    virtualServices: draft.virtualServices.map(({ after }) => viewOfVirtualService(after)),
    ...(snapshot.gatewayServers !== undefined && { gatewayServers: snapshot.gatewayServers }),
    safeToScaleDown: safeToScaleDown(snapshot, {
      phases,
      virtualServices: draft.virtualServices.map(({ before }) => before),
      after: virtualServicesAfter(snapshot, draft),
      subsets,
    }),
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

/**
 * What an operation wants of the objects. Nothing but the snapshot and the intent goes in, so the same two give
 * the same draft.
 *
 * @throws TrafficError not-found, ambiguous, check-failed, forbidden: what is asked for can't be planned
 */
export function planChange(snapshot: Snapshot, intent: ChangeIntent): ChangeDraft {
  const draft = withoutEndedCanaries(plannerOf(intent).plan(snapshot, intent), intent);
  const faults = baselineFaults(draft.virtualServices.map(({ before }) => before));
  return faults.length === 0 ? draft : { ...draft, findings: [...faults, ...draft.findings] };
}

/** Whatever else changes the routes of a build ends its canary. */
function withoutEndedCanaries(draft: ChangeDraft, intent: ChangeIntent): ChangeDraft {
  const labels = labelsOf(intent) ?? draft.labels;
  return {
    ...draft,
    virtualServices: draft.virtualServices.map((change) => withoutEndedCanary(change, labels)),
  };
}
