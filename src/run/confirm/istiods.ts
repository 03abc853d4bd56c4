/** Asks the pods of istiod how far the proxies are. */
import { toTrafficError } from '../../base/errors.ts';
import { clustersIn, clusterRef } from '../../confirm/clusters.ts';
import { parsedDump } from '../../confirm/dump-json.ts';
import { syncedProxies, type SyncedProxy } from '../../confirm/istiod.ts';
import type { Shown } from '../../confirm/judge.ts';
import { routeListsIn, versionOfDump } from '../../confirm/proxy-routes.ts';
import type { Wanted } from '../../confirm/wanted.ts';
import type { MeshPod, Proxies } from '../../ports/proxies.ts';
import { ISTIOD_LABELS, ISTIOD_NAMESPACE, type Ways } from './ways.ts';

/** istiod's own port, which needs no credentials on loopback. */
const ISTIOD_PORT = 15_014;

/** The pods of istiod that are ready. */
export async function istiodPods({ proxies }: Pick<Ways, 'proxies'>): Promise<readonly MeshPod[]> {
  return (await proxies.pods(ISTIOD_NAMESPACE, ISTIOD_LABELS)).filter(({ ready }) => ready);
}

export type SyncAnswer =
  | { readonly kind: 'proxies'; readonly proxies: readonly SyncedProxy[] }
  /**
   * `why`: part of a sentence. `isRefused`: it won't be answered later either, because a policy forbids to ask, or istiod
   * answers no such question (`ENABLE_DEBUG_ON_HTTP`).
   */
  | { readonly kind: 'none'; readonly why: string; readonly isRefused: boolean };

/** Milliseconds that istiod may take where it is asked for refusals alone, and nothing depends on its answer. */
const REFUSALS_LIMIT = 1_000;

/** The proxies that are connected to one istiod. Never throws. */
export async function askSync(ways: Ways, pod: MeshPod, signal: AbortSignal): Promise<SyncAnswer> {
  const limit = ways.isMeshAsked ? signal : AbortSignal.any([signal, AbortSignal.timeout(REFUSALS_LIMIT)]);
  try {
    const dump = parsedDump(await ways.proxies.get(pod, ISTIOD_PORT, '/debug/syncz', limit));
    if (dump === undefined) return { kind: 'none', why: 'what answers there is no istiod', isRefused: true };
    return { kind: 'proxies', proxies: syncedProxies(dump) };
  } catch (thrown) {
    const { reason, message } = toTrafficError(thrown);
    const isRefused = reason === 'forbidden' || reason === 'rejected';
    return { kind: 'none', why: message.replace(/\.$/, ''), isRefused };
  }
}

/** As istiod names the proxy of a pod: `edge-1.istio-system`. */
export function idOf({ name, namespace }: MeshPod): string {
  return `${name}.${namespace}`;
}

/** What istiod means a proxy to have, and the push that it is of. */
export interface Meant {
  readonly shown: Shown;
  readonly version: string;
}

/** @returns undefined where istiod does not say: it does not know the proxy (any more), or does not answer. Never throws. */
export async function askMeant(
  proxies: Proxies,
  pod: MeshPod,
  id: string,
  phase: Wanted['phase'],
  signal: AbortSignal,
): Promise<Meant | undefined> {
  try {
    const path = `/debug/config_dump?proxyID=${encodeURIComponent(id)}`;
    const dump = parsedDump(await proxies.get(pod, ISTIOD_PORT, path, signal));
    if (dump === undefined) return undefined;
    const shown: Shown =
      phase === 'routes'
        ? { kind: 'routes', lists: routeListsIn(dump) }
        : { kind: 'clusters', names: clustersIn(dump) };
    return { shown, version: versionOfDump(dump) };
  } catch {
    return undefined;
  }
}

/** Does a change concern a proxy that is meant to have this? */
export function isConcerned(wanted: Wanted, shown: Shown): boolean {
  if (shown.kind === 'routes') {
    const owners = new Set(wanted.roots.map(({ owner }) => owner));
    return shown.lists.some(({ routes }) => routes.some(({ owner }) => owner !== null && owners.has(owner)));
  }
  const hosts = new Set(wanted.subsets.map(({ host }) => host));
  return [...shown.names].some((name) => hosts.has(clusterRef(name)?.host ?? ''));
}
