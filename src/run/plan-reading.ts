/** What an operation shows that only reads. */
import { inDomainOf, withClusterDomain } from '../plan/cluster-domain.ts';
import { withSetAside } from '../plan/set-aside.ts';
import type { Plan, Snapshot } from '../plan/types.ts';

/**
 * A plan without writes. Pure, as `plan`.
 *
 * @throws TrafficError not-found, ambiguous
 */
export function planReading(read: Snapshot, planner: (snapshot: Snapshot) => Plan): Plan {
  const snapshot = withClusterDomain(read);
  return inDomainOf(snapshot, () => {
    try {
      return planner(snapshot);
    } catch (thrown) {
      throw withSetAside(thrown, snapshot);
    }
  });
}
