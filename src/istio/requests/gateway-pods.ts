/**
 * Several Gateways may be served by the same pods. For one port these have one list of routes for a host, whichever
 * Gateway a VirtualService names: those of all are put into it, or one of two servers with TLS is left out.
 *
 * @see https://istio.io/latest/docs/reference/config/analysis/ist0145/ ConflictingGateways
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/model/gateway.go mergeGateways
 */
import { gatewaysOf, hostOfServer, httpServers, type GatewayServer, type HttpServer } from '../gateways.ts';
import { hasLabels } from '../labels.ts';
import type { Labels, VirtualService } from '../types.ts';
import { byAge } from './roots.ts';
import { hostsOfBoth, isNarrowerHost, wildcardMeets, type GatewaySight } from './server-hosts.ts';

/** What is known of Gateways and of the VirtualServices that name them. A `Snapshot` is one. */
export type GatewayPodsSight = GatewaySight & { readonly virtualServices: readonly VirtualService[] };

/** Another VirtualService that has a host by another Gateway of the same pods. */
export interface SharedHost {
  readonly other: VirtualService;
  readonly otherGateway: string;
  readonly gateway: string;
  readonly host: string;
  readonly port: number;
}

/** The hosts of a VirtualService at a gateway that another one has at a Gateway of the same pods. */
export function hostsSharedByPods(
  known: GatewayPodsSight,
  root: VirtualService,
  gateway: string,
): readonly SharedHost[] {
  return hostsByPods(known, root, gateway)
    .filter(({ shared, own, sharing }) => own.includes(shared.host) && mayComeFirst(root, shared, sharing))
    .map(({ shared }) => shared);
}

/** Hosts within the wildcards of a VirtualService that another one has at a Gateway of the same pods. */
export function narrowerHostsByPods(
  known: GatewayPodsSight,
  root: VirtualService,
  gateway: string,
): readonly SharedHost[] {
  return hostsByPods(known, root, gateway)
    .filter(
      ({ shared: { other, host }, own }) =>
        !isAt(gateway, other) &&
        !own.includes(host) &&
        own.some((wide) => isNarrowerHost(host, wide) && wildcardMeets(wide, host)),
    )
    .map(({ shared }) => shared);
}

/** A host by another Gateway, and those that a VirtualService has at the same listener. */
interface HostByPods {
  readonly shared: SharedHost;
  readonly own: readonly string[];
  readonly sharing: SharingServer;
}

/** What redirects everything looks at no route. */
function hostsByPods(known: GatewayPodsSight, root: VirtualService, gateway: string): readonly HostByPods[] {
  return serversOfSamePods(known, gateway).flatMap(({ otherGateway, server, twins }) => {
    const answering = twins.filter(({ redirects }) => !redirects);
    if (server.redirects || answering.length === 0) return [];
    const own = answering.flatMap((one) => hostsOfBoth(root, gateway, one.hosts));
    const sharing = { otherGateway, server, twins: answering };
    return hostsByOthers(known, gateway, otherGateway, server).map((shared) => ({ shared, own, sharing }));
  });
}

/**
 * May the routes of another VirtualService come before those of one that has the same host? Where it is in the list of
 * the same gateway as well, only if it is the younger of both there, and by the older Gateway comes first all the same.
 */
function mayComeFirst(
  root: VirtualService,
  { other, otherGateway, gateway, host }: SharedHost,
  { server, twins: [first, ...more] }: SharingServer,
): boolean {
  const isFor = (one: VirtualService, at: string, { hosts }: GatewayServer): boolean =>
    isAt(at, one) && hostsOfBoth(one, at, hosts).includes(host);
  if (first === undefined || ![first, ...more].some((twin) => isFor(other, gateway, twin))) return true;
  if (byAge(other, root) <= 0 || isFor(root, otherGateway, server)) return false;
  return olderGatewayFirst(otherGateway, server, gateway, first) < 0;
}

/** Istiod's order of Gateways, by a server of each; 0 where nobody knows their ages, as in files. */
export function olderGatewayFirst(a: string, ofA: HttpServer, b: string, ofB: HttpServer): number {
  if (a === b || ofA.created === undefined || ofB.created === undefined) return 0;
  return byAge(agedGateway(a, ofA), agedGateway(b, ofB));
}

function agedGateway(gateway: string, { created }: HttpServer): Pick<VirtualService, 'metadata'> {
  const [namespace = '', name = ''] = gateway.split('/');
  return { metadata: { namespace, name, creationTimestamp: created } };
}

/** A server of another Gateway, and those of a gateway that it shares its listener with. */
export interface SharingServer {
  readonly otherGateway: string;
  readonly server: HttpServer;
  readonly twins: readonly HttpServer[];
}

/** The servers for HTTP of other Gateways that share a listener with one of a gateway. */
export function serversOfSamePods(
  { gatewayServers = {}, podsInCommon }: GatewayPodsSight,
  gateway: string,
): readonly SharingServer[] {
  const own = httpServers(gatewayServers[gateway]);
  return Object.entries(gatewayServers).flatMap(([otherGateway, servers]) => {
    if (otherGateway === gateway) return [];
    return httpServers(servers).flatMap((server): readonly SharingServer[] => {
      const twins = own.filter(
        (one) =>
          isSameAddress(one, server) &&
          (podsInCommon?.[gateway]?.includes(otherGateway) ?? selectWithin(one.selector, server.selector)),
      );
      return twins.length === 0 ? [] : [{ otherGateway, server, twins }];
    });
  });
}

/**
 * Do selectors of Gateways say that the pods of one are among those of the other? No labels are those of every gateway.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/gateway/#Gateway-selector
 */
function selectWithin(a: Labels, b: Labels): boolean {
  return hasLabels(a, b) || hasLabels(b, a);
}

/** Are servers of two Gateways for hosts at the same address and port, so that pods of both would put them together? */
export function meetAtPort(a: GatewayServer, b: GatewayServer): boolean {
  const hosts = b.hosts.map(hostOfServer);
  return (
    isSameAddress(a, b) &&
    a.hosts
      .map(hostOfServer)
      .some((one) => hosts.some((other) => wildcardMeets(one, other) || wildcardMeets(other, one)))
  );
}

function isSameAddress(a: GatewayServer, b: GatewayServer): boolean {
  return a.port === b.port && a.bind === b.bind;
}

function isAt(gateway: string, virtualService: VirtualService): boolean {
  return gatewaysOf(virtualService).includes(gateway);
}

/** The hosts that VirtualServices have at a server of another Gateway. */
export function hostsByOthers(
  { virtualServices }: GatewayPodsSight,
  gateway: string,
  otherGateway: string,
  server: GatewayServer,
): readonly SharedHost[] {
  return virtualServices.flatMap((other) => {
    if (!hasRoutes(other) || !isAt(otherGateway, other)) return [];
    return hostsOfBoth(other, otherGateway, server.hosts).map((host) => ({
      other,
      otherGateway,
      gateway,
      host,
      port: server.port,
    }));
  });
}

function hasRoutes({ spec }: VirtualService): boolean {
  return (spec.http ?? []).length > 0;
}
