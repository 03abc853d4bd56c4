import { check } from '../checks/check.ts';
import type { Labels } from '../istio/types.ts';
import type { ChangeDraft } from '../plan/draft.ts';
import {
  changeOperationOf,
  isReadOnly,
  operationOf,
  readOperationOf,
  selectionOf,
  type ChangeIntent,
  type Intent,
} from '../operations/index.ts';
import { titleOf } from '../base/title.ts';
import { inClusterDomain, withClusterDomain } from '../plan/cluster-domain.ts';
import { phasesOf, virtualServicesAfter, withCreated } from '../plan/phases.ts';
import { planChange } from '../operations/plan-change.ts';
import { effectsOf } from '../plan/effects.ts';
import { safeToScaleDown } from '../plan/scale-down.ts';
import { refuseChosen, refuseRefused, withSetAside } from '../plan/set-aside.ts';
import type { Plan, Snapshot } from '../plan/types.ts';
import type { Finding } from '../base/findings.ts';
import { hostAndSubset, referencedSubsets } from '../plan/subsets.ts';
import { sharedRoutes, sharedWords } from '../plan/target-pods.ts';
import { subsetLabels, viewer } from '../plan/views.ts';
import { viewOfVirtualService } from '../plan/virtual-service-views.ts';

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
export function plan(read: Snapshot, intent: Intent, { force = false }: PlanOptions = {}): Plan {
  const snapshot = withClusterDomain(read);
  return inClusterDomain(snapshot, () => planIn(snapshot, intent, force));
}

function planIn(snapshot: Snapshot, intent: Intent, force: boolean): Plan {
  if (!isReadOnly(intent)) {
    refuseRefused(snapshot);
    refuseChosen(snapshot, selectionOf(intent), force);
  }
  try {
    return isReadOnly(intent)
      ? readOperationOf(intent).plan(snapshot, intent)
      : planAndCheck(snapshot, intent, force);
  } catch (thrown) {
    throw withSetAside(thrown, snapshot);
  }
}

function planAndCheck(read: Snapshot, intent: ChangeIntent, force: boolean): Plan {
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
  const { labels = labelsOf(intent), previous, wayBack, undone, pruned } = draft;
  const shared =
    intent.operation === 'weight' && draft.shift
      ? sharedWords(sharedRoutes(snapshot, draft, draft.shift))
      : undefined;
  const asked = changeOperationOf(intent).brief(intent);
  return {
    operation: operationOf(intent),
    subset: draft.subset,
    phases,
    before: draft.virtualServices.flatMap(({ before }) => view(before)),
    after: draft.virtualServices.flatMap(({ after }) => view(after)),
    virtualServices: draft.virtualServices.map(({ after }) => viewOfVirtualService(after)),
    ...(snapshot.gatewayServers !== undefined && { gatewayServers: snapshot.gatewayServers }),
    safeToScaleDown:
      isChanged && !mayBeUsedByOdd(snapshot, draft)
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
    ...(previous !== undefined && { previous }),
    ...(wayBack !== undefined && {
      wayBack: new Map([...wayBack].map(([before, after]) => [titleOf(before), after])),
    }),
  };
}

/**
 * What nobody understands may route to any pods; in another namespace, to those of subsets that it names. A whole
 * cluster nearly always has something that nobody understands.
 */
function mayBeUsedByOdd({ namespace, notUnderstood = [] }: Snapshot, draft: ChangeDraft): boolean {
  const names = new Set(
    [...referencedSubsets(draft.virtualServices.map(({ before }) => before))].map(
      (key) => hostAndSubset(key).subset,
    ),
  );
  return notUnderstood.some(
    (odd) => odd.namespace === namespace || [...odd.texts].some((text) => names.has(text)),
  );
}

/** The build that the change is about, where the intent names one. */
function labelsOf(intent: ChangeIntent): Labels | undefined {
  return 'podLabels' in intent ? intent.podLabels : undefined;
}

function forced(finding: Finding): Finding {
  return finding.severity === 'error' && finding.forceable ? { ...finding, severity: 'warning' } : finding;
}
