import { destinationsOf, routesOf, subsetOf } from '../istio/routes.ts';
import type { Route, VirtualService } from '../istio/types.ts';
import { effectiveShares } from '../istio/weights.ts';
import type { Change } from '../plan/objects.ts';
import { isTarget, keysIn, type Target } from '../plan/subsets.ts';

export interface SubsetShare {
  readonly host: string;
  readonly subset: string;
  /** Percent, summed over all routes. */
  readonly total: number;
}

/** The share of the requests of one route that a build answers, in percent. */
export function buildShare(route: Route, namespace: string, build: Pick<Target, 'service' | 'name'>): number {
  const list = destinationsOf(route);
  const shares = effectiveShares(list);
  return list.reduce(
    (sum, { destination }, i) => (isTarget(destination, namespace, build) ? sum + (shares[i] ?? 0) : sum),
    0,
  );
}

/** The subsets that get more requests of a VirtualService than before, by `subsetKey`. */
export function gainedShares({ before, after }: Change<VirtualService>): Map<string, SubsetShare> {
  if (before === after) return new Map();
  const [routesBefore, routesAfter] = [new Set(routeList(before)), new Set(routeList(after))];
  const sharesBefore = subsetShares(before, routesAfter);
  return new Map(
    [...subsetShares(after, routesBefore)].filter(
      ([key, { total }]) => total > (sharesBefore.get(key)?.total ?? 0),
    ),
  );
}

function routeList(virtualService: VirtualService): Route[] {
  return routesOf(virtualService).map(({ route }) => route);
}

/** Of the routes that are not in both: what stays as it is can't gain anything. */
function subsetShares(virtualService: VirtualService, same: ReadonlySet<Route>): Map<string, SubsetShare> {
  const totals = new Map<string, { host: string; subset: string; total: number }>();
  const keyOf = keysIn(virtualService.metadata.namespace);
  for (const { route } of routesOf(virtualService)) {
    if (same.has(route)) continue;
    const list = destinationsOf(route);
    const shares = effectiveShares(list);
    for (const [i, { destination }] of list.entries()) {
      const subset = subsetOf(destination);
      if (subset === undefined) continue;
      const { host, key } = keyOf(destination.host, subset);
      const share = shares[i] ?? 0;
      const known = totals.get(key);
      if (known === undefined) totals.set(key, { host, subset, total: share });
      else known.total += share;
    }
  }
  return totals;
}
