/** Where `tls` or `tcp` routes decide about a request: its connection is routed before anybody reads a request. */
import { gatewayName, gatewaysOf, hostOfServer, type GatewayServer } from '../../istio/gateways.ts';
import { hostsOf } from '../../istio/hosts.ts';
import { hasLabels } from '../../istio/labels.ts';
import { destinationsOf, subsetOf } from '../../istio/routes.ts';
import { meshNames } from '../../istio/requests/mesh-names.ts';
import { closestHost, closestOf } from '../../istio/requests/listener-hosts.ts';
import { hostsOfBoth, isNarrowerHost, serversAt, wildcardMeets } from '../../istio/requests/server-hosts.ts';
import { hostOf } from '../../istio/requests/request.ts';
import { isVisible } from '../../istio/requests/visible.ts';
import type { Match, Route, VirtualService } from '../../istio/types.ts';
import { titleOf } from '../../base/title.ts';
import type { ExplainedCandidate, ExplainedResult, Treatment } from '../../plan/explanation.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { AskedRequest } from './entry.ts';
import { candidatesOf } from './sources.ts';

/**
 * A result as it is where a route of connections may be for the request. Of https it is a `tls` route, unless a server
 * of the Gateway takes the TLS off. Where no http route is for the host, it may be a `tcp` route of the port.
 */
export function withConnectionRoutes(
  snapshot: Snapshot,
  request: AskedRequest,
  result: ExplainedResult,
): ExplainedResult {
  const tls = request.scheme === 'https' ? tlsAt(snapshot, request) : 'ended';
  if (tls === 'closed') return { kind: 'none', does: NO_ANSWER };
  if (tls !== 'ended') {
    const others = tls.isCertain ? [] : candidatesOf(result);
    return { kind: 'undecided', candidates: [tls.candidate, ...others] };
  }
  const isOpen = result.kind === 'none' || result.kind === 'service';
  const found = isOpen ? tcpCandidate(snapshot, request) : undefined;
  return found === undefined ? result : { kind: 'undecided', candidates: [found, ...candidatesOf(result)] };
}

const NO_ANSWER: Treatment = { destinations: [], status: null, redirect: null, abort: null, mirrors: [] };

interface PassedOn {
  readonly candidate: ExplainedCandidate;
  /** No server takes the TLS off. */
  readonly isCertain: boolean;
}

/**
 * What becomes of the TLS of a request. A listener goes by the most specific name: a server that ends TLS by its hosts,
 * one that passes it through by those of its tls routes. Without any of them the connection is closed.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/gateway.go buildGatewayNetworkFiltersFromTLSRoutes
 */
function tlsAt(snapshot: Snapshot, request: AskedRequest): PassedOn | 'ended' | 'closed' {
  const host = hostOf(request.authority);
  const namesOf = ({ route }: RouteOfConnection): readonly string[] =>
    (route.match ?? []).flatMap(({ sniHosts = [] }) => sniHosts.map((name) => name.toLowerCase()));
  const passing = routesFor(snapshot, request, 'tls', (block) =>
    (block.sniHosts ?? []).some((name) => wildcardMeets(name.toLowerCase(), host)),
  );
  const [first] = passing;
  const whose = request.gateway === 'mesh' ? 'its caller' : 'its client';
  const servers = serversAt(request.gateway, snapshot);
  if (request.gateway === 'mesh' || servers === undefined) {
    if (first === undefined) return 'ended';
    return { candidate: candidate(`the TLS of ${whose} is passed through`, 'tls', first), isCertain: false };
  }
  const atPort = servers.filter(({ port }) => port === request.port);
  const listening = atPort.length > 0 ? atPort : servers;
  const ending = listening.filter((server) => server.kind === 'http' && server.scheme === 'https');
  const ended = closestOf(ending, host);
  const heard = passing.filter(({ virtualService }) =>
    isPassedThrough(listening, request.gateway, virtualService),
  );
  const passed = closestHost(heard.flatMap(namesOf), host);
  const route = heard.find((one) => passed !== undefined && namesOf(one).includes(passed));
  if (passed !== undefined && route !== undefined && (ended === undefined || isNarrowerHost(passed, ended))) {
    const through = `its TLS is passed through by Gateway ${request.gateway}`;
    return { candidate: candidate(through, 'tls', route), isCertain: true };
  }
  // Of a Gateway for other clusters alone (AUTO_PASSTHROUGH), no server is known.
  const isAllTls =
    (atPort.length > 0 || servers.length === 0) &&
    atPort.every((server) => server.kind === 'tls' || (server.kind === 'http' && server.scheme === 'https'));
  return ended === undefined && isAllTls && !isServedElsewhere(snapshot, request) ? 'closed' : 'ended';
}

function isPassedThrough(
  servers: readonly GatewayServer[],
  gateway: string,
  virtualService: VirtualService,
): boolean {
  return servers.some(
    (server) => server.kind === 'tls' && hostsOfBoth(virtualService, gateway, server.hosts).length > 0,
  );
}

/** By another Gateway, whose pods may be the same. */
function isServedElsewhere({ gatewayServers = {} }: Snapshot, { authority, port }: AskedRequest): boolean {
  return Object.values(gatewayServers)
    .flat()
    .some(
      (server) =>
        server.port === port &&
        server.hosts.some((one) => wildcardMeets(hostOfServer(one), hostOf(authority))) &&
        server.kind !== 'tls',
    );
}

function tcpCandidate(snapshot: Snapshot, request: AskedRequest): ExplainedCandidate | undefined {
  const { gateway, authority, sourceNamespace, port } = request;
  const names = [hostOf(authority), ...meshNames(hostOf(authority), sourceNamespace)];
  const [first] = routesFor(snapshot, request, 'tcp', (_, virtualService) =>
    // A gateway's server for TCP knows no host.
    gateway === 'mesh'
      ? hostsOf(virtualService).some((given) => names.some((name) => wildcardMeets(given, name)))
      : true,
  );
  if (first === undefined) return undefined;
  const where = gateway === 'mesh' ? 'of the service ' : `of gateway ${gateway} `;
  return candidate(`port ${port} ${where}is not HTTP to Istio`, 'tcp', first);
}

interface RouteOfConnection {
  readonly virtualService: VirtualService;
  readonly route: Route;
  readonly index: number;
}

function routesFor(
  { virtualServices }: Snapshot,
  request: AskedRequest,
  kind: 'tls' | 'tcp',
  isFor: (block: Match, virtualService: VirtualService) => boolean,
): readonly RouteOfConnection[] {
  return virtualServices
    .filter((one) => gatewaysOf(one).includes(request.gateway) && isVisible(one, request.sourceNamespace))
    .flatMap((virtualService) =>
      (virtualService.spec[kind] ?? []).flatMap((route, index) => {
        const blocks = (route.match ?? []).length === 0 ? [{}] : (route.match ?? []);
        const isMet = blocks.some(
          (block) =>
            isFor(block, virtualService) && isOfWay(block, request, virtualService.metadata.namespace),
        );
        return isMet ? [{ virtualService, route, index }] : [];
      }),
    );
}

function isOfWay(
  { port, gateways = [], sourceLabels, sourceNamespace }: Match,
  request: AskedRequest,
  namespace: string,
): boolean {
  if ((port ?? 0) !== 0 && port !== request.port) return false;
  if (gateways.length > 0) return gateways.some((one) => gatewayName(one, namespace) === request.gateway);
  if (sourceLabels !== undefined && !hasLabels(request.sourceLabels, sourceLabels)) return false;
  return (sourceNamespace ?? request.sourceNamespace) === request.sourceNamespace;
}

function candidate(
  condition: string,
  kind: 'tls' | 'tcp',
  { virtualService, route, index }: RouteOfConnection,
): ExplainedCandidate {
  const unknown = `${condition}: ${kind}[${index}] of ${titleOf(virtualService)} sends it to ${destinationText(route)}`;
  return { kind: 'unseen', route: null, does: null, unknown };
}

function destinationText(route: Route): string {
  return destinationsOf(route)
    .map(({ destination }) => [destination.host, subsetOf(destination)].filter(Boolean).join(' '))
    .join(' and ');
}
