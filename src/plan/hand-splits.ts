/** Splits that users wrote by hand, and that look like base routes since istiops gave these the same builds. */
import { resolveHost } from '../istio/hosts.ts';
import { destinationsOf, placeOf, type PlacedRoute } from '../istio/routes.ts';
import { isSameBuild } from '../istio/service-identity.ts';
import type { Route, RouteDestination, VirtualService } from '../istio/types.ts';
import { effectiveShares } from '../istio/weights.ts';
import { pinned, readBaselines } from './baseline.ts';

/**
 * Before the first share such a route was no base route, because it sent to other destinations than these, so it is none
 * afterwards: else the same `weight` twice would change it the second time. A copy of a base route as it stands now, with
 * the same shares, is one; but one that sends where base routes are kept to (`stable-pod-selector`) is not known to be a
 * copy, and is left alone.
 *
 * @param bases default routes that send to the same destinations, weights aside
 */
export function isSplitByHand(
  virtualService: VirtualService,
  route: PlacedRoute,
  bases: readonly PlacedRoute[],
): boolean {
  const { byRoute } = readBaselines(virtualService);
  const { namespace } = virtualService.metadata;
  if (bases.length === 0 || byRoute.has(placeOf(route))) return false;
  return bases.every((base) => {
    const baseline = byRoute.get(placeOf(base));
    if (baseline === undefined || hasAll(baseline.list, base.route, namespace)) return false;
    return (
      hasAll(pinned(baseline, namespace), base.route, namespace) ||
      splitText(base.route, namespace) !== splitText(route.route, namespace)
    );
  });
}

/** Are all destinations of the route in the list? */
function hasAll(list: readonly RouteDestination[], route: Route, namespace: string): boolean {
  return destinationsOf(route).every(({ destination }) =>
    list.some((entry) => isSameBuild(entry.destination, destination, namespace)),
  );
}

function splitText(route: Route, namespace: string): string {
  const list = destinationsOf(route);
  const shares = effectiveShares(list);
  return list
    .map(({ destination: { host, subset } }, i) =>
      [resolveHost(host, namespace), subset ?? '', shares[i] ?? 0].join('|'),
    )
    .sort()
    .join(' ');
}
