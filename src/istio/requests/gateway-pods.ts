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
import { hostOf, type HttpRequest } from './request.ts';
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
  return serversOfSamePods(known, gateway).flatMap(({ otherGateway, server, twins }) => {
    const hosts = twins.flatMap((one) => hostsOfBoth(root, gateway, one.hosts));
    // What names this gateway as well is in its list anyway.
    return hostsByOthers(known, { gateway, otherGateway, server }).filter(
      ({ other, host }) => !isAt(gateway, other) && hosts.includes(host),
    );
  });
}

/** Hosts within the wildcards of a VirtualService that another one has at a Gateway of the same pods. */
export function narrowerHostsByPods(
  known: GatewayPodsSight,
  root: VirtualService,
  gateway: string,
): readonly SharedHost[] {
  return serversOfSamePods(known, gateway).flatMap(({ otherGateway, server, twins }) => {
    const hosts = twins.flatMap((one) => hostsOfBoth(root, gateway, one.hosts));
    return hostsByOthers(known, { gateway, otherGateway, server }).filter(
      ({ other, host }) =>
        !isAt(gateway, other) &&
        !hosts.includes(host) &&
        hosts.some((wide) => isNarrowerHost(host, wide) && wildcardMeets(wide, host)),
    );
  });
}

/**
 * What gets a request in place of the routes of the gateway that it is said to come by: a VirtualService for a more
 * specific host, at another Gateway of the same pods.
 *
 * @param host that the gateway has routes for; undefined: it has none
 */
export function moreSpecificByPods(
  known: GatewayPodsSight,
  { gateway, port, authority, scheme }: Pick<HttpRequest, 'gateway' | 'port' | 'authority' | 'scheme'>,
  host: string | undefined,
): SharedHost | undefined {
  const asked = hostOf(authority);
  const closer = serversOfSamePods(known, gateway)
    .filter(({ server, twins }) => {
      if (server.port !== port) return false;
      // TLS is ended by the server with the most specific host, which has routes of its own.
      return scheme === 'http' || isCloser(closestHost([server], asked), closestHost(twins, asked));
    })
    .flatMap(({ otherGateway, server }) => hostsByOthers(known, { gateway, otherGateway, server }))
    .filter((one) => wildcardMeets(one.host, asked) && isCloser(one.host, host));
  return closer.reduce<SharedHost | undefined>(
    (best, one) => (isCloser(one.host, best?.host) ? one : best),
    undefined,
  );
}

function isCloser(host: string | undefined, than: string | undefined): boolean {
  return host !== undefined && (than === undefined || isNarrowerHost(host, than));
}

function closestHost(servers: readonly GatewayServer[], asked: string): string | undefined {
  return servers
    .flatMap(({ hosts }) => hosts.map(hostOfServer))
    .filter((one) => wildcardMeets(one, asked))
    .reduce<string | undefined>((best, one) => (isCloser(one, best) ? one : best), undefined);
}

/** A server of another Gateway, and those of a gateway that it shares its listener with. */
interface SharingServer {
  readonly otherGateway: string;
  readonly server: HttpServer;
  readonly twins: readonly HttpServer[];
}

function serversOfSamePods(
  { gatewayServers = {}, podsInCommon }: GatewayPodsSight,
  gateway: string,
): readonly SharingServer[] {
  const own = answering(gatewayServers[gateway]);
  return Object.entries(gatewayServers).flatMap(([otherGateway, servers]) => {
    if (otherGateway === gateway) return [];
    return answering(servers).flatMap((server): readonly SharingServer[] => {
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

/** The hosts that VirtualServices have at another Gateway. */
function hostsByOthers(
  { virtualServices }: GatewayPodsSight,
  {
    gateway,
    otherGateway,
    server,
  }: { readonly gateway: string; readonly otherGateway: string; readonly server: GatewayServer },
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

/** One that redirects everything looks at no route. */
function answering(servers: readonly GatewayServer[] | undefined): readonly HttpServer[] {
  return httpServers(servers).filter(({ redirects }) => !redirects);
}

function hasRoutes({ spec }: VirtualService): boolean {
  return (spec.http ?? []).length > 0;
}
