/**
 * Routes of the Kubernetes Gateway API. Istio makes routes of them, too, and for a Service that has both, a sidecar uses
 * the VirtualService or the route of the Gateway API, and ignores the other. What they say is not read: only which
 * requests they may be for.
 *
 * @see https://gateway-api.sigs.k8s.io/mesh/
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/config/kube/gateway/route_collections.go HTTPRouteCollection
 */
import { field, listIn, textIn } from '../base/json.ts';
import { clusterDomain } from './cluster-domain.ts';
import { namespaceInHost } from './consulted-rule.ts';
import { isWithinHost } from './hosts.ts';
import type { ServiceView } from './types.ts';

export const GATEWAY_API_GROUP = 'gateway.networking.k8s.io';

/** The kinds that route requests or connections. */
export const GATEWAY_API_KINDS = ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute'] as const;

export interface GatewayApiRoute {
  readonly kind: (typeof GATEWAY_API_KINDS)[number];
  readonly namespace: string;
  readonly name: string;
  /** In small letters; empty: all that its Gateways serve. */
  readonly hostnames: readonly string[];
  readonly parents: readonly RouteParent[];
}

/** What a route is attached to: a Service or ServiceEntry in the mesh, or a Gateway of the Gateway API. */
export interface RouteParent {
  readonly kind: 'Service' | 'ServiceEntry' | 'Gateway';
  readonly namespace: string;
  readonly name: string;
  /** The only port that it is for. */
  readonly port?: number;
}

/** A route as far as it is read, from an object that nobody has checked; parents of other kinds are left out. */
export function gatewayApiRoute(kind: GatewayApiRoute['kind'], object: unknown): GatewayApiRoute {
  const [metadata, spec] = [field(object, 'metadata'), field(object, 'spec')];
  const namespace = textIn(field(metadata, 'namespace'));
  return {
    kind,
    namespace,
    name: textIn(field(metadata, 'name')),
    hostnames: listIn(field(spec, 'hostnames')).map((one) => textIn(one).toLowerCase()),
    parents: listIn(field(spec, 'parentRefs')).flatMap((parent) => parentOf(parent, namespace)),
  };
}

/** Without a kind it is a Gateway. */
function parentOf(parent: unknown, own: string): readonly RouteParent[] {
  const kind =
    PARENT_KINDS[
      `${textIn(field(parent, 'group') ?? GATEWAY_API_GROUP)}/${textIn(field(parent, 'kind') ?? 'Gateway')}`
    ];
  if (kind === undefined) return [];
  const port = field(parent, 'port');
  const at = { namespace: textIn(field(parent, 'namespace')) || own, name: textIn(field(parent, 'name')) };
  return [{ kind, ...at, ...(typeof port === 'number' && { port }) }];
}

const PARENT_KINDS: Readonly<Record<string, RouteParent['kind']>> = {
  [`${GATEWAY_API_GROUP}/Gateway`]: 'Gateway',
  '/Service': 'Service',
  'core/Service': 'Service',
  'networking.istio.io/ServiceEntry': 'ServiceEntry',
};

/** `HTTPRoute shop/api` */
export function titleOfApiRoute({ kind, namespace, name }: GatewayApiRoute): string {
  return `${kind} ${namespace}/${name}`;
}

/** Whose requests a route of the Gateway API may get in the mesh. */
export interface MeshClaim {
  readonly host: string;
  /** The only port; absent: any. */
  readonly port?: number;
  /** The callers of this namespace alone: the route is none of the Service's own namespace. Absent: any. */
  readonly callers?: string;
}

/**
 * What a route of the Gateway API is for in the mesh, of some hosts. A Service's own namespace has routes for all of its
 * callers, any other for its own.
 *
 * @param hosts whole names, which may be wildcards
 * @param services where the hosts of ServiceEntries are looked up; one that isn't there may be any from outside the cluster
 * @see https://gateway-api.sigs.k8s.io/mesh/mesh-overview/#how-the-gateway-api-works-for-service-mesh
 */
export function meshClaims(
  route: GatewayApiRoute,
  hosts: readonly string[],
  services: readonly ServiceView[],
): readonly MeshClaim[] {
  return route.parents.flatMap((parent): readonly MeshClaim[] => {
    if (parent.kind === 'Gateway') return [];
    const given = hostsOfParent(parent, services);
    const claimed = hosts.filter((host) =>
      given === undefined
        ? namespaceInHost(host) === undefined
        : given.some((one) => isWithinHost(one, host) || isWithinHost(host, one)),
    );
    const isOwn = parent.namespace === route.namespace;
    return claimed.map((host) => ({
      host,
      ...(parent.port !== undefined && { port: parent.port }),
      ...(!isOwn && { callers: route.namespace }),
    }));
  });
}

function hostsOfParent(
  { kind, namespace, name }: RouteParent,
  services: readonly ServiceView[],
): readonly string[] | undefined {
  if (kind === 'Service') return [`${name}.${namespace}.svc.${clusterDomain()}`];
  return services.find(
    (one) => one.kind === 'ServiceEntry' && one.namespace === namespace && one.name === name,
  )?.hosts;
}

/**
 * Between the name of a Gateway of the Gateway API and that of its listener: the name under which istiod has it. Before
 * Istio 1.28 with hyphens around, since then with tildes.
 *
 * @see https://github.com/istio/istio/pull/57815
 */
const GENERATED = /([-~])istio-autogenerated-k8s-gateway(?=\1)/;

/** Is a gateway of a VirtualService a listener of the Gateway API? */
export function isListenerName(gateway: string): boolean {
  return GENERATED.test(gateway);
}

/** Does only an istiod before 1.28 know a listener by this name? Later ones have no Gateway that is called so. */
export function isFormerListenerName(gateway: string): boolean {
  return GENERATED.exec(gateway)?.[1] === '-';
}

/** Is a gateway of a VirtualService a listener of one of these of the Gateway API? */
export function isGenerated(gateway: string, ofApi: readonly string[]): boolean {
  const [name] = gateway.split(GENERATED);
  return isListenerName(gateway) && ofApi.some((one) => one === name);
}

/**
 * The Gateways of the Gateway API where a route is for some of these hosts, as `namespace/name`. One that names no host is
 * for all that its Gateways serve, and what these serve is not read: then it `mayServe` them.
 *
 * @see https://gateway-api.sigs.k8s.io/reference/spec/#httproutespec hostnames
 */
export function gatewaysClaimed(
  route: GatewayApiRoute,
  hosts: readonly string[],
): { readonly serves: readonly string[]; readonly mayServe: readonly string[] } {
  const gateways = route.parents.flatMap(({ kind, namespace, name }) =>
    kind === 'Gateway' ? [`${namespace}/${name}`] : [],
  );
  if (route.hostnames.length === 0) return { serves: [], mayServe: gateways };
  const isFor = route.hostnames.some((one) =>
    hosts.some((host) => isWithinHost(one, host) || isWithinHost(host, one)),
  );
  return { serves: isFor ? gateways : [], mayServe: [] };
}
