import { isReadOnly, readOperationOf, selectionOf, type RequestedIntent } from '../operations/index.ts';
import { isOfServices } from '../operations/services.ts';
import { inDomainOf, withClusterDomain } from '../plan/cluster-domain.ts';
import { refuseChosen, refuseRefused, withSetAside } from '../plan/set-aside.ts';
import type { Plan, Snapshot } from '../plan/types.ts';
import { planOne } from './plan-one.ts';
import { planServices } from './plan-services.ts';

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
  const snapshot = withClusterDomain(read);
  return inDomainOf(snapshot, () => planInDomain(snapshot, intent, force));
}

function planInDomain(snapshot: Snapshot, intent: RequestedIntent, force: boolean): Plan {
  if (!isReadOnly(intent)) refuseRefused(snapshot);
  if (isOfServices(intent)) return planServices(snapshot, intent, force);
  if (!isReadOnly(intent)) refuseChosen(snapshot, selectionOf(intent), force);
  try {
    return isReadOnly(intent)
      ? readOperationOf(intent).plan(snapshot, intent)
      : planOne(snapshot, intent, force).plan;
  } catch (thrown) {
    throw withSetAside(thrown, snapshot);
  }
}
