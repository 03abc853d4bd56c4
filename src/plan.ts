import { check } from './checks/check.ts';
import type { ChangeIntent, ExplainIntent, Intent, ShowIntent } from './intent/types.ts';
import { explain } from './plan/explain.ts';
import { phasesOf, virtualServicesAfter } from './plan/phases.ts';
import { planChange } from './plan/plan-change.ts';
import { safeToScaleDown } from './plan/scale-down.ts';
import { selectVirtualServices } from './plan/select.ts';
import type { Finding, Plan, Snapshot } from './plan/types.ts';
import { routeViews, subsetLabels } from './plan/views.ts';

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
  switch (intent.operation) {
    case 'show':
      return planShow(snapshot, intent);
    case 'explain':
      return { ...planShow(snapshot, intent), ...explain(snapshot, intent), operation: 'explain' };
    default:
      return planAndCheck(snapshot, intent, force);
  }
}

function planShow(snapshot: Snapshot, intent: ShowIntent | ExplainIntent): Plan {
  const routes = routeViews(
    snapshot,
    selectVirtualServices(snapshot, intent.selector),
    subsetLabels(snapshot.destinationRules),
  );
  return {
    operation: 'show',
    subset: null,
    phases: [],
    before: routes,
    after: routes,
    safeToScaleDown: [],
    findings: [],
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
  const view = (side: 'before' | 'after') =>
    routeViews(
      snapshot,
      draft.virtualServices.map((change) => change[side]),
      subsets,
    );
  const isChanged = phases.some(({ name }) => name === 'routes');
  return {
    operation: intent.operation,
    subset: draft.subset,
    phases,
    before: view('before'),
    after: view('after'),
    safeToScaleDown: isChanged
      ? safeToScaleDown(snapshot, virtualServicesAfter(snapshot, draft), subsets)
      : [],
    findings: force ? findings.map(forced) : findings,
  };
}

function forced(finding: Finding): Finding {
  return finding.severity === 'error' && finding.forceable ? { ...finding, severity: 'warning' } : finding;
}
