/** What the proxies must have after a phase of a plan. */
import { resolveHost } from '../istio/hosts.ts';
import { hostOfRule } from '../istio/rule-index.ts';
import { namedDestinations, routesOf, subsetOf } from '../istio/routes.ts';
import type { DestinationRule, VirtualService } from '../istio/types.ts';
import { sameJson } from '../base/json.ts';
import { ownerOf } from '../plan/owners.ts';
import { referencedSubsets, subsetKey } from '../plan/subsets.ts';
import type { Phase, PhaseName, Plan } from '../plan/types.ts';
import { writesOf } from '../plan/writes.ts';
import type { ClusterRef } from './clusters.ts';
import { comparedRoots, unseenDelegates, type ComparedRoot } from './expected-routes.ts';
import { fullName } from '../base/title.ts';

export interface Wanted {
  readonly phase: 'add-subsets' | 'routes';
  /** The VirtualServices whose proxies are asked, as they are now. */
  readonly roots: readonly ComparedRoot[];
  /** Of the phase `add-subsets`: subsets that must be usable. */
  readonly subsets: readonly ClusterRef[];
  /** Of the phase `routes`: subsets that no route may name any more, because they go next. */
  readonly gone: readonly ClusterRef[];
  /** Why the proxies can't tell, as parts of a sentence; empty: they can. */
  readonly blind: readonly string[];
}

/**
 * @param plan as it is written
 * @param virtualServices all in sight, those that the run has written as they are stored now
 * @param isUndoing the routes are being put back, and the subsets that came go next
 */
export function wantedOf(
  phase: Wanted['phase'],
  plan: Plan,
  virtualServices: readonly VirtualService[],
  isUndoing: boolean,
): Wanted {
  const routes = writesOf(plan.phases, 'routes').flatMap((write) =>
    write.kind === 'VirtualService' ? [write] : [],
  );
  const planned = routes.map(({ after }) => fullName(after.metadata));
  // A plan that only removes subsets: the routes are as they were found.
  const changed = planned.length > 0 ? planned : plan.before.map(ownerOf);
  const roots = comparedRoots(changed, virtualServices);
  // Of others: what they use stays.
  const used = referencedSubsets(virtualServices);
  const gained = subsetsBetween(plan.phases, 'add-subsets', ({ before, after }) => [before, after]);
  const lost = subsetsBetween(plan.phases, 'remove-subsets', ({ before, after }) => [after, before]);
  return {
    phase,
    roots,
    subsets:
      phase === 'add-subsets'
        ? refsOf(
            gained,
            routes.map(({ after }) => after),
          )
        : [],
    gone:
      phase === 'routes'
        ? refsOf(
            isUndoing ? gained : lost,
            routes.flatMap(({ before, after }) => [before, after]),
          ).filter(({ host, subset }) => !used.has(subsetKey(host, subset)))
        : [],
    blind: [
      ...(phase === 'routes' && routes.some(changesConnections)
        ? ['tcp and tls routes are in no list of routes that a proxy shows']
        : []),
      ...roots.flatMap((root) =>
        unseenDelegates(root).map(
          (name) => `the delegate ${name} of VirtualService ${root.owner} is not in sight`,
        ),
      ),
    ],
  };
}

function changesConnections({
  before,
  after,
}: {
  readonly before: VirtualService;
  readonly after: VirtualService;
}): boolean {
  return (['tcp', 'tls'] as const).some((kind) => !sameJson(before.spec[kind] ?? [], after.spec[kind] ?? []));
}

interface SubsetOfRule {
  readonly rule: DestinationRule;
  readonly subset: string;
}

/** The subsets that the second of a pair has and the first hasn't. */
function subsetsBetween(
  phases: readonly Phase[],
  name: PhaseName,
  pair: (change: {
    readonly before: DestinationRule;
    readonly after: DestinationRule;
  }) => readonly [DestinationRule, DestinationRule],
): readonly SubsetOfRule[] {
  return writesOf(phases, name).flatMap((write) => {
    if (write.kind !== 'DestinationRule') return [];
    const [without, rule] = pair(write);
    const known = new Set((without.spec.subsets ?? []).map((one) => one.name));
    return (rule.spec.subsets ?? [])
      .filter((one) => !known.has(one.name))
      .map((one) => ({ rule, subset: one.name }));
  });
}

/** Those subsets with the hosts that routes name them by: a rule may be for a wildcard. */
function refsOf(
  subsets: readonly SubsetOfRule[],
  virtualServices: readonly VirtualService[],
): readonly ClusterRef[] {
  const refs = new Map<string, ClusterRef>();
  const add = (host: string, subset: string): void => {
    const ref = { host: host.toLowerCase(), subset, port: null };
    refs.set(`${subset}|${ref.host}`, ref);
  };
  for (const { rule, subset } of subsets) {
    const ruleHost = hostOfRule(rule).toLowerCase();
    if (!ruleHost.startsWith('*')) add(ruleHost, subset);
    for (const one of virtualServices) {
      for (const { route } of routesOf(one)) {
        for (const destination of namedDestinations(route)) {
          if (subsetOf(destination) !== subset) continue;
          const host = resolveHost(destination.host, one.metadata.namespace).toLowerCase();
          if (ruleHost.startsWith('*') && host.endsWith(ruleHost.slice(1))) add(host, subset);
        }
      }
    }
  }
  return [...refs.values()];
}

/** `mesh` and names of Gateways: the ways by which the roots get requests. */
export function entrancesOf({ roots }: Pick<Wanted, 'roots'>): readonly string[] {
  return [...new Set(roots.flatMap(({ gateways }) => gateways))];
}
