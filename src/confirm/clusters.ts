/** Envoy's clusters, by the names that istiod gives them. */
import { at, listAt, textAt } from './dump-json.ts';

/** A subset of a host; an empty subset is the whole service. */
export interface ClusterRef {
  /** In lower case. */
  readonly host: string;
  readonly subset: string;
  /** Null: any port. */
  readonly port: number | null;
}

/**
 * What the name of a cluster says; undefined for one that is no destination (`BlackHoleCluster`, `PassthroughCluster`).
 *
 * @example clusterRef('outbound|80|v2|api.shop.svc.cluster.local')
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/model/service.go BuildSubsetKey
 */
export function clusterRef(name: string): ClusterRef | undefined {
  const [direction, port = '', subset, host] = name.split('|');
  if (direction !== 'outbound' || subset === undefined || host === undefined) return undefined;
  return { host: host.toLowerCase(), subset, port: Number(port) };
}

/** Is it that cluster? A port that is not given matches any: istiod takes the listener's then, or the service's only one. */
export function isCluster(wanted: ClusterRef, found: ClusterRef): boolean {
  return (
    wanted.host === found.host &&
    wanted.subset === found.subset &&
    (wanted.port === null || wanted.port === found.port)
  );
}

/**
 * The names of the clusters that a proxy can send to. Of Envoy's own dump (`resource=dynamic_active_clusters`) these are
 * the active ones: a cluster whose endpoints have not come is warming, though it is acknowledged, and Envoy answers its
 * requests with 503. Of istiod's dump, they are those that the proxy ought to have.
 */
export function clustersIn(dump: unknown): ReadonlySet<string> {
  const entries = listAt(dump, 'configs').flatMap((config) => {
    const ofIstiod = listAt(config, 'dynamic_active_clusters');
    return ofIstiod.length > 0 ? ofIstiod : [config];
  });
  return new Set(
    entries.flatMap((entry) => {
      const name = textAt(at(entry, 'cluster'), 'name');
      return name === '' ? [] : [name];
    }),
  );
}

/**
 * The subsets among these that a proxy can't send to yet. A subset has a cluster for each port of its service: it is
 * usable where there is one for every port that the host has any cluster for.
 */
export function unusableClusters(
  wanted: readonly ClusterRef[],
  clusters: ReadonlySet<string>,
): readonly ClusterRef[] {
  const ports = new Map<string, Set<number | null>>();
  const usable = new Set<string>();
  const keyOf = ({ host, subset, port }: ClusterRef): string => `${port ?? ''}|${subset}|${host}`;
  for (const name of clusters) {
    const ref = clusterRef(name);
    if (ref === undefined) continue;
    ports.set(ref.host, (ports.get(ref.host) ?? new Set()).add(ref.port));
    usable.add(keyOf(ref));
  }
  return wanted.filter((ref) => {
    const asked = ref.port === null ? [...(ports.get(ref.host) ?? [])] : [ref.port];
    return asked.length === 0 || asked.some((port) => !usable.has(keyOf({ ...ref, port })));
  });
}
