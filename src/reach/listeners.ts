/** By which ports requests and connections come to a route: a destination that names no port may mean that of the request. */
import type { Sight } from '../istio/requests/endpoints.ts';
import { portsServed } from '../istio/requests/served.ts';
import type { GatewaySight } from '../istio/requests/server-hosts.ts';
import { portsInMesh } from '../istio/requests/sidecars.ts';
import type { Route, RouteKind, VirtualService } from '../istio/types.ts';

/** As far as Gateways and Services in sight say; empty: not known. */
export function listenersOf(
  kind: RouteKind,
  gateway: string,
  route: Pick<Route, 'match'>,
  virtualService: VirtualService,
  sight: Sight & GatewaySight,
): readonly number[] {
  return gateway === 'mesh'
    ? portsInMesh(kind, route, virtualService, sight)
    : portsServed(kind, gateway, route, virtualService, sight);
}
