/**
 * A listener has one list of routes for each host, and a request gets that of the most specific one. Where the same pods
 * serve several Gateways, that may be the host of another than the one that the request is said to come by. A host that
 * any server there redirects is redirected, whichever routes it has.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/gateway.go buildGatewayHTTPRouteConfig
 */
import { hostOfServer, httpServers, type GatewayServer, type HttpServer } from '../gateways.ts';
import {
  hostsByOthers,
  olderGatewayFirst,
  serversOfSamePods,
  type GatewayPodsSight,
  type SharedHost,
} from './gateway-pods.ts';
import { hostOf, type HttpRequest } from './request.ts';
import { isNarrowerHost, wildcardMeets } from './server-hosts.ts';

type ListenerRequest = Pick<HttpRequest, 'gateway' | 'port' | 'authority' | 'scheme'>;

/**
 * What gets a request in place of the routes of the gateway that it is said to come by: a VirtualService for a more
 * specific host, at another Gateway of the same pods.
 *
 * @param host that the gateway has routes for; undefined: it has none
 */
export function moreSpecificByPods(
  known: GatewayPodsSight,
  request: ListenerRequest,
  host: string | undefined,
): SharedHost | undefined {
  const { gateway, port, authority, scheme } = request;
  const asked = hostOf(authority);
  const redirected = redirectsAt(known, request).filter((one) => one.gateway === gateway);
  const own = closestHost([host ?? [], redirected.map((one) => one.host)].flat(), asked);
  const closer = serversOfSamePods(known, gateway)
    .filter(({ server, twins }) => {
      if (server.port !== port || server.redirects) return false;
      // TLS is ended by the server with the most specific host, which has routes of its own.
      return scheme === 'http' || isCloser(closestOf([server], asked), closestOf(twins, asked));
    })
    .flatMap(({ otherGateway, server }) => hostsByOthers(known, gateway, otherGateway, server))
    .filter((one) => wildcardMeets(one.host, asked) && isCloser(one.host, own));
  return closer.reduce<SharedHost | undefined>(
    (best, one) => (isCloser(one.host, best?.host) ? one : best),
    undefined,
  );
}

/** A host that a server redirects to https. */
export interface RedirectedHost {
  /** The Gateway of the server: the asked one, or one of the same pods. */
  readonly gateway: string;
  readonly host: string;
}

/**
 * The redirect that a plain request gets at a listener of a gateway.
 *
 * @param host that the gateway has routes for; undefined: it has none
 */
export function redirectFor(
  known: GatewayPodsSight,
  request: ListenerRequest,
  host: string | undefined,
): RedirectedHost | undefined {
  const { gateway, authority } = request;
  const redirecting = redirectsAt(known, request);
  const routed = serversAtPort(known, request)
    .flatMap((one) => hostsByOthers(known, gateway, one.gateway, one.server))
    // Not each VirtualService of the gateway itself has a route for the request's port and proxy.
    .filter((one) => one.otherGateway !== gateway || one.host === host);
  const found = closestHost(
    [...redirecting, ...routed].map((one) => one.host),
    hostOf(authority),
  );
  const those = redirecting.filter((one) => one.host === found);
  return those.find((one) => one.gateway === gateway) ?? those[0];
}

/** A redirect is for the hosts of VirtualServices, and for the server's own that are not those of a namespace. */
function redirectsAt(known: GatewayPodsSight, request: ListenerRequest): readonly RedirectedHost[] {
  if (request.scheme !== 'http') return [];
  return serversAtPort(known, request)
    .filter(({ server }) => server.redirects)
    .flatMap(({ gateway, server }) => {
      const own = server.hosts.filter((one) => !one.includes('/') || one.startsWith('*/')).map(hostOfServer);
      const routed = hostsByOthers(known, request.gateway, gateway, server).map(({ host }) => host);
      return [...own, ...routed].map((host) => ({ gateway, host }));
    });
}

interface ServerAt {
  readonly gateway: string;
  readonly server: HttpServer;
}

/**
 * The plain servers that istiod puts into the listener of a gateway's port. One that redirects a host which one before
 * it redirects as well is left out, with all its hosts.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/model/gateway.go CheckDuplicates
 */
function serversAtPort(known: GatewayPodsSight, { gateway, port }: ListenerRequest): readonly ServerAt[] {
  const own = httpServers(known.gatewayServers?.[gateway]).map((server) => ({ gateway, server }));
  const others = serversOfSamePods(known, gateway).map(({ otherGateway, server }) => ({
    gateway: otherGateway,
    server,
  }));
  const seen = new Set<string>();
  return [...own, ...others]
    .filter(({ server }) => server.port === port && server.scheme === 'http')
    .sort((a, b) => olderGatewayFirst(a.gateway, a.server, b.gateway, b.server))
    .filter(({ gateway: at, server: { redirects, bind = '', hosts } }) => {
      if (!redirects) return true;
      const keys = hosts.map((host) => `${bind} ${wholeHost(host, at)}`);
      const isLeftOut = keys.some((key) => seen.has(key));
      if (!isLeftOut) for (const key of keys) seen.add(key);
      return !isLeftOut;
    });
}

/** `./shop.io` with the namespace of the Gateway, and `*` for any as without one. */
function wholeHost(written: string, gateway: string): string {
  const [namespace = ''] = gateway.split('/');
  return written.startsWith('./') ? `${namespace}${written.slice(1)}` : written.replace(/^\*\//, '');
}

function isCloser(host: string | undefined, than: string | undefined): boolean {
  return host !== undefined && (than === undefined || isNarrowerHost(host, than));
}

/** The most specific of the servers' hosts that are for a name; undefined: none is. */
export function closestOf(servers: readonly GatewayServer[], asked: string): string | undefined {
  return closestHost(
    servers.flatMap(({ hosts }) => hosts.map(hostOfServer)),
    asked,
  );
}

/** The most specific of hosts that are for a name; undefined: none is. */
export function closestHost(hosts: readonly string[], asked: string): string | undefined {
  return hosts
    .filter((one) => wildcardMeets(one, asked))
    .reduce<string | undefined>((best, one) => (isCloser(one, best) ? one : best), undefined);
}
