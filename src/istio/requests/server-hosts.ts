/**
 * The hosts under which a gateway's proxies have routes: those that a VirtualService and a server of the Gateway are both
 * for. A VirtualService for `*` behind a server for `shop.io` is for `shop.io` there, and shares its list of routes with
 * every other one for that host.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/gateway.go buildGatewayHTTPRouteConfig
 * @see https://github.com/istio/istio/blob/master/pkg/config/host/names.go Intersection
 */
import { httpServers, type GatewayServer } from '../gateways.ts';
import { hostsOf } from '../hosts.ts';
import type { VirtualService } from '../types.ts';

/** Gateways by `namespace/name`, as far as they are in sight. A `Snapshot` is one. */
export interface GatewaySight {
  /** The servers of each. */
  readonly gatewayServers?: Readonly<Record<string, readonly GatewayServer[]>>;
  /** Those that a VirtualService names and that are nowhere in the cluster. */
  readonly absentGateways?: readonly string[];
  /** For each that a VirtualService names, others that have pods in common with it; absent: only selectors tell. */
  readonly podsInCommon?: Readonly<Record<string, readonly string[]>>;
}

/**
 * The hosts of each server that a request comes by, as Gateways write them: `shop.io`, `shop/*`, `*`.
 *
 * @param port of the request; where no server listens there, or only to redirect, it counts as coming by any of them
 * @returns undefined where the Gateway is not in sight, or has no server for HTTP
 */
export function hostsOfServers(
  gateway: string,
  port: number | undefined,
  known: GatewaySight,
): readonly (readonly string[])[] | undefined {
  const servers = httpServers(serversAt(gateway, known));
  const answering = servers.filter(({ redirects }) => !redirects);
  const atPort = answering.filter((server) => server.port === port);
  const [counting = servers] = [atPort, answering].filter((some) => some.length > 0);
  return counting.length === 0 ? undefined : counting.map(({ hosts }) => hosts);
}

/**
 * The hosts of a VirtualService at a gateway.
 *
 * @param served hosts of servers, as they are written; undefined: not known, and then it has its own
 * @returns its own as well where no server is for any of them: why that is so is said elsewhere (`unservedRoute`)
 */
export function hostsAtGateway(
  virtualService: VirtualService,
  gateway: string,
  served: readonly string[] | undefined,
): readonly string[] {
  const hosts = hostsOf(virtualService);
  const both = hostsOfBoth(virtualService, gateway, served);
  return both.length === 0 ? hosts : both;
}

/** The same, and none where no server is for any of them. */
export function hostsOfBoth(
  virtualService: VirtualService,
  gateway: string,
  served: readonly string[] | undefined,
): readonly string[] {
  const hosts = hostsOf(virtualService);
  if (served === undefined) return hosts;
  const given = hostsForNamespace(served, gateway, virtualService.metadata.namespace);
  return [
    ...new Set(
      given.flatMap((server) =>
        hosts.flatMap((host) => {
          if (wildcardMeets(host, server)) return [server];
          return wildcardMeets(server, host) ? [host] : [];
        }),
      ),
    ),
  ];
}

/** The hosts of servers for VirtualServices of a namespace: `shop/*` is for those of shop alone, `./*` for its own. */
export function hostsForNamespace(
  written: readonly string[],
  gateway: string,
  namespace: string,
): readonly string[] {
  const own = gateway.split('/')[0] ?? '';
  return written.flatMap((one) => {
    const slash = one.indexOf('/');
    const owner = slash === -1 ? '*' : one.slice(0, slash);
    const isFor = owner === '*' || (owner === '.' ? own : owner) === namespace;
    return isFor ? [one.slice(slash + 1).toLowerCase()] : [];
  });
}

/** The servers of a gateway; undefined: it is not in sight. */
export function serversAt(
  gateway: string,
  { gatewayServers: known }: GatewaySight,
): readonly GatewayServer[] | undefined {
  return known !== undefined && Object.hasOwn(known, gateway) ? known[gateway] : undefined;
}

/** A host before a wildcard, and of two wildcards the longer one. */
export function isNarrowerHost(host: string, than: string): boolean {
  return than.startsWith('*') && (!host.startsWith('*') || host.length > than.length);
}

/** `*.shop.io` covers `api.shop.io` and `*.api.shop.io`. */
export function wildcardMeets(wide: string, narrow: string): boolean {
  if (wide === narrow || wide === '*') return true;
  return wide.startsWith('*') && narrow.replace(/^\*/, '').endsWith(wide.slice(1));
}
