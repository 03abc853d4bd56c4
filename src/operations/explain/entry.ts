/** Where a request comes in, and which proxy routes it, as far as the words say it and the objects show it. */
import { TrafficError } from '../../base/errors.ts';
import type { RequestLine, RequestScope } from '../../intent/types.ts';
import { gatewayName, gatewaysOf } from '../../istio/gateways.ts';
import { hostsOf } from '../../istio/hosts.ts';
import { proxyNamespaces } from '../../istio/requests/proxy-namespaces.ts';
import { hostOf, type HttpRequest } from '../../istio/requests/request.ts';
import type { VirtualService } from '../../istio/types.ts';
import { joinFirst } from '../../plan/select.ts';
import type { Snapshot } from '../../plan/types.ts';

/** A request with the port that it is for; the namespace of its proxy may not be known. */
export type AskedRequest = HttpRequest & { readonly port: number };

/** What is not known of a request that a service sends. */
export type PartlyKnown = Pick<HttpRequest, 'openLabels' | 'openHeaders' | 'isAny'>;

/**
 * The request that a line and its scope mean.
 *
 * @throws TrafficError ambiguous where the selected VirtualServices are on several gateways
 */
export function requestOf(
  snapshot: Snapshot,
  selected: ReadonlySet<VirtualService>,
  { method, scheme, authority, path }: RequestLine,
  headers: Readonly<Record<string, string>>,
  scope: RequestScope,
): AskedRequest {
  const gateway =
    scope.gateway === undefined
      ? gatewayOf([...selected], hostOf(authority))
      : gatewayName(scope.gateway, snapshot.namespace);
  const [, own] = /:(\d+)$/.exec(authority) ?? [];
  const port = scope.port ?? (own === undefined ? (scheme === 'https' ? 443 : 80) : Number(own));
  return {
    method,
    scheme,
    authority,
    path,
    headers,
    gateway,
    port,
    sourceLabels: scope.sourceLabels ?? {},
    ...(scope.sourceNamespace !== undefined && { sourceNamespace: scope.sourceNamespace }),
  };
}

/**
 * The request as each proxy has it that may route it: one where it makes no difference which. A short host in the mesh
 * means a service of the caller's namespace, which is the one that is asked about unless another is said.
 */
export function possibleRequests(snapshot: Snapshot, request: AskedRequest): readonly AskedRequest[] {
  if (request.sourceNamespace !== undefined) return [request];
  const namespaces = sourceNamespaces(snapshot, request);
  if (namespaces.length === 0) return [request];
  return namespaces.map((sourceNamespace) => ({ ...request, sourceNamespace }));
}

function sourceNamespaces(snapshot: Snapshot, request: AskedRequest): readonly string[] {
  const isShort = !hostOf(request.authority).replace(/\.$/, '').includes('.');
  if (request.gateway === 'mesh' && isShort) return [snapshot.namespace];
  const found = snapshot.gatewayNamespaces?.get(request.gateway) ?? [];
  return found.length > 0 ? found : proxyNamespaces(snapshot.virtualServices, request);
}

/**
 * The gateway that the selected VirtualServices are on, those for this host before others; a real one before the
 * mesh, because who calls by a URL is more often outside than in.
 */
function gatewayOf(selected: readonly VirtualService[], host: string): string {
  const withHosts = selected.filter(({ spec }) => (spec.hosts ?? []).length > 0);
  const forHost = withHosts.filter((virtualService) =>
    hostsOf(virtualService).some((given) =>
      given.startsWith('*') ? host.endsWith(given.slice(1)) : given === host || given.startsWith(`${host}.`),
    ),
  );
  const gateways = new Set((forHost.length > 0 ? forHost : withHosts).flatMap(gatewaysOf));
  const [first, ...more] = [...gateways].filter((gateway) => gateway !== 'mesh');
  if (more.length > 0) {
    throw new TrafficError(
      'ambiguous',
      `Requests for ${host} may come by several gateways: ${joinFirst([...gateways])}. Name one with \`gateway\`.`,
    );
  }
  return first ?? 'mesh';
}
