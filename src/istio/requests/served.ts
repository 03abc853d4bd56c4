/**
 * What a Gateway lets in: a VirtualService of another host, or for another port than its servers have, gets no request
 * by it. Of a host that a server redirects to https, plain requests get no further.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/gateway.go buildGatewayHTTPRouteConfig
 */
import { httpServers, type GatewayServer } from '../gateways.ts';
import { hostsOf } from '../hosts.ts';
import type { Match, Route, RouteKind, VirtualService } from '../types.ts';
import type { GatewayPodsSight } from './gateway-pods.ts';
import { redirectFor } from './listener-hosts.ts';
import { hostOf, type HttpRequest } from './request.ts';
import { hostsForNamespace, serversAt, wildcardMeets, type GatewaySight } from './server-hosts.ts';
import type { Unheeded } from './sidecars.ts';

/** Why no request comes by a gateway: there is none of this name. */
export function absentGateway(gateway: string, { absentGateways = [] }: GatewaySight): Unheeded | undefined {
  if (!absentGateways.includes(gateway)) return undefined;
  return {
    why: `there is no Gateway ${gateway} in the cluster`,
    advice:
      'Correct `gateways` of the VirtualService: a name without a namespace is that of a Gateway in its own.',
  };
}

/**
 * Why no request or connection comes to a route by a gateway; undefined: one does, or the Gateway is not in sight.
 *
 * @param kind of the list that the route is in: http routes count for servers that read HTTP, tls routes where TLS is
 * passed through, tcp routes for the rest
 */
export function unservedRoute(
  kind: RouteKind,
  gateway: string,
  { match = [] }: Pick<Route, 'match'>,
  virtualService: VirtualService,
  known: GatewaySight,
): Unheeded | undefined {
  const absent = absentGateway(gateway, known);
  if (absent !== undefined) return absent;
  const servers = serversAt(gateway, known);
  if (servers === undefined) return undefined;
  const hosts = hostsOf(virtualService);
  const { namespace } = virtualService.metadata;
  const forHosts = serversForHosts(servers, gateway, virtualService);
  const serving = forHosts.filter((server) => server.kind === kind);
  const heard = serving.filter(({ port }) => isForPort(match, port));
  const [other] = forHosts.filter((server) => server.kind !== kind && isForPort(match, server.port));
  if (heard.length === 0) {
    if (other !== undefined) return ofOtherKind(kind, gateway, other);
    if (serving.length === 0) return otherHosts(kind, gateway, servers, hosts.join(', '), [namespace]);
    return {
      why: `Gateway ${gateway} ${SERVES[kind]} ${hosts.join(', ')} at port ${portsOf(serving)} alone, which the route is not for`,
      advice: 'Correct the port in the match of the route, or add a server to the Gateway.',
    };
  }
  // One Gateway for the redirect and another for https is a common layout.
  const isOnly = (virtualService.spec.gateways ?? []).length === 1;
  if (!isOnly || !heard.every(isRedirect)) return undefined;
  return redirected(gateway, hosts.join(', '), other);
}

/** The ports by which requests come to a route by a gateway; empty: none, or the Gateway is not in sight. */
export function portsServed(
  kind: RouteKind,
  gateway: string,
  { match = [] }: Pick<Route, 'match'>,
  virtualService: VirtualService,
  known: GatewaySight,
): readonly number[] {
  const serving = serversForHosts(serversAt(gateway, known) ?? [], gateway, virtualService).filter(
    (server) => server.kind === kind && isForPort(match, server.port) && !isRedirect(server),
  );
  return [...new Set(serving.map(({ port }) => port))];
}

function serversForHosts(
  servers: readonly GatewayServer[],
  gateway: string,
  virtualService: VirtualService,
): readonly GatewayServer[] {
  const hosts = hostsOf(virtualService);
  return servers.filter((server) =>
    hostsForNamespace(server.hosts, gateway, virtualService.metadata.namespace).some((one) =>
      meetsAny(one, hosts),
    ),
  );
}

/**
 * The same of a request to a host. It comes by the servers at its port; a port that none of them has is that of a load
 * balancer in front, and then it may come by any.
 *
 * @param listed the host, as VirtualServices say it, of the routes that it would be held against; undefined: there are none
 */
export function unservedRequest(
  { gateway, authority, scheme, port }: Pick<HttpRequest, 'gateway' | 'authority' | 'scheme' | 'port'>,
  namespaces: readonly string[],
  known: GatewayPodsSight,
  listed?: string,
): (Unheeded & { readonly isRedirected: boolean }) | undefined {
  const absent = absentGateway(gateway, known);
  if (absent !== undefined) return { ...absent, isRedirected: false };
  const all = serversAt(gateway, known);
  if (all === undefined) return undefined;
  const atPort = all.filter((server) => server.port === port);
  const servers = atPort.length > 0 ? atPort : all;
  const host = hostOf(authority);
  const forHost = servers.filter((server) =>
    namespaces.some((namespace) =>
      hostsForNamespace(server.hosts, gateway, namespace).some((one) => wildcardMeets(one, host)),
    ),
  );
  const redirect = redirectFor(
    known,
    { gateway, authority, scheme, ...(port !== undefined && { port }) },
    listed,
  );
  if (redirect?.gateway === gateway) return toHttps(gateway, host);
  const serving = httpServers(forHost);
  const plain = serving.filter((server) => server.scheme === 'http');
  const [passing] = forHost.filter(({ kind }) => kind === 'tls');
  if (passing !== undefined && scheme === 'https' && plain.length === serving.length)
    return { ...ofOtherKind('http', gateway, passing), isRedirected: false };
  if (serving.length === 0)
    return { ...otherHosts('http', gateway, servers, host, namespaces), isRedirected: false };
  const redirecting = plain.filter(({ redirects }) => redirects);
  if (scheme !== 'http' || redirecting.length === 0 || redirecting.length !== plain.length) return undefined;
  if (atPort.length === 0) return toHttps(gateway, host);
  return {
    why: `istiod leaves out the server of Gateway ${gateway} that redirects ${host} at port ${portsOf(redirecting)}, because one before it redirects a host of it as well`,
    advice: 'Redirect each host in one server alone.',
    isRedirected: false,
  };
}

function toHttps(gateway: string, host: string): Unheeded & { readonly isRedirected: true } {
  return {
    ...redirected(gateway, host),
    advice: 'Explain the https request to see its route.',
    isRedirected: true,
  };
}

function isRedirect(server: GatewayServer): boolean {
  return server.kind === 'http' && server.redirects;
}

function isForPort(match: readonly Match[], port: number): boolean {
  return match.length === 0 || match.some((block) => (block.port ?? 0) === 0 || block.port === port);
}

function otherHosts(
  kind: RouteKind,
  gateway: string,
  servers: readonly GatewayServer[],
  hosts: string,
  namespaces: readonly string[],
): Unheeded {
  const served = [
    ...new Set(servers.filter((server) => server.kind === kind).flatMap((server) => server.hosts)),
  ];
  if (served.length === 0) {
    return {
      why: `Gateway ${gateway} has no server for ${NEEDS[kind]}`,
      advice: 'Add one to the Gateway, or correct `gateways` of the VirtualService.',
    };
  }
  const isOfNamespaces = served.some((one) => one.includes('/'));
  const of = isOfNamespaces ? ` of VirtualServices of namespace ${namespaces.join(' and ')}` : '';
  const isPlain = httpServers(servers).some(({ scheme }) => scheme === 'http');
  const answer =
    kind !== 'http' ? '' : isPlain ? ': it answers them with 404' : ': it closes their connections';
  return {
    why: `Gateway ${gateway} ${SERVES[kind]} ${served.join(', ')}, and not ${hosts}${of}${answer}`,
    advice: 'Add the host to the Gateway, or correct `hosts` or `gateways` of the VirtualService.',
  };
}

const NEEDS: Readonly<Record<RouteKind, string>> = {
  http: 'HTTP',
  tls: 'TLS that is passed through',
  tcp: 'TCP',
};

const SERVES: Readonly<Record<RouteKind, string>> = {
  http: 'serves',
  tls: 'passes TLS through for',
  tcp: 'serves TCP for',
};

/** The Gateway has the host, in another way than the route is for. */
function ofOtherKind(kind: RouteKind, gateway: string, server: GatewayServer): Unheeded {
  return {
    why: `Gateway ${gateway} ${ignores(kind, server)}`,
    advice: `Use \`${server.kind}\` routes, or correct \`protocol\` and \`tls.mode\` of the server.`,
  };
}

/** What a server does in place of looking at routes of a kind, as a clause. */
function ignores(kind: RouteKind, server: GatewayServer): string {
  return `${doesAt(server)}, and looks at no ${kind} route there`;
}

function doesAt(server: GatewayServer): string {
  const at = `at port ${server.port}`;
  if (server.kind === 'http')
    return `${server.scheme === 'https' ? 'ends TLS and reads' : 'reads'} HTTP ${at}`;
  return server.kind === 'tls' ? `passes TLS through ${at}` : `serves TCP ${at}`;
}

/** @param other a server of another kind for the same hosts */
function redirected(gateway: string, hosts: string, other?: GatewayServer): Unheeded {
  const why = `Gateway ${gateway} redirects plain requests for ${hosts} to https (httpsRedirect)`;
  if (other?.kind !== 'tls') {
    return {
      why: `${why}, and no route is looked at for them`,
      advice: 'Add a server for HTTPS to the Gateway.',
    };
  }
  return { ...ofOtherKind('http', gateway, other), why: `${why}, ${ignores('http', other)}` };
}

function portsOf(servers: readonly GatewayServer[]): string {
  return [...new Set(servers.map(({ port }) => port))].join(' and ');
}

/** Have a server's host and one of these hosts any name in common? */
function meetsAny(served: string, hosts: readonly string[]): boolean {
  return hosts.some((host) => wildcardMeets(served, host) || wildcardMeets(host, served));
}
