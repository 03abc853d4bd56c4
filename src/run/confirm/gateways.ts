/** Asks the pods of gateways what they have, through Envoy's admin interface. */
import { toTrafficError } from '../../base/errors.ts';
import { clustersIn } from '../../confirm/clusters.ts';
import { parsedDump } from '../../confirm/dump-json.ts';
import type { Shown } from '../../confirm/judge.ts';
import { routeListsIn } from '../../confirm/proxy-routes.ts';
import type { Wanted } from '../../confirm/wanted.ts';
import type { MeshPod, Proxies } from '../../ports/proxies.ts';
import type { Ways } from './ways.ts';
import { fullName } from '../../base/title.ts';

/** Envoy's admin interface, on loopback in every pod of Istio. */
const ADMIN_PORT = 15_000;

/** A pod of a gateway, and the Gateways that it serves. */
export interface GatewayPod {
  /** `namespace/name` */
  readonly title: string;
  readonly pod: MeshPod;
  readonly gateways: readonly string[];
}

/**
 * The pods that are ready: one that isn't gets no requests.
 *
 * @throws TrafficError as the port
 */
export async function gatewayPods({ proxies, gateways }: Ways): Promise<readonly GatewayPod[]> {
  const listed = await Promise.all(
    gateways.flatMap(({ name, selector, namespaces }) =>
      namespaces.map(async (namespace) =>
        (await proxies.pods(namespace, selector)).map((pod) => ({ name, pod })),
      ),
    ),
  );
  const byTitle = Map.groupBy(
    listed.flat().filter(({ pod }) => pod.ready),
    ({ pod }) => fullName(pod),
  );
  return [...byTitle].flatMap(([title, [first, ...more]]) =>
    first === undefined
      ? []
      : [{ title, pod: first.pod, gateways: [first, ...more].map(({ name }) => name) }],
  );
}

export type Answer =
  | { readonly kind: 'shown'; readonly shown: Shown }
  /** The pod is not there any more. */
  | { readonly kind: 'gone' }
  /** `why`: part of a sentence. */
  | { readonly kind: 'none'; readonly why: string };

const RESOURCES = { 'add-subsets': 'dynamic_active_clusters', routes: 'dynamic_route_configs' } as const;

/** What a proxy shows of a phase: the clusters that it can send to, or its routes. Never throws. */
export async function askEnvoy(
  proxies: Proxies,
  pod: MeshPod,
  phase: Wanted['phase'],
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const path = `/config_dump?resource=${RESOURCES[phase]}`;
    const dump = parsedDump(await proxies.get(pod, ADMIN_PORT, path, signal));
    if (dump === undefined) return { kind: 'none', why: 'what answers there is no Envoy' };
    const shown: Shown =
      phase === 'routes'
        ? { kind: 'routes', lists: routeListsIn(dump) }
        : { kind: 'clusters', names: clustersIn(dump) };
    return { kind: 'shown', shown };
  } catch (thrown) {
    const { reason, message } = toTrafficError(thrown);
    return reason === 'not-found' ? { kind: 'gone' } : { kind: 'none', why: message.replace(/\.$/, '') };
  }
}
