/** Which DestinationRules the routes of a VirtualService have to do with. */
import { resolveHost } from '../istio/hosts.ts';
import { namedDestinations, routesOf } from '../istio/routes.ts';
import type { DestinationRule, Route, VirtualService } from '../istio/types.ts';

/** Hosts that a route sends or mirrors to, as they are spelled. */
export function hostsOfRoute(route: Route): string[] {
  return namedDestinations(route).map(({ host }) => host);
}

/** Hosts that a VirtualService's routes send or mirror to, resolved. */
export function hostsSentTo(virtualService: VirtualService): ReadonlySet<string> {
  const { namespace } = virtualService.metadata;
  const spelled = new Set(routesOf(virtualService).flatMap(({ route }) => hostsOfRoute(route)));
  return new Set([...spelled].map((host) => resolveHost(host, namespace)));
}

/** Is the rule for one of these hosts, by itself or as a wildcard? */
export function isForHosts({ spec, metadata }: DestinationRule, hosts: ReadonlySet<string>): boolean {
  const host = resolveHost(spec.host, metadata.namespace);
  if (!host.startsWith('*')) return hosts.has(host);
  return [...hosts].some((known) => known.endsWith(host.slice(1)));
}
