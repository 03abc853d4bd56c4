/** Routes of the Gateway API and Sidecars that decide about a request, and whose rules are not read. */
import { gatewaysClaimed, isGenerated, meshClaims, titleOfApiRoute } from '../../istio/gateway-api.ts';
import { namespaceInHost } from '../../istio/consulted-rule.ts';
import { hostsSharedByPods } from '../../istio/requests/gateway-pods.ts';
import { moreSpecificByPods, redirectFor } from '../../istio/requests/listener-hosts.ts';
import { servicesAt, servicesInSight } from '../../istio/requests/endpoints.ts';
import { hostOf } from '../../istio/requests/request.ts';
import { meshNames } from '../../istio/requests/mesh-names.ts';
import { wildcardMeets } from '../../istio/requests/server-hosts.ts';
import { isWithinHost, resolveHost } from '../../istio/hosts.ts';
import { destinationsOf } from '../../istio/routes.ts';
import { importsHost, importsVirtualService, possibleSidecars } from '../../istio/sidecar-scope.ts';
import type { VirtualService } from '../../istio/types.ts';
import type { ExplainedCandidate, ExplainedResult } from '../../plan/explanation.ts';
import type { Snapshot } from '../../plan/types.ts';
import { titleOf } from '../../base/title.ts';
import type { AskedRequest } from './entry.ts';
import { candidatesOf } from './sources.ts';

/** What may have a request in place of the routes that were found, and whether it certainly has. */
interface Beside {
  readonly unknown: string;
  readonly isCertain: boolean;
}

/**
 * A result as it is where something else may have the request, or certainly has: what becomes of it then is not known.
 *
 * @param roots the VirtualServices that the result is by; empty: none is for the host
 * @param host as they say it, resolved
 */
export function besideCandidates(
  snapshot: Snapshot,
  request: AskedRequest,
  roots: readonly VirtualService[],
  host: string | undefined,
  result: ExplainedResult,
): ExplainedResult {
  const isMesh = request.gateway === 'mesh';
  const beside = !isMesh
    ? [...apiRoutesAtGateway(snapshot, request), ...routesOfTheSamePods(snapshot, request, roots, host)]
    : [
        ...apiRoutesFor(snapshot, request, roots),
        ...sidecarsWithout(snapshot, request, roots),
        ...sidecarsWithoutService(snapshot, request, roots),
        ...unnamedHost(snapshot, request, host),
      ];
  if (beside.length === 0) return result;
  const unseen = beside.map(({ unknown }): ExplainedCandidate => ({
    kind: 'unseen',
    route: null,
    does: null,
    unknown,
  }));
  const others = beside.some(({ isCertain }) => isCertain) ? [] : candidatesOf(result);
  return { kind: 'undecided', candidates: [...unseen, ...others] };
}

/** In the namespace of the caller a route of the Gateway API comes before every VirtualService that all may use. */
function apiRoutesFor(
  snapshot: Snapshot,
  { authority, port, sourceNamespace }: AskedRequest,
  roots: readonly VirtualService[],
): readonly Beside[] {
  const { gatewayApiRoutes = [] } = snapshot;
  const names = meshNames(hostOf(authority), sourceNamespace);
  return gatewayApiRoutes.flatMap((route): readonly Beside[] => {
    const claims = meshClaims(route, names, servicesInSight(snapshot)).filter(
      (claim) =>
        (claim.port ?? port) === port &&
        (claim.callers === undefined || sourceNamespace === undefined || claim.callers === sourceNamespace),
    );
    if (claims.length === 0) return [];
    const title = titleOfApiRoute(route);
    const isCertain = roots.length === 0 && claims.some(({ callers }) => callers === undefined);
    return [{ unknown: getsIt(title), isCertain }];
  });
}

/** At a Gateway of the Gateway API that a VirtualService names, both have their routes in one list. */
function apiRoutesAtGateway(
  { gatewayApiRoutes = [] }: Snapshot,
  { authority, gateway }: AskedRequest,
): readonly Beside[] {
  return gatewayApiRoutes
    .filter((route) => {
      const { serves, mayServe } = gatewaysClaimed(route, [hostOf(authority)]);
      return isGenerated(gateway, [...serves, ...mayServe]);
    })
    .map((route) => ({ unknown: getsIt(titleOfApiRoute(route)), isCertain: false }));
}

/** Another Gateway of the same pods and port has the host as well. */
function routesOfTheSamePods(
  snapshot: Snapshot,
  request: AskedRequest,
  roots: readonly VirtualService[],
  host: string | undefined,
): readonly Beside[] {
  const { authority, gateway, port } = request;
  const redirect = redirectFor(snapshot, request, host);
  if (redirect !== undefined && redirect.gateway !== gateway) {
    const { gateway: otherGateway, host: of } = redirect;
    const unknown = `the same pods serve Gateway ${otherGateway}, which redirects plain requests for ${of} to https (httpsRedirect)`;
    return [{ unknown, isCertain: true }];
  }
  const closer = moreSpecificByPods(snapshot, request, host);
  if (closer !== undefined) {
    const { other, otherGateway } = closer;
    const unknown = `${titleOf(other)} gets it, because the same pods serve Gateway ${otherGateway}, where it is for ${closer.host} (explain the request by that gateway to see its routes)`;
    return [{ unknown, isCertain: true }];
  }
  const shared = roots.flatMap((root) => hostsSharedByPods(snapshot, root, gateway));
  return shared
    .filter((one) => one.port === port && wildcardMeets(one.host, hostOf(authority)))
    .map(({ other, otherGateway }) => ({
      unknown: `the pods of Gateway ${otherGateway} are the same, and a route of ${titleOf(other)} comes first there`,
      isCertain: false,
    }));
}

function getsIt(title: string): string {
  return `${title} (Gateway API) gets it, and istiops does not read its rules`;
}

function sidecarsWithout(
  { sidecars = [] }: Snapshot,
  { sourceNamespace, sourceLabels, port }: AskedRequest,
  roots: readonly VirtualService[],
): readonly Beside[] {
  const [root] = roots;
  if (sourceNamespace === undefined || root === undefined) return [];
  const possible = possibleSidecars(sidecars, sourceNamespace, sourceLabels);
  const question = { caller: sourceNamespace, port };
  const without = possible.sidecars.filter((one) => !importsVirtualService(one, root, question));
  return without.map(({ namespace, name }) => ({
    unknown: `Sidecar ${namespace}/${name} is the caller's, and its egress hosts leave out ${titleOf(root)}`,
    isCertain: possible.isCertain,
  }));
}

/**
 * A wildcard is imported by any host within it, and is then for the services that are imported: by their hosts, or because
 * a route sends to them. Which routes do is not looked at but for those of the VirtualService itself.
 */
function sidecarsWithoutService(
  snapshot: Snapshot,
  { authority, sourceNamespace, sourceLabels, port }: AskedRequest,
  roots: readonly VirtualService[],
): readonly Beside[] {
  const { sidecars = [] } = snapshot;
  const [root] = roots;
  if (sourceNamespace === undefined || root === undefined || sidecars.length === 0) return [];
  const question = { caller: sourceNamespace, port };
  const names = meshNames(hostOf(authority), sourceNamespace);
  const services = names.flatMap((name) => servicesAt(name, snapshot).map((service) => ({ name, service })));
  const [first] = services;
  const isSentTo = hostsOfDestinations(root).some((host) => names.includes(host));
  if (first === undefined || isSentTo) return [];
  return possibleSidecars(sidecars, sourceNamespace, sourceLabels)
    .sidecars.filter(
      (one) =>
        importsVirtualService(one, root, question) &&
        !services.some(({ name, service }) => importsHost(one, name, service.namespace, question)),
    )
    .map(({ namespace, name }) => ({
      unknown: `Sidecar ${namespace}/${name} is the caller's, and its egress hosts leave out ${first.service.kind} ${first.service.namespace}/${first.service.name}`,
      isCertain: false,
    }));
}

function hostsOfDestinations({ metadata, spec }: VirtualService): readonly string[] {
  return [...(spec.http ?? []), ...(spec.tls ?? []), ...(spec.tcp ?? [])].flatMap((route) =>
    destinationsOf(route).map(({ destination }) => resolveHost(destination.host, metadata.namespace)),
  );
}

/**
 * At port 80 a sidecar has routes for every host of a VirtualService, at others for those of services alone. A wildcard
 * with services within it is at every port for these alone.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go separateVSHostsAndServices
 */
function unnamedHost(
  snapshot: Snapshot,
  { authority, port, scheme, sourceNamespace }: AskedRequest,
  host: string | undefined,
): readonly Beside[] {
  // A folder of manifests may lack whatever the cluster has.
  if (snapshot.services.state !== 'known' || host === undefined || scheme !== 'http') return [];
  if (host.startsWith('*')) {
    const names = meshNames(hostOf(authority), sourceNamespace);
    if (names.some((name) => servicesAt(name, snapshot).length > 0)) return [];
    const within = servicesInSight(snapshot).find(({ hosts }) =>
      hosts.some((one) => isWithinHost(one, host)),
    );
    if (within === undefined) return [];
    const unknown = `nothing names the host ${hostOf(authority)}: no Service or ServiceEntry in sight does, and sidecars use routes for ${host} for the services within it alone (${within.kind} ${within.namespace}/${within.name})`;
    return [{ unknown, isCertain: false }];
  }
  if (port === 80) return [];
  if (namespaceInHost(host) !== undefined || servicesAt(host, snapshot).length > 0) return [];
  const unknown = `nothing names the host ${host}: no Service or ServiceEntry in sight does, and without one sidecars use these routes at port 80 alone`;
  return [{ unknown, isCertain: false }];
}
