/** The reach of a change, judged by what its operation may do. */
import { inClusterDomain, withClusterDomain } from '../plan/cluster-domain.ts';
import type { Phase, Snapshot } from '../plan/types.ts';
import type { Pair } from '../reach/lists.ts';
import { reachOfPlan as reachOfWrites } from '../reach/reach-of-plan.ts';
import type { RulePair } from '../reach/object-pairs.ts';
import { reachOf as reachBy } from '../reach/reach.ts';
import type { Reach } from '../reach/types.ts';
import { changeOperationOf, type ChangeIntent } from './index.ts';

/**
 * What a change means for whom, and what of it nobody asked for.
 *
 * @param changes VirtualServices as they are and as they shall be; those left out stay as they are
 * @param rules the same of DestinationRules
 */
export function reachOf(
  read: Snapshot,
  intent: ChangeIntent,
  changes: readonly Pair[],
  rules: readonly RulePair[] = [],
): Reach {
  const snapshot = withClusterDomain(read);
  return inClusterDomain(snapshot, () =>
    reachBy(snapshot, changeOperationOf(intent).expect(snapshot, intent), changes, rules),
  );
}

/** The same of the writes of a plan, whatever the planner thought. */
export function reachOfPlan(read: Snapshot, intent: ChangeIntent, phases: readonly Phase[]): Reach {
  const snapshot = withClusterDomain(read);
  return inClusterDomain(snapshot, () =>
    reachOfWrites(snapshot, () => changeOperationOf(intent).expect(snapshot, intent), phases),
  );
}
