/**
 * What stands beside VirtualServices and decides about the same requests: routes of the Gateway API and Sidecars, whose
 * rules are not read, and VirtualServices for single hosts of a wildcard. A person has to know that they are there.
 */
import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { distinctBy } from '../base/distinct.ts';
import { gatewaysOf } from '../istio/gateways.ts';
import { hostsOf, isWithinHost } from '../istio/hosts.ts';
import { delegateOf } from '../istio/requests/delegates.ts';
import { servicesInSight } from '../istio/requests/endpoints.ts';
import { ANOTHER_NAMESPACE } from '../istio/requests/proxy-namespaces.ts';
import { narrowerHostsByPods } from '../istio/requests/gateway-pods.ts';
import { hostsAtGateway, hostsOfServers } from '../istio/requests/server-hosts.ts';
import { importsVirtualService, rootSidecar } from '../istio/sidecar-scope.ts';
import type { VirtualService } from '../istio/types.ts';
import { gatewayPodsFindings } from './gateway-pods-findings.ts';
import { gatewayFindings, meshFindings } from './gateway-api-findings.ts';
import { joinFirst } from './select.ts';
import type { Snapshot } from './types.ts';

/** What is looked at. */
export interface BesideWays {
  /** Routes of the Gateway API in the mesh; an error where a change is refused because of them, unless `force` is set. */
  readonly mesh: 'error' | 'warning' | false;
  /** The same at Gateways, of theirs or of Istio. */
  readonly gateways: boolean;
  readonly sidecars: boolean;
  /** VirtualServices for hosts that a wildcard covers. */
  readonly ownHosts: boolean;
}

/** What a person should know of whatever stands beside some VirtualServices. */
export function besideFindings(
  snapshot: Snapshot,
  virtualServices: readonly VirtualService[],
  { mesh, gateways, sidecars, ownHosts }: BesideWays,
): readonly Finding[] {
  const { gatewayApiRoutes = [] } = snapshot;
  const roots = distinctBy(
    virtualServices.flatMap((one) => rootsFor(one, snapshot.virtualServices)),
    titleOf,
  );
  return roots.flatMap((root) => [
    ...(mesh === false ? [] : meshFindings(gatewayApiRoutes, root, servicesInSight(snapshot), mesh)),
    ...(gateways ? gatewayFindings(gatewayApiRoutes, root, mesh || 'warning') : []),
    ...(gateways ? gatewayPodsFindings(snapshot, root, mesh || 'warning') : []),
    ...(sidecars ? sidecarFindings(snapshot, root) : []),
    ...(ownHosts ? ownHostFindings(snapshot, root) : []),
  ]);
}

/** Everything, where nothing is changed. */
export const BESIDE_ALL: BesideWays = { mesh: 'warning', gateways: true, sidecars: true, ownHosts: true };

/** The VirtualServices by which requests come to one: itself, or those that delegate to it. */
function rootsFor(one: VirtualService, all: readonly VirtualService[]): readonly VirtualService[] {
  if (hostsOf(one).length > 0) return [one];
  const { namespace, name } = one.metadata;
  return all.filter((root) =>
    (root.spec.http ?? []).some((route) => {
      const delegate = delegateOf(route, root.metadata.namespace);
      return delegate?.namespace === namespace && delegate.name === name;
    }),
  );
}

function sidecarFindings({ sidecars = [] }: Snapshot, root: VirtualService): readonly Finding[] {
  if (!gatewaysOf(root).includes('mesh')) return [];
  const global = rootSidecar(sidecars);
  const blind = sidecars.filter((one) => one !== global && !importsVirtualService(one, root));
  const isGlobalBlind =
    global !== undefined && !importsVirtualService(global, root, { caller: ANOTHER_NAMESPACE });
  if (blind.length === 0 && !isGlobalBlind) return [];
  const whose = [
    ...(isGlobalBlind
      ? [`every namespace without a Sidecar of its own (Sidecar ${global.namespace}/${global.name})`]
      : []),
    ...(blind.length > 0
      ? [`those of Sidecar ${joinFirst(blind.map(({ namespace, name }) => `${namespace}/${name}`))}`]
      : []),
  ];
  const message =
    `Some callers in the mesh know nothing of ${titleOf(root)}, because the egress hosts of their Sidecar leave it out: ${whose.join(', and ')}. ` +
    'Their requests do not get these routes.';
  return [finding('sidecar-scope', 'notice', message, root)];
}

/**
 * A proxy looks at the routes of the most specific host alone.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/#VirtualService-hosts
 */
function ownHostFindings(snapshot: Snapshot, root: VirtualService): readonly Finding[] {
  const wildcards = hostsOf(root).filter((host) => host.startsWith('*'));
  // A tcp route goes by no host.
  if (wildcards.length === 0 || !hasHttp(root)) return [];
  const beside = snapshot.virtualServices.filter((other) => other !== root && hasHttp(other));
  const owners = gatewaysOf(root).flatMap((gateway) => {
    const served = hostsOfServers(gateway, undefined, snapshot)?.flat();
    const hosts = hostsAtGateway(root, gateway, served);
    const byPods = narrowerHostsByPods(snapshot, root, gateway).map(
      ({ host, other, otherGateway }) => `${host} (${titleOf(other)}, by Gateway ${otherGateway})`,
    );
    const byGateway = beside
      .filter((other) => gatewaysOf(other).includes(gateway))
      .flatMap((other) =>
        hostsAtGateway(other, gateway, served)
          .filter((host) => !hosts.includes(host) && hosts.some((wide) => isWithinHost(host, wide)))
          .map((host) => `${host} (${titleOf(other)})`),
      );
    return [...byGateway, ...byPods];
  });
  if (owners.length === 0) return [];
  const message =
    `${titleOf(root)} is for ${joinFirst(wildcards)}, but not for hosts that have routes of their own: ${joinFirst([...new Set(owners)])}. ` +
    'Requests for these do not get its routes.';
  return [finding('hosts-of-others', 'notice', message, root)];
}

function hasHttp({ spec }: VirtualService): boolean {
  return (spec.http ?? []).length > 0;
}
