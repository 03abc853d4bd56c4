/** The guard's word on a plan. */
import { TrafficError } from '../base/errors.ts';
import type { ChangeIntent } from '../operations/index.ts';
import { reachOfPlan, reachOfServices } from '../operations/reach.ts';
import { isOfServices, type ServicesIntent } from '../operations/services.ts';
import type { Plan, Snapshot } from '../plan/types.ts';
import type { Reach } from '../reach/types.ts';
import { unaskedChanges } from '../reach/unasked.ts';

/**
 * Compares what each class of requests gets before and after, whatever the planner thought.
 *
 * @throws TrafficError check-failed where a change reaches requests that it wasn't asked for
 */
export function refuseUnasked(plan: Plan, snapshot: Snapshot, intent: ChangeIntent | ServicesIntent): Reach {
  const reach = isOfServices(intent)
    ? reachOfServices(snapshot, intent, plan)
    : reachOfPlan(snapshot, intent, plan.phases);
  const findings = unaskedChanges(reach);
  const [first] = findings;
  if (first !== undefined) throw new TrafficError('check-failed', first.message, { findings });
  return reach;
}
