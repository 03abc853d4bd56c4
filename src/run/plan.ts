import { check } from '../checks/check.ts';
import {
  isReadOnly,
  operationOf,
  type ChangeIntent,
  type ExplainIntent,
  type Intent,
  type ShowIntent,
} from '../intent/types.ts';
import type { Labels } from '../istio/types.ts';
import { askedText } from '../plan/asked.ts';
import type { ChangeDraft } from '../plan/draft.ts';
import { explain } from '../operations/explain/plan.ts';
import { planHistory } from '../operations/history/plan.ts';
import { titleOf } from '../base/title.ts';
import { phasesOf, virtualServicesAfter } from '../plan/phases.ts';
import { planChange } from '../operations/plan-change.ts';
import { safeToScaleDown } from '../plan/scale-down.ts';
import { selectVirtualServices } from '../plan/select.ts';
import { refuseChosen, setAsideFindings, withSetAside } from '../plan/set-aside.ts';
import type { Plan, PreviousBuild, Snapshot } from '../plan/types.ts';
import type { Finding } from '../base/findings.ts';
import { hostAndSubset, referencedSubsets } from '../plan/subsets.ts';
import { subsetLabels, viewer } from '../plan/views.ts';
import { viewOfVirtualService } from '../plan/virtual-service-views.ts';
import { changesOf } from '../operations/show/changes.ts';
import { previousBuildOf } from '../undo/previous.ts';

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
export function plan(snapshot: Snapshot, intent: Intent, { force = false }: PlanOptions = {}): Plan {
  if (!isReadOnly(intent) && 'selector' in intent) refuseChosen(snapshot, intent.selector, force);
  try {
    return planIntent(snapshot, intent, force);
  } catch (thrown) {
    throw withSetAside(thrown, snapshot);
  }
}

function planIntent(snapshot: Snapshot, intent: Intent, force: boolean): Plan {
  switch (intent.operation) {
    case 'show':
      return planShow(snapshot, intent);
    case 'explain':
      return planExplain(snapshot, intent);
    case 'history':
      return planHistory(snapshot, intent);
    default:
      return planAndCheck(snapshot, intent, force);
  }
}

/** Its routes are in the explanations, those that matter. */
function planExplain(snapshot: Snapshot, intent: ExplainIntent): Plan {
  const { explanations, findings } = explain(snapshot, intent);
  return {
    operation: 'explain',
    subset: null,
    phases: [],
    before: [],
    after: [],
    safeToScaleDown: [],
    explanations,
    findings: [...setAsideFindings(snapshot), ...findings],
  };
}

function planShow(snapshot: Snapshot, intent: ShowIntent): Plan {
  const selected = selectVirtualServices(snapshot, intent.selector);
  const routes = selected.flatMap(viewer(snapshot, subsetLabels(snapshot.destinationRules)));
  return {
    operation: 'show',
    subset: null,
    phases: [],
    before: routes,
    after: routes,
    virtualServices: selected.map((one) => ({
      ...viewOfVirtualService(one),
      changes: changesOf(snapshot, one),
    })),
    safeToScaleDown: [],
    findings: setAsideFindings(snapshot),
  };
}

function planAndCheck(snapshot: Snapshot, intent: ChangeIntent, force: boolean): Plan {
  const draft = planChange(snapshot, intent);
  const phases = phasesOf(snapshot, draft);
  const findings = [...draft.findings, ...check({ snapshot, intent, draft, phases })];
  const rules = phases.flatMap(({ writes }) =>
    writes.flatMap((write) => (write.kind === 'DestinationRule' ? [write.after] : [])),
  );
  // After those that there are now, so that a subset about to go still has its labels.
  const subsets = subsetLabels([...rules, ...snapshot.destinationRules]);
  const view = viewer(snapshot, subsets);
  const isChanged = phases.some(({ name }) => name === 'routes');
  const { labels = labelsOf(intent), wayBack, undone } = draft;
  const previous = previousOf(snapshot, intent, draft);
  const asked = askedText(intent);
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
    ...(undone !== undefined && { undone }),
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

function previousOf(snapshot: Snapshot, intent: ChangeIntent, draft: ChangeDraft): PreviousBuild | undefined {
  return intent.operation === 'weight' || intent.operation === 'promote'
    ? previousBuildOf(snapshot, draft)
    : undefined;
}

function forced(finding: Finding): Finding {
  return finding.severity === 'error' && finding.forceable ? { ...finding, severity: 'warning' } : finding;
}
