/** The reach of a change, judged by what its operation may do. */
import { inDomainOf, withClusterDomain } from '../plan/cluster-domain.ts';
import type { Phase, Plan, Snapshot } from '../plan/types.ts';
import type { VersionPair } from '../reach/lists.ts';
import { reachOfPhases } from '../reach/reach-of-phases.ts';
import type { RulePair } from '../reach/object-pairs.ts';
import { reachOfChanges } from '../reach/reach.ts';
import { reachOfSteps, type ReachStep } from '../reach/steps.ts';
import type { Reach } from '../reach/types.ts';
import { intentsOfServices } from './browser-services.ts';
import type { ChangeIntent } from './index.ts';
import { plannerOf } from './planners.ts';
import type { ServicesIntent } from './services.ts';

/**
 * What a change means for whom, and what of it nobody asked for.
 *
 * @param changes VirtualServices as they are and as they shall be; those left out stay as they are
 * @param rules the same of DestinationRules
 */
export function reachOf(
  read: Snapshot,
  intent: ChangeIntent,
  changes: readonly VersionPair[],
  rules: readonly RulePair[] = [],
): Reach {
  const snapshot = withClusterDomain(read);
  return inDomainOf(snapshot, () =>
    reachOfChanges(snapshot, plannerOf(intent).expect(snapshot, intent), changes, rules),
  );
}

/** The same of the writes of a plan, whatever the planner thought. */
export function reachOfPlan(read: Snapshot, intent: ChangeIntent, phases: readonly Phase[]): Reach {
  const snapshot = withClusterDomain(read);
  return inDomainOf(snapshot, () =>
    reachOfPhases(snapshot, () => plannerOf(intent).expect(snapshot, intent), phases),
  );
}

/** The same of a change of several services: each is judged by what was asked for it. */
export function reachOfServices(
  read: Snapshot,
  intent: ServicesIntent,
  { phases, services = [] }: Pick<Plan, 'phases' | 'services'>,
): Reach {
  const snapshot = withClusterDomain(read);
  return inDomainOf(snapshot, () => {
    const steps = intentsOfServices(snapshot, intent).map((own, i): ReachStep => ({
      expect: (on) => plannerOf(own).expect(on, own),
      phases: services[i]?.plan.phases ?? [],
    }));
    return reachOfSteps(snapshot, steps, phases);
  });
}
