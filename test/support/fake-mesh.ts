/**
 * istiod and Envoys over a cluster in memory, as dumps show them: each proxy has what was written some milliseconds ago.
 * What a proxy has for a VirtualService is worked out here a second time, as simply as the tests need it.
 */
import { TrafficError } from '../../src/base/errors.ts';
import type { DestinationRule, Match, RouteDestination, VirtualService } from '../../src/istio/types.ts';
import type { GatewayPlace } from '../../src/ports/gateways.ts';
import type { MeshPod, MissingRight, Proxies } from '../../src/ports/proxies.ts';
import type { Store } from '../../src/ports/store.ts';
import type { Cluster } from './memory-store.ts';

type Routing = VirtualService | DestinationRule;

/** A proxy, or what stands in its place. */
export interface FakeProxy {
  readonly name: string;
  /** Milliseconds until it has what is written; Infinity: never. */
  lag: number;
  ready?: boolean;
  /** Nothing that Envoy would say. */
  mute?: boolean;
  /** It refuses routes to this subset. */
  refuses?: string;
  /** It gets nothing that is written after this time. */
  stuckSince?: number;
}

export interface FakeMesh {
  readonly gateways: FakeProxy[];
  readonly sidecars: FakeProxy[];
  readonly istiods: string[];
  readonly missing: MissingRight[];
  places: readonly GatewayPlace[];
  /** `get istio-system/gw-1 :15000/config_dump?…`, in order. */
  readonly questions: string[];
  /** istiod hangs until the question is broken off. */
  hangs: boolean;
  /** Whoever asks istiod is refused, as by a policy against port-forwards. */
  refusal: TrafficError | null;
}

const GATEWAY_NAMESPACE = 'istio-system';
export const PLACE: GatewayPlace = {
  name: 'shop/edge',
  selector: { istio: 'edge' },
  namespaces: [GATEWAY_NAMESPACE],
  areAll: true,
};

/** Gives a cluster a mesh: one gateway pod and one istiod, unless a test adds others. */
export function withMesh(cluster: Cluster, options: Partial<FakeMesh> = {}): FakeMesh {
  const mesh: FakeMesh = {
    gateways: [{ name: 'gw-1', lag: 0 }],
    sidecars: [],
    istiods: ['istiod-1'],
    missing: [],
    places: [PLACE],
    questions: [],
    hangs: false,
    refusal: null,
    ...options,
  };
  const now = (): number => cluster.clock.now().getTime();
  /** What was stored, and since when: the number of an entry is that of its push. */
  const history: { readonly at: number; readonly objects: readonly Routing[] }[] = [
    { at: -Infinity, objects: cluster.objects() },
  ];
  const write = cluster.store.write.bind(cluster.store);
  const store = cluster.store as { -readonly [K in keyof Store]: Store[K] };
  store.write = async (one) => {
    const stored = await write(one);
    history.push({ at: now(), objects: cluster.objects() });
    return stored;
  };
  const timeOf = ({ lag, stuckSince }: FakeProxy): number => Math.min(now() - lag, stuckSince ?? Infinity);
  const pushOf = (proxy: FakeProxy): number =>
    history.findLastIndex(
      ({ at, objects }) =>
        at <= timeOf(proxy) &&
        (proxy.refuses === undefined || !JSON.stringify(objects).includes(`"${proxy.refuses}"`)),
    );
  const sentTo = (proxy: FakeProxy): number => history.findLastIndex(({ at }) => at <= timeOf(proxy));
  const objectsIn = (push: number): readonly Routing[] => history[push]?.objects ?? [];
  const proxies: Proxies = {
    rights: () => Promise.resolve(mesh.missing),
    pods: (namespace, labels) => {
      const named: readonly Pick<FakeProxy, 'name' | 'ready'>[] =
        labels['app'] === 'istiod' ? mesh.istiods.map((name) => ({ name })) : mesh.gateways;
      return Promise.resolve(named.map(({ name, ready = true }): MeshPod => ({ namespace, name, ready })));
    },
    get: async (pod, port, path, signal) => {
      mesh.questions.push(`${pod.name} :${port}${path}`);
      if (port === 15_000) {
        const proxy = mesh.gateways.find(({ name }) => name === pod.name);
        if (proxy === undefined) throw new TrafficError('not-found', `no pod ${pod.name}`);
        if (proxy.mute === true) throw new TrafficError('unreachable', 'Nothing listens there.');
        const objects = objectsIn(pushOf(proxy));
        return JSON.stringify({
          configs: path.includes('clusters')
            ? clusters(objects).map((name) => ({ cluster: { name } }))
            : routeConfigs(objects, 'shop/edge'),
        });
      }
      if (mesh.refusal !== null) throw mesh.refusal;
      if (mesh.hangs) {
        await new Promise((_, reject) => {
          signal?.addEventListener('abort', () => {
            reject(new TrafficError('timeout', 'istiod does not answer.'));
          });
        });
      }
      if (path === '/debug/syncz') {
        const routers = mesh.gateways.map((proxy) => syncOf(proxy, 'router', `${proxy.name}.istio-system`));
        const sidecars = mesh.sidecars.map((proxy) => syncOf(proxy, 'sidecar', proxy.name));
        return JSON.stringify([...routers, ...sidecars]);
      }
      // istiod has everything at once.
      const objects = objectsIn(history.length - 1);
      const isGateway = mesh.gateways.some(({ name }) => path.endsWith(`=${name}.${GATEWAY_NAMESPACE}`));
      return JSON.stringify({
        configs: [
          {
            versionInfo: version(history.length - 1),
            dynamicActiveClusters: clusters(objects).map((name) => ({ cluster: { name } })),
          },
          { dynamicRouteConfigs: routeConfigs(objects, isGateway ? 'shop/edge' : 'mesh') },
        ],
      });
    },
  };
  const syncOf = (proxy: FakeProxy, type: string, id: string): unknown => {
    const [sent, acked] = [nonce(sentTo(proxy)), nonce(pushOf(proxy))];
    const lastError = sent === acked ? {} : { lastError: `unknown route\n to ${proxy.refuses ?? ''}` };
    const status = { sent, acked, ...lastError };
    const kinds = ['route.v3.RouteConfiguration', 'cluster.v3.Cluster', 'endpoint.v3.ClusterLoadAssignment'];
    return {
      proxy: id,
      proxy_type: type,
      resources: Object.fromEntries(
        kinds.map((kind) => [
          `type.googleapis.com/envoy.config.${kind}`,
          kind.startsWith('route') ? status : { sent, acked: sent },
        ]),
      ),
    };
  };
  Object.assign(store, {
    proxies,
    gateways: (names: readonly string[]) =>
      Promise.resolve({
        found: mesh.places.filter(({ name }) => names.includes(name)),
        missing: mesh.missing.filter(({ resource }) => resource === 'gateways'),
      }),
  });
  return mesh;
}

const version = (push: number): string => `2030-01-01T00:00:00Z/${push}`;
const nonce = (push: number): string => `${version(push)}d4e2100c-4a6d-4884-9b45-744429cac77b`;

const fullHost = (host: string): string => (host.includes('.') ? host : `${host}.shop.svc.cluster.local`);

/** Names of the clusters that a proxy has for these. */
export function clusters(objects: readonly Routing[]): readonly string[] {
  return objects.flatMap((rule) =>
    rule.kind === 'DestinationRule'
      ? ['', ...(rule.spec.subsets ?? []).map(({ name }) => name)].map(
          (subset) => `outbound|80|${subset}|${fullHost(rule.spec.host)}`,
        )
      : [],
  );
}

/** Route configurations that a proxy of this Gateway has for these. */
export function routeConfigs(objects: readonly Routing[], gateway: string): readonly unknown[] {
  return objects.flatMap((one) => {
    if (one.kind !== 'VirtualService' || !(one.spec.gateways ?? ['mesh']).includes(gateway)) return [];
    const { namespace, name } = one.metadata;
    const config = `/apis/networking.istio.io/v1/namespaces/${namespace}/virtual-service/${name}`;
    const routes = (one.spec.http ?? []).flatMap((route) =>
      (route.match ?? [undefined]).map((block) => ({
        name: route.name,
        match: { prefix: '/', headers: headersOf(block) },
        route: actionOf(route.route ?? []),
        metadata: { filter_metadata: { istio: { config } } },
      })),
    );
    const virtual_hosts = [{ name: `${one.spec.hosts?.[0] ?? ''}:80`, routes }];
    return [{ route_config: { name: gateway === 'mesh' ? '80' : 'http.80', virtual_hosts } }];
  });
}

/** One destination is no list; of a list, what gets nothing is left out. */
function actionOf(destinations: readonly RouteDestination[]): unknown {
  const clusters = destinations.map(({ destination: { host, subset }, weight }) => ({
    name: `outbound|80|${subset ?? ''}|${fullHost(host)}`,
    weight: weight ?? 0,
  }));
  return clusters.length === 1
    ? { cluster: clusters[0]?.name }
    : { weighted_clusters: { clusters: clusters.filter(({ weight }) => weight > 0) } };
}

function headersOf(block: Match | undefined): readonly unknown[] {
  return Object.entries(block?.headers ?? {}).map(([name, string_match]) => ({ name, string_match }));
}
