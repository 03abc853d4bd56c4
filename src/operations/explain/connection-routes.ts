/** Where `tls` or `tcp` routes decide about a request: its connection is routed before anybody reads a request. */
import { gatewayName, gatewaysOf, httpServers } from '../../istio/gateways.ts';
import { hostsOf } from '../../istio/hosts.ts';
import { hasLabels } from '../../istio/labels.ts';
import { destinationsOf, subsetOf } from '../../istio/routes.ts';
import { meshNames } from '../../istio/requests/mesh-names.ts';
import { unservedRequest } from '../../istio/requests/served.ts';
import { wildcardMeets } from '../../istio/requests/server-hosts.ts';
import { hostOf } from '../../istio/requests/request.ts';
import { isVisible } from '../../istio/requests/visible.ts';
import type { Match, Route, VirtualService } from '../../istio/types.ts';
import { titleOf } from '../../base/title.ts';
import type { ExplainedCandidate, ExplainedResult } from '../../plan/explanation.ts';
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
  const tls = request.scheme === 'https' ? tlsCandidate(snapshot, request) : undefined;
  const isOpen = result.kind === 'none' || result.kind === 'service';
  const found = tls ?? (isOpen ? tcpCandidate(snapshot, request) : undefined);
  return found === undefined ? result : { kind: 'undecided', candidates: [found, ...candidatesOf(result)] };
}

function tlsCandidate(snapshot: Snapshot, request: AskedRequest): ExplainedCandidate | undefined {
  const host = hostOf(request.authority);
  const [first] = routesFor(snapshot, request, 'tls', (block) =>
    (block.sniHosts ?? []).some((name) => wildcardMeets(name.toLowerCase(), host)),
  );
  if (first === undefined || isTakenOff(snapshot, request, first.virtualService)) return undefined;
  const who = request.gateway === 'mesh' ? 'its caller' : 'its client';
  return candidate(`the TLS of ${who} is passed through`, 'tls', first);
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

/** Does the Gateway, if it is in sight, serve https for the host itself? */
function isTakenOff(
  { gatewayServers }: Snapshot,
  request: AskedRequest,
  { metadata }: VirtualService,
): boolean {
  const servers = httpServers(gatewayServers?.[request.gateway]).filter(({ scheme }) => scheme === 'https');
  if (servers.length === 0) return false;
  return (
    unservedRequest(request, [metadata.namespace], {
      gatewayServers: { [request.gateway]: servers },
      virtualServices: [],
    }) === undefined
  );
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
