/** What istiod's `/debug/syncz` says of the proxies that are connected to it. */
import { at, listAt, textAt } from './dump-json.ts';

/** How far a proxy is with one kind of resource. */
export interface Delivery {
  /** The nonce of what was sent last, and of what was acknowledged last; empty: nothing. */
  readonly sent: string;
  readonly acked: string;
  /** Envoy's reason for refusing what was sent; empty: it refused nothing since. In words of others. */
  readonly lastError: string;
}

export interface SyncedProxy {
  /** `pod.namespace` */
  readonly id: string;
  /** `sidecar`, `router` (a gateway), `waypoint`, … */
  readonly type: string;
  readonly routes: Delivery;
  readonly clusters: Delivery;
  readonly endpoints: Delivery;
  readonly listeners: Delivery;
}

const TYPES = 'type.googleapis.com/envoy.config.';

/** @see https://github.com/istio/istio/blob/master/pilot/pkg/xds/debug.go SyncStatus */
export function syncedProxies(syncz: unknown): readonly SyncedProxy[] {
  const entries = Array.isArray(syncz) ? syncz : listAt(syncz, 'proxies');
  return entries.map((entry) => {
    const delivery = (kind: string): Delivery => {
      const found = at(entry, 'resources', TYPES + kind);
      return {
        sent: textAt(found, 'sent'),
        acked: textAt(found, 'acked'),
        lastError: textAt(found, 'lastError'),
      };
    };
    return {
      id: textAt(entry, 'proxy'),
      type: textAt(entry, 'proxy_type'),
      routes: delivery('route.v3.RouteConfiguration'),
      clusters: delivery('cluster.v3.Cluster'),
      endpoints: delivery('endpoint.v3.ClusterLoadAssignment'),
      listeners: delivery('listener.v3.Listener'),
    };
  });
}

/** Has the proxy taken all that was sent of this kind? */
export function isAcknowledged({ sent, acked, lastError }: Delivery): boolean {
  return sent === acked && lastError === '';
}

/**
 * The number of the push that a version or a nonce is of; undefined where it has none. A nonce is the version with a
 * UUID behind it, and nothing in between.
 *
 * @example pushNumber('2026-11-26T02:52:39Z/7'), pushNumber('2026-11-26T02:52:39Z/7d4e2100c-4a6d-4884-9b45-744429cac77b') // 7
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/xds/ads.go nonce
 */
export function pushNumber(text: string): number | undefined {
  const version = text.replace(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/, '');
  const [, number] = /\/(\d+)$/.exec(version) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** Has the proxy taken something that istiod made later than this version? */
export function hasTakenLater(delivery: Delivery, version: string): boolean {
  const [taken, other] = [pushNumber(delivery.acked), pushNumber(version)];
  return isAcknowledged(delivery) && taken !== undefined && other !== undefined && taken > other;
}

/** What a proxy refuses, in Envoy's words. */
export interface Refusal {
  readonly id: string;
  readonly what: 'routes' | 'clusters' | 'listeners';
  readonly words: string;
}

/**
 * What proxies refuse since an earlier look: istiod keeps the last reason until the proxy has taken something newer.
 *
 * @param before undefined: nobody looked
 */
export function refusalsSince(
  before: readonly SyncedProxy[] | undefined,
  now: readonly SyncedProxy[],
): readonly Refusal[] {
  const earlier = new Map((before ?? []).map((proxy) => [proxy.id, proxy]));
  return now.flatMap((proxy) =>
    (['routes', 'clusters', 'listeners'] as const).flatMap((what): Refusal[] => {
      const { lastError } = proxy[what];
      const old = earlier.get(proxy.id)?.[what];
      // A proxy that nobody has seen before may have refused it long ago; the same words are about the same fault.
      if (lastError === '' || old === undefined || old.lastError === lastError) return [];
      return [{ id: proxy.id, what, words: lastError }];
    }),
  );
}
