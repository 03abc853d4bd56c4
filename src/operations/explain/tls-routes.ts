/** An https request whose TLS nobody takes off on the way: `tls` routes decide about it by its server name. */
import { gatewayName, gatewaysOf } from '../../istio/gateways.ts';
import { hasLabels } from '../../istio/labels.ts';
import { destinationsOf, subsetOf } from '../../istio/routes.ts';
import { wildcardMeets, unservedRequest } from '../../istio/requests/served.ts';
import { hostOf } from '../../istio/requests/request.ts';
import { isVisible } from '../../istio/requests/visible.ts';
import type { Match, Route, VirtualService } from '../../istio/types.ts';
import { titleOf } from '../../base/title.ts';
import type { ExplainedCandidate, ExplainedResult } from '../../plan/explanation.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { AskedRequest } from './entry.ts';
import { candidatesOf } from './sources.ts';

/**
 * A result as it is where a `tls` route may be for the request: whether a server of the Gateway takes the TLS off
 * decides, or in the mesh the caller, who sends plain requests or none that a sidecar can read.
 */
export function tlsCandidates(
  snapshot: Snapshot,
  request: AskedRequest,
  result: ExplainedResult,
): ExplainedResult {
  if (request.scheme !== 'https') return result;
  const found = snapshot.virtualServices.flatMap((virtualService) =>
    (virtualService.spec.tls ?? []).flatMap((route, index) =>
      mayGet(request, virtualService, route) ? [{ virtualService, route, index }] : [],
    ),
  );
  const [first] = found;
  if (first === undefined || isTakenOff(snapshot, request, first.virtualService)) return result;
  const { virtualService, route, index } = first;
  const who = request.gateway === 'mesh' ? 'its caller' : 'its client';
  const tls: ExplainedCandidate = {
    kind: 'unseen',
    route: null,
    does: null,
    unknown: `the TLS of ${who} is passed through: tls[${index}] of ${titleOf(virtualService)} sends it to ${destinationText(route)}`,
  };
  return { kind: 'undecided', candidates: [tls, ...candidatesOf(result)] };
}

function mayGet(request: AskedRequest, virtualService: VirtualService, { match = [] }: Route): boolean {
  const { namespace } = virtualService.metadata;
  if (!gatewaysOf(virtualService).includes(request.gateway)) return false;
  if (!isVisible(virtualService, request.sourceNamespace)) return false;
  const host = hostOf(request.authority);
  return match.some(
    (block) =>
      (block.sniHosts ?? []).some((name) => wildcardMeets(name.toLowerCase(), host)) &&
      isOfWay(block, request, namespace),
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
  const servers = gatewayServers?.[request.gateway]?.filter(({ scheme }) => scheme === 'https');
  if (servers === undefined || servers.length === 0) return false;
  return unservedRequest(request, [metadata.namespace], { [request.gateway]: servers }) === undefined;
}

function destinationText(route: Route): string {
  return destinationsOf(route)
    .map(({ destination }) => [destination.host, subsetOf(destination)].filter(Boolean).join(' '))
    .join(' and ');
}
