import { resolveHost } from '../istio/hosts.ts';
import { destinationsOf, routesOf } from '../istio/routes.ts';
import type { VirtualService } from '../istio/types.ts';
import { effectiveShares } from '../istio/weights.ts';
import type { Change } from '../plan/objects.ts';
import { subsetKey } from '../plan/subsets.ts';

export interface SubsetShare {
  readonly host: string;
  readonly subset: string;
  /** Percent, summed over all routes. */
  readonly total: number;
}

/** The subsets that get more requests of a VirtualService than before, by `subsetKey`. */
export function gainedShares({ before, after }: Change<VirtualService>): Map<string, SubsetShare> {
  if (before === after) return new Map();
  const sharesBefore = subsetShares(before);
  return new Map(
    [...subsetShares(after)].filter(([key, { total }]) => total > (sharesBefore.get(key)?.total ?? 0)),
  );
}

function subsetShares(virtualService: VirtualService): Map<string, SubsetShare> {
  const totals = new Map<string, { host: string; subset: string; total: number }>();
  for (const { route } of routesOf(virtualService)) {
    const list = destinationsOf(route);
    const shares = effectiveShares(list);
    for (const [i, { destination }] of list.entries()) {
      if (destination.subset === undefined) continue;
      const host = resolveHost(destination.host, virtualService.metadata.namespace);
      const key = subsetKey(host, destination.subset);
      const share = shares[i] ?? 0;
      const known = totals.get(key);
      if (known === undefined) totals.set(key, { host, subset: destination.subset, total: share });
      else known.total += share;
    }
  }
  return totals;
}
