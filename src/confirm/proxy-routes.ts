/** The routes that a proxy has, of Envoy's own dump or of istiod's. */
import { clusterRef, type ClusterRef } from './clusters.ts';
import { at, listAt, textAt } from './dump-json.ts';
import { matchInDump } from './route-match.ts';

/** A destination with its part of the requests; the parts of a list are relative to each other. */
export interface Share {
  readonly cluster: ClusterRef;
  readonly weight: number;
}

export type RouteAction =
  | {
      readonly kind: 'send';
      readonly shares: readonly Share[];
      readonly copies: readonly ClusterRef[];
      /** It came as a list of destinations with weights, and not as one destination. */
      readonly isWeighted: boolean;
    }
  | { readonly kind: 'redirect' }
  | { readonly kind: 'direct response' };

/** A route as a proxy has it. */
export interface ProxyRoute {
  /** `namespace/name` of the VirtualService that it is made of; null where it is of none. */
  readonly owner: string | null;
  readonly name: string;
  /** As `matchInDump` writes it. */
  readonly match: string;
  readonly action: RouteAction;
}

/** The routes of one virtual host, in the order in which Envoy tries them. */
export interface ProxyRouteList {
  /** `api.shop.svc.cluster.local:80` */
  readonly virtualHost: string;
  /** Of the listener; null where its name does not say it. */
  readonly port: number | null;
  readonly routes: readonly ProxyRoute[];
}

/**
 * @param dump of Envoy (`resource=dynamic_route_configs`), or the whole dump of istiod's `/debug/config_dump`
 */
export function routeListsIn(dump: unknown): readonly ProxyRouteList[] {
  const configs = listAt(dump, 'configs').flatMap((config) => {
    const ofIstiod = listAt(config, 'dynamic_route_configs');
    return (ofIstiod.length > 0 ? ofIstiod : [config]).map((one) => at(one, 'route_config'));
  });
  return configs.flatMap((config) => {
    const port = portOf(textAt(config, 'name'));
    return listAt(config, 'virtual_hosts').map((host) => ({
      virtualHost: textAt(host, 'name'),
      port,
      routes: listAt(host, 'routes').map(routeIn),
    }));
  });
}

/**
 * The push that istiod's dump of a proxy was made in.
 *
 * @returns `2026-11-26T02:52:39Z/7`; empty where it does not say
 */
export function versionOfDump(dump: unknown): string {
  const versions = listAt(dump, 'configs').map((config) => textAt(config, 'version_info'));
  return versions.find((version) => version !== '') ?? '';
}

/** `http.80`, `https.443.https.edge.shop` at a gateway; `80`, `api.shop.svc.cluster.local:80` in the mesh. */
function portOf(name: string): number | null {
  const [, port] = /^https?\.(\d+)(?:\.|$)/.exec(name) ?? /(?:^|:)(\d+)$/.exec(name) ?? [];
  return port === undefined ? null : Number(port);
}

function routeIn(route: unknown): ProxyRoute {
  return {
    owner: ownerInPath(textAt(route, 'metadata', 'filter_metadata', 'istio', 'config')),
    name: textAt(route, 'name'),
    match: matchInDump(at(route, 'match')),
    action: actionIn(route),
  };
}

/** @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/util/util.go AddConfigInfoMetadata */
function ownerInPath(path: string): string | null {
  const [, namespace, name] = /\/namespaces\/([^/]+)\/virtual-service\/([^/]+)$/.exec(path) ?? [];
  return namespace === undefined || name === undefined ? null : `${namespace}/${name}`;
}

function actionIn(route: unknown): RouteAction {
  if (at(route, 'redirect') !== undefined) return { kind: 'redirect' };
  if (at(route, 'direct_response') !== undefined) return { kind: 'direct response' };
  const action = at(route, 'route');
  const weighted = listAt(action, 'weighted_clusters', 'clusters');
  const single = textAt(action, 'cluster');
  const shares =
    weighted.length === 0
      ? [{ cluster: clusterRefIn(single), weight: 1 }]
      : weighted.map((entry) => ({ cluster: clusterRefIn(textAt(entry, 'name')), weight: weightIn(entry) }));
  const copies = listAt(action, 'request_mirror_policies').map((policy) =>
    clusterRefIn(textAt(policy, 'cluster')),
  );
  const isWeighted = weighted.length > 0;
  return { kind: 'send', shares: shares.filter(({ weight }) => weight > 0), copies, isWeighted };
}

function weightIn(entry: unknown): number {
  const weight = at(entry, 'weight');
  return typeof weight === 'number' ? weight : 0;
}

/** A cluster without a host (`BlackHoleCluster`) is none that a VirtualService names. */
function clusterRefIn(name: string): ClusterRef {
  return clusterRef(name) ?? { host: name, subset: '', port: null };
}
