/** How far the proxies of the mesh are, by what istiod says of each. */
import { isAcknowledged, pushNumber, type SyncedProxy } from './istiod.ts';
import type { Wanted } from './wanted.ts';

/** Those whose requests go by routes of the mesh: gateways are asked themselves, and others have no such routes. */
export function meshProxies(proxies: readonly SyncedProxy[]): readonly SyncedProxy[] {
  return proxies.filter(({ type }) => type === 'sidecar' || type === 'waypoint');
}

/**
 * - `done`: it has acknowledged a push that has the change.
 * - `pending`: it has not acknowledged what it was sent.
 * - `older`: it has acknowledged everything, and was last sent something before the change was known to be in a push. The
 *   change may not concern it, or its push is on the way.
 *
 * A subset is usable only with its endpoints, which come after its cluster is acknowledged: theirs counts, too.
 *
 * @param push the number of a push that has the change; undefined: not known
 */
export function pushProgress(
  { routes, clusters, endpoints }: SyncedProxy,
  phase: Wanted['phase'],
  push: number | undefined,
): 'done' | 'pending' | 'older' {
  const deliveries = phase === 'routes' ? [routes, clusters] : [clusters, endpoints];
  if (!deliveries.every(isAcknowledged)) return 'pending';
  const counting = phase === 'routes' ? [routes] : deliveries;
  const isReached = counting.every(({ acked }) => push !== undefined && (pushNumber(acked) ?? -1) >= push);
  return isReached ? 'done' : 'older';
}

/** What was acknowledged, as one text: while it stays the same, nothing was sent. */
export function acknowledgedBy({ routes, clusters, endpoints }: SyncedProxy, phase: Wanted['phase']): string {
  return phase === 'routes' ? routes.acked : `${clusters.acked} ${endpoints.acked}`;
}
