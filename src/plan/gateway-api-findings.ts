/** What a person should know of routes of the Gateway API, whose rules are not read, beside a VirtualService. */
import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import {
  gatewaysClaimed,
  isFormerListenerName,
  isGenerated,
  meshClaims,
  titleOfApiRoute,
  type GatewayApiRoute,
} from '../istio/gateway-api.ts';
import { gatewaysOf } from '../istio/gateways.ts';
import { hostsOf } from '../istio/hosts.ts';
import type { ServiceView, VirtualService } from '../istio/types.ts';
import { joinFirst } from './select.ts';

/**
 * Routes of the Gateway API for the host of a VirtualService in the mesh.
 *
 * @see https://gateway-api.sigs.k8s.io/mesh/mesh-overview/
 */
export function meshFindings(
  routes: readonly GatewayApiRoute[],
  root: VirtualService,
  services: readonly ServiceView[],
  severity: 'error' | 'warning',
): readonly Finding[] {
  if (!gatewaysOf(root).includes('mesh')) return [];
  const title = titleOf(root);
  const claimed = routes.flatMap((route) => {
    const claims = meshClaims(route, hostsOf(root), services);
    return claims.length === 0 ? [] : [{ route: titleOfApiRoute(route), claims }];
  });
  const shared = claimed.filter(({ claims }) => claims.some(isOfAllCallers));
  const others = claimed.filter(({ claims }) => !claims.some(isOfAllCallers));
  const hosts = new Set(
    shared.flatMap(({ claims }) => claims.filter(isOfAllCallers).map(({ host }) => host)),
  );
  return [
    ...(shared.length === 0
      ? []
      : [
          finding(
            'gateway-api-route',
            severity,
            `${joinFirst(shared.map(({ route }) => route))} (Gateway API) and ${title} are for the same host ${joinFirst([...hosts])} in the mesh. ` +
              'A sidecar uses one of the two and ignores the other; which one depends on the namespace of the caller and on their ages. ' +
              'istiops does not read routes of the Gateway API, so it is not known which requests get these routes. ' +
              'Take the Service out of its `parentRefs`, or shift the traffic there.',
            root,
            severity === 'error',
          ),
        ]),
    ...others.map(({ route, claims }) => {
      const [first] = claims;
      const whose =
        first?.callers === undefined
          ? `requests for its own host (one of ${first?.host ?? ''})`
          : `callers in namespace ${first.callers}`;
      return finding(
        'gateway-api-route',
        'warning',
        `${route} (Gateway API) is for ${whose} in the mesh: these get its routes, not those of ${title}.`,
        root,
      );
    }),
  ];
}

/** A wildcard leaves a host of its own to whatever is for that one. */
function isOfAllCallers({ host, callers }: { readonly host: string; readonly callers?: string }): boolean {
  return callers === undefined && !host.startsWith('*');
}

/** Routes at Gateways of the Gateway API, for the hosts of a VirtualService. */
export function gatewayFindings(
  routes: readonly GatewayApiRoute[],
  root: VirtualService,
  severity: 'error' | 'warning',
): readonly Finding[] {
  const own = gatewaysOf(root);
  if (own.every((gateway) => gateway === 'mesh')) return [];
  const hosts = hostsOf(root);
  const claims = routes.map((route) => ({ route, ...gatewaysClaimed(route, hosts) }));
  const isShared = (gateways: readonly string[]): boolean =>
    own.some((gateway) => isGenerated(gateway, gateways));
  const known = claims.flatMap(({ route, serves }) => {
    if (serves.length === 0) return [];
    if (isShared(serves)) {
      const shared =
        `${titleOfApiRoute(route)} (Gateway API) and ${titleOf(root)} are for the same host at Gateway ${joinFirst(serves)}: its proxies put the routes of both into one list, the older first. ` +
        'istiops does not read routes of the Gateway API, so it is not known which requests get these routes. Give one of them a Gateway or a host of its own.';
      return [finding('gateway-api-route', severity, shared, root, severity === 'error')];
    }
    const message =
      `${titleOfApiRoute(route)} (Gateway API) is for ${joinFirst(route.hostnames)} at Gateway ${joinFirst(serves)}: ` +
      `requests that come in there get its routes, not those of ${titleOf(root)}.`;
    return [finding('gateway-api-route', 'warning', message, root)];
  });
  const open = claims.filter(({ mayServe }) => mayServe.length > 0);
  const shared = open.filter(({ mayServe }) => isShared(mayServe));
  const elsewhere = open.filter(({ mayServe }) => !isShared(mayServe));
  return [
    ...formerNames(root),
    ...known,
    ...sharedWithoutHosts(shared, root, severity),
    ...elsewhereWithoutHosts(elsewhere, root),
  ];
}

/** Which istiod is there, nobody says: with a new one, no request comes by such a name. */
function formerNames(root: VirtualService): readonly Finding[] {
  const names = gatewaysOf(root).filter(isFormerListenerName);
  if (names.length === 0) return [];
  const message =
    `${titleOf(root)} names ${joinFirst(names)}, which is how Istio before 1.28 called a listener of a Gateway of the Gateway API. ` +
    'From 1.28 on no Gateway has this name, and no request gets the routes by it. Use a Gateway of Istio, or an HTTPRoute.';
  return [finding('gateway-name-of-earlier-istio', 'warning', message, root)];
}

/** A route without hostnames, and the Gateways that it is attached to. */
interface OpenRoute {
  readonly route: GatewayApiRoute;
  readonly mayServe: readonly string[];
}

/** A listener without a host gives such a route the host `*`, which leaves every host of a VirtualService to that one. */
function sharedWithoutHosts(
  routes: readonly OpenRoute[],
  root: VirtualService,
  severity: 'error' | 'warning',
): readonly Finding[] {
  if (routes.length === 0) return [];
  const [titles, gateways] = titlesAndGateways(routes);
  const message =
    `${titles} (Gateway API) and ${titleOf(root)} are both at Gateway ${gateways}, and a route that names no host is for all that the Gateway serves. ` +
    `Where a listener of the Gateway is for a host of ${titleOf(root)}, its proxies put the routes of both into one list, the older first. ` +
    'istiops does not read the Gateway API, so it is not known which requests get these routes. Give one of them a Gateway or a host of its own.';
  return [finding('gateway-api-route', severity, message, root, severity === 'error')];
}

/** They may be many, and each is another way in, which a change of the VirtualService is not about. */
function elsewhereWithoutHosts(routes: readonly OpenRoute[], root: VirtualService): readonly Finding[] {
  if (routes.length === 0) return [];
  const [titles, gateways] = titlesAndGateways(routes);
  const message =
    `Routes of the Gateway API that name no host are for whatever their Gateways serve: ${titles} at Gateway ${gateways}. ` +
    `If that is ${joinFirst(hostsOf(root))} as well, requests that come in there get those routes, not those of ${titleOf(root)}.`;
  return [finding('gateway-api-route', 'notice', message, root)];
}

function titlesAndGateways(routes: readonly OpenRoute[]): readonly [string, string] {
  return [
    joinFirst(routes.map(({ route }) => titleOfApiRoute(route))),
    joinFirst([...new Set(routes.flatMap(({ mayServe }) => mayServe))]),
  ];
}
