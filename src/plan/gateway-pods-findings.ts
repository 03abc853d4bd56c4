/**
 * Several Gateways may be served by the same pods. For one port these have one list of routes for a host, whichever
 * Gateway a VirtualService names: those of all are put into it, or one of two servers with TLS is left out.
 *
 * @see https://istio.io/latest/docs/reference/config/analysis/ist0145/ ConflictingGateways
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/model/gateway.go mergeGateways
 */
import { distinctBy } from '../base/distinct.ts';
import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { gatewaysOf, httpServers, type GatewayServer, type HttpServer } from '../istio/gateways.ts';
import { formatLabels } from '../istio/labels.ts';
import { hostsOfBoth, type GatewaySight } from '../istio/requests/server-hosts.ts';
import type { VirtualService } from '../istio/types.ts';

/** Another VirtualService that has a host of the first by another Gateway of the same pods. */
export interface SharedHost {
  readonly other: VirtualService;
  readonly otherGateway: string;
  readonly gateway: string;
  readonly host: string;
  readonly port: number;
}

/** A VirtualService for the same host at another Gateway of the same pods and port, as far as Gateways are in sight. */
export function gatewayPodsFindings(
  known: GatewaySight & { readonly virtualServices: readonly VirtualService[] },
  root: VirtualService,
  severity: 'error' | 'warning',
): readonly Finding[] {
  const shared = gatewaysOf(root).flatMap((gateway) => hostsSharedByPods(known, root, gateway));
  return distinctBy(shared, ({ other }) => titleOf(other)).map(
    ({ other, otherGateway, gateway, host, port }) =>
      finding(
        'gateway-pods-shared',
        severity,
        `${titleOf(other)} is for the same host ${host} at Gateway ${otherGateway}, which has the same selector and port ${port} as Gateway ${gateway} of ${titleOf(root)}. ` +
          'Where the same pods serve both, it is not known which requests get the routes of the one and which those of the other: ' +
          'without TLS they are put into one list, the older Gateway first, and of two servers with TLS for one host one is left out. ' +
          'Name one Gateway in both, or give each a host of its own.',
        root,
        severity === 'error',
      ),
  );
}

/** The hosts of a VirtualService at a gateway that another one has at a Gateway of the same pods. */
export function hostsSharedByPods(
  { gatewayServers = {}, virtualServices }: Parameters<typeof gatewayPodsFindings>[0],
  root: VirtualService,
  gateway: string,
): readonly SharedHost[] {
  const own = answering(gatewayServers[gateway]);
  const others = Object.entries(gatewayServers).filter(([name]) => name !== gateway);
  return others.flatMap(([otherGateway, servers]) =>
    answering(servers).flatMap((server) => {
      const twins = own.filter((one) => one.port === server.port && samePods(one, server));
      if (twins.length === 0) return [];
      const hosts = twins.flatMap((one) => hostsOfBoth(root, gateway, one.hosts));
      return virtualServices.flatMap((other): readonly SharedHost[] => {
        const theirs = gatewaysOf(other);
        // What names this gateway as well is in its list anyway.
        const isBeside =
          other !== root && hasRoutes(other) && theirs.includes(otherGateway) && !theirs.includes(gateway);
        const host = isBeside
          ? hostsOfBoth(other, otherGateway, server.hosts).find((one) => hosts.includes(one))
          : undefined;
        return host === undefined ? [] : [{ other, otherGateway, gateway, host, port: server.port }];
      });
    }),
  );
}

/** One that redirects everything looks at no route. */
function answering(servers: readonly GatewayServer[] | undefined): readonly HttpServer[] {
  return httpServers(servers).filter(({ redirects }) => !redirects);
}

function samePods(a: HttpServer, b: HttpServer): boolean {
  const pods = formatLabels(a.selector);
  return pods !== '' && pods === formatLabels(b.selector);
}

function hasRoutes({ spec }: VirtualService): boolean {
  return (spec.http ?? []).length > 0;
}
