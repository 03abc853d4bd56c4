/**
 * What a Gateway lets in: a VirtualService of another host, or for another port than its servers have, gets no request
 * by it. Of a host that a server redirects to https, plain requests get no further.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/gateway.go buildGatewayHTTPRouteConfig
 */
import type { GatewayServer } from '../gateways.ts';
import { hostsOf } from '../hosts.ts';
import type { Match, Route, VirtualService } from '../types.ts';
import { hostOf, type HttpRequest } from './request.ts';
import {
  hostsForNamespace,
  hostsOfBoth,
  isNarrowerHost,
  serversAt,
  wildcardMeets,
  type GatewaySight,
} from './server-hosts.ts';
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

/** Why no request comes to a route by a gateway; undefined: one does, or the Gateway is not in sight. */
export function unservedRoute(
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
  const serving = servers.filter((server) =>
    hostsForNamespace(server.hosts, gateway, namespace).some((one) => meetsAny(one, hosts)),
  );
  if (serving.length === 0) return otherHosts(gateway, servers, hosts.join(', '), [namespace]);
  const heard = serving.filter(({ port }) => isForPort(match, port));
  if (heard.length === 0) {
    return {
      why: `Gateway ${gateway} serves ${hosts.join(', ')} at port ${portsOf(serving)} alone, which the route is not for`,
      advice: 'Correct the port in the match of the route, or add a server to the Gateway.',
    };
  }
  // One Gateway for the redirect and another for https is a common layout.
  const isOnly = (virtualService.spec.gateways ?? []).length === 1;
  if (!isOnly || heard.some(({ redirects }) => !redirects)) return undefined;
  return redirected(gateway, hosts.join(', '));
}

/** The routes that a request would be held against. */
interface RoutesOfHost {
  readonly host: string;
  readonly virtualServices: readonly VirtualService[];
}

/**
 * The same of a request to a host. It comes by the servers at its port; a port that none of them has is that of a load
 * balancer in front, and then it may come by any.
 *
 * @param listed undefined: no VirtualService is for its host
 */
export function unservedRequest(
  { gateway, authority, scheme, port }: Pick<HttpRequest, 'gateway' | 'authority' | 'scheme' | 'port'>,
  namespaces: readonly string[],
  known: GatewaySight,
  listed?: RoutesOfHost,
): (Unheeded & { readonly isRedirected: boolean }) | undefined {
  const absent = absentGateway(gateway, known);
  if (absent !== undefined) return { ...absent, isRedirected: false };
  const all = serversAt(gateway, known);
  if (all === undefined) return undefined;
  const atPort = all.filter((server) => server.port === port);
  const servers = atPort.length > 0 ? atPort : all;
  const host = hostOf(authority);
  const serving = servers.filter((server) =>
    namespaces.some((namespace) =>
      hostsForNamespace(server.hosts, gateway, namespace).some((one) => wildcardMeets(one, host)),
    ),
  );
  if (serving.length === 0) return { ...otherHosts(gateway, servers, host, namespaces), isRedirected: false };
  const plain = serving.filter((server) => server.scheme === 'http');
  const redirecting = plain.filter(({ redirects }) => redirects);
  if (scheme !== 'http' || redirecting.length === 0) return undefined;
  const isRedirected =
    redirecting.length === plain.length ||
    (atPort.length > 0 && redirecting.some((server) => hasHostOf(server, gateway, host, listed)));
  if (!isRedirected) return undefined;
  return {
    ...redirected(gateway, host),
    advice: 'Explain the https request to see its route.',
    isRedirected: true,
  };
}

/**
 * Is a server for the host that has the routes, or for a narrower one? Of several servers at a port, one that redirects
 * does so for the host, whichever of them has it besides.
 */
function hasHostOf(
  { hosts }: GatewayServer,
  gateway: string,
  asked: string,
  listed: RoutesOfHost | undefined,
): boolean {
  if (listed === undefined) return true;
  return listed.virtualServices
    .flatMap((one) => hostsOfBoth(one, gateway, hosts))
    .some((one) => wildcardMeets(one, asked) && !isNarrowerHost(listed.host, one));
}

function isForPort(match: readonly Match[], port: number): boolean {
  return match.length === 0 || match.some((block) => (block.port ?? 0) === 0 || block.port === port);
}

function otherHosts(
  gateway: string,
  servers: readonly GatewayServer[],
  hosts: string,
  namespaces: readonly string[],
): Unheeded {
  const served = [...new Set(servers.flatMap((server) => server.hosts))];
  const serves = served.length === 0 ? 'has no server for HTTP' : `serves ${served.join(', ')}`;
  const isOfNamespaces = served.some((one) => one.includes('/'));
  const of = isOfNamespaces ? ` of VirtualServices of namespace ${namespaces.join(' and ')}` : '';
  return {
    why: `Gateway ${gateway} ${serves}, and not ${hosts}${of}: it answers them with 404`,
    advice: 'Add the host to the Gateway, or correct `hosts` or `gateways` of the VirtualService.',
  };
}

function redirected(gateway: string, hosts: string): Unheeded {
  return {
    why: `Gateway ${gateway} redirects plain requests for ${hosts} to https (httpsRedirect), and no route is looked at for them`,
    advice: 'Add a server for HTTPS to the Gateway.',
  };
}

function portsOf(servers: readonly GatewayServer[]): string {
  return [...new Set(servers.map(({ port }) => port))].join(' and ');
}

/** Have a server's host and one of these hosts any name in common? */
function meetsAny(served: string, hosts: readonly string[]): boolean {
  return hosts.some((host) => wildcardMeets(served, host) || wildcardMeets(host, served));
}
