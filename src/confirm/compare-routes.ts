/** Does a proxy have the routes of a VirtualService? */
import { isCluster, type ClusterRef } from './clusters.ts';
import { expectedRoutes, type ExpectedRoute, type ComparedRoot } from './expected-routes.ts';
import type { ProxyRoute, ProxyRouteList, RouteAction } from './proxy-routes.ts';

export type RoutesState =
  /** In every virtual host that has routes of it. */
  | { readonly kind: 'has' }
  | {
      readonly kind: 'lacks';
      /** `api.shop.svc.cluster.local:80` */
      readonly virtualHost: string;
      /** The first route that differs: as the proxy has it, and as it should be; null where there is none. */
      readonly found: ProxyRoute | null;
      readonly expected: ExpectedRoute | null;
    }
  /** The proxy has no route of it, though it ought to have one, or nobody knows. */
  | { readonly kind: 'absent' };

/**
 * - `alike`: the same for every request.
 * - `to the letter`: written in the same way besides. 100 % and 0 % are a list with one entry to istiod, and one
 *   destination is none; it hands on weights as they are.
 */
export type Likeness = 'alike' | 'to the letter';

/**
 * Compares what a proxy has of a VirtualService with what istiod makes of it: names, matches, destinations and their
 * shares. Other fields of a route (timeouts, retries, rewrites) are not compared.
 *
 * @param gateways that the proxy serves: `mesh` for a sidecar; one of them has to agree
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go applyHTTPRouteDestination
 */
export function compareRoutes(
  root: ComparedRoot,
  lists: readonly ProxyRouteList[],
  gateways: readonly string[],
  likeness: Likeness = 'alike',
): RoutesState {
  const entrances = root.gateways.filter((gateway) => gateways.includes(gateway));
  const own = lists.flatMap(({ virtualHost, port, routes }) => {
    const ofRoot = routes.filter(({ owner }) => owner === root.owner);
    return ofRoot.length === 0 ? [] : [{ virtualHost, port, routes: ofRoot }];
  });
  if (own.length === 0) return { kind: 'absent' };
  for (const { virtualHost, port, routes } of own) {
    const candidates = entrances.map((gateway) => expectedRoutes(root, { gateway, port }));
    if (candidates.some((expected) => isSameList(expected, routes, likeness))) continue;
    return { kind: 'lacks', virtualHost, ...firstDifference(candidates[0] ?? [], routes) };
  }
  return { kind: 'has' };
}

/** Is it the expected list, whichever of those that are not sure are left out? */
function isSameList(
  expected: readonly ExpectedRoute[],
  found: readonly ProxyRoute[],
  likeness: Likeness = 'alike',
): boolean {
  // Positions in `expected` that the routes so far may have led to, as in any matching with gaps.
  let positions = new Set([0]);
  for (const route of found) {
    const next = new Set<number>();
    for (const start of positions) {
      for (let i = start; i < expected.length; i++) {
        const one = expected[i];
        if (one === undefined) break;
        if (isSameRoute(one, route, likeness)) next.add(i + 1);
        if (one.isSure) break;
      }
    }
    if (next.size === 0) return false;
    positions = next;
  }
  return [...positions].some((start) => expected.slice(start).every(({ isSure }) => !isSure));
}

function isSameRoute(expected: ExpectedRoute, found: ProxyRoute, likeness: Likeness = 'alike'): boolean {
  return (
    expected.name === found.name &&
    expected.match === found.match &&
    isSameAction(expected.action, found.action) &&
    (likeness === 'alike' || isSameLetter(expected.action, found.action))
  );
}

function isSameAction(expected: RouteAction, found: RouteAction): boolean {
  if (expected.kind !== 'send' || found.kind !== 'send') return expected.kind === found.kind;
  const [whole, parts] = [expected, found].map(({ shares }) =>
    shares.reduce((sum, { weight }) => sum + weight, 0),
  );
  return (
    expected.shares.length === found.shares.length &&
    expected.shares.every(({ cluster, weight }, i) => {
      const other = found.shares[i];
      return (
        other !== undefined &&
        isCluster(cluster, other.cluster) &&
        weight * (parts ?? 0) === other.weight * (whole ?? 0)
      );
    }) &&
    areSameClusters(expected.copies, found.copies)
  );
}

/** Of actions that are alike. */
function isSameLetter(expected: RouteAction, found: RouteAction): boolean {
  if (expected.kind !== 'send' || found.kind !== 'send') return true;
  if (expected.isWeighted !== found.isWeighted) return false;
  return !expected.isWeighted || expected.shares.every(({ weight }, i) => weight === found.shares[i]?.weight);
}

function areSameClusters(expected: readonly ClusterRef[], found: readonly ClusterRef[]): boolean {
  return (
    expected.length === found.length &&
    expected.every((one, i) => found[i] !== undefined && isCluster(one, found[i]))
  );
}

function firstDifference(
  expected: readonly ExpectedRoute[],
  found: readonly ProxyRoute[],
): { readonly found: ProxyRoute | null; readonly expected: ExpectedRoute | null } {
  const length = Math.max(expected.length, found.length);
  for (let i = 0; i < length; i++) {
    const [one, other] = [expected[i], found[i]];
    if (one === undefined || other === undefined || !isSameRoute(one, other))
      return { found: other ?? null, expected: one ?? null };
  }
  return { found: null, expected: null };
}
