/** Whether one proxy has what it must have, by what it showed before the write and shows now. */
import { unusable, type ClusterRef } from './clusters.ts';
import { compareRoutes } from './compare-routes.ts';
import type { Root } from './expected-routes.ts';
import type { ProxyRouteList } from './proxy-routes.ts';
import type { Wanted } from './wanted.ts';
import { differenceWords } from './words.ts';

/** What a proxy shows: its routes, or the clusters that it can send to. */
export type Shown =
  | { readonly kind: 'routes'; readonly lists: readonly ProxyRouteList[] }
  | { readonly kind: 'clusters'; readonly names: ReadonlySet<string> };

export type Standing =
  | { readonly kind: 'has' }
  /** It looks as it must, and looked so before: istiod may still be about to push what was in between. */
  | { readonly kind: 'looks-the-same' }
  /** `why`: part of a sentence, `it still sends route main to v1 100 %`. */
  | { readonly kind: 'lacks'; readonly why: string };

/**
 * A look alone proves nothing where it finds what it had found before the write: a change that is taken back at once may
 * still be on its way, and what follows it as well. What wasn't there before and is there now was pushed after the write.
 *
 * @param before undefined: nobody looked
 * @param gateways that the proxy serves; `mesh` for a sidecar
 */
export function standingOf(
  wanted: Wanted,
  before: Shown | undefined,
  now: Shown,
  gateways: readonly string[],
): Standing {
  if (now.kind === 'clusters') return standingOfSubsets(wanted.subsets, before, now.names);
  const named = stillNamed(wanted.gone, now.lists);
  if (named !== undefined) {
    const { virtualHost, ref } = named;
    return { kind: 'lacks', why: `${virtualHost} still has a route to ${ref.subset} of ${ref.host}` };
  }
  const earlier = before?.kind === 'routes' ? before.lists : undefined;
  const standings = wanted.roots
    .filter((root) => root.gateways.some((gateway) => gateways.includes(gateway)))
    .map((root) => standingOfRoot(root, earlier, now.lists, gateways));
  return (
    standings.find(({ kind }) => kind === 'lacks') ??
    standings.find(({ kind }) => kind === 'looks-the-same') ?? { kind: 'has' }
  );
}

function standingOfRoot(
  root: Root,
  before: readonly ProxyRouteList[] | undefined,
  now: readonly ProxyRouteList[],
  gateways: readonly string[],
): Standing {
  const state = compareRoutes(root, now, gateways);
  const earlier = before === undefined ? undefined : compareRoutes(root, before, gateways).kind;
  switch (state.kind) {
    case 'lacks':
      return { kind: 'lacks', why: differenceWords(state) };
    case 'has': {
      if (before === undefined || earlier === undefined) return { kind: 'looks-the-same' };
      const isNew =
        earlier !== 'has' || (isToTheLetter(root, now, gateways) && !isToTheLetter(root, before, gateways));
      return { kind: isNew ? 'has' : 'looks-the-same' };
    }
    case 'absent':
      // One that never served it: its hosts are not the Gateway's, or it is not exported there.
      return earlier === undefined || earlier === 'absent'
        ? { kind: 'looks-the-same' }
        : { kind: 'lacks', why: `it has no route of VirtualService ${root.owner} any more` };
  }
}

/** After a promote of a build with all of the requests, requests go as before, and the list of destinations is gone. */
function isToTheLetter(root: Root, lists: readonly ProxyRouteList[], gateways: readonly string[]): boolean {
  return compareRoutes(root, lists, gateways, 'to the letter').kind === 'has';
}

function standingOfSubsets(
  subsets: readonly ClusterRef[],
  before: Shown | undefined,
  names: ReadonlySet<string>,
): Standing {
  const [missing] = unusable(subsets, names);
  if (missing !== undefined)
    return { kind: 'lacks', why: `it can't send to ${missing.subset} of ${missing.host} yet` };
  const isNew = before?.kind === 'clusters' && unusable(subsets, before.names).length === subsets.length;
  return isNew || subsets.length === 0 ? { kind: 'has' } : { kind: 'looks-the-same' };
}

/** The first virtual host, of whichever VirtualService, that names one of these subsets. */
function stillNamed(
  gone: readonly ClusterRef[],
  lists: readonly ProxyRouteList[],
): { readonly virtualHost: string; readonly ref: ClusterRef } | undefined {
  if (gone.length === 0) return undefined;
  const keys = new Map(gone.map((ref) => [`${ref.subset}|${ref.host}`, ref]));
  for (const { virtualHost, routes } of lists) {
    for (const { action } of routes) {
      if (action.kind !== 'send') continue;
      for (const { host, subset } of [...action.shares.map(({ cluster }) => cluster), ...action.copies]) {
        const ref = keys.get(`${subset}|${host}`);
        if (ref !== undefined) return { virtualHost, ref };
      }
    }
  }
  return undefined;
}
