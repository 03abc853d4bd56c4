/**
 * The one list of routes that a proxy looks through for a host, made of all VirtualServices in sight.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/gateway.go buildGatewayHTTPRouteConfig
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/httproute.go BuildSidecarOutboundVirtualHosts
 */
import { resolveHost } from '../hosts.ts';
import type { VirtualService } from '../types.ts';
import { isNoCatchAll, keptRoutes, type ListedRoute, type RootRoutes } from './kept-routes.ts';
import { meshNames } from './mesh-names.ts';
import { hostOf, type EntryPoint } from './request.ts';
import { exportRank, rootsOf, type Root } from './roots.ts';
import { ALL_SEEN, type Seen } from './seen.ts';
import { hostsOfBoth } from './server-hosts.ts';
import { isVisible } from './visible.ts';

/** What a proxy has for a host. */
export interface VirtualHost {
  /** As VirtualServices say it, resolved: `shop.io`, `*.shop.io`, `*`. */
  readonly host: string;
  readonly routes: readonly ListedRoute[];
  /**
   * The same with those in their places that have no block for this port and proxy: the proxy never hears of them, but
   * a person who looks at the VirtualService does, and asks why they are passed over.
   */
  readonly written: readonly ListedRoute[];
}

/**
 * The routes that a request for `entry.authority` is held against, in their order, or undefined where no
 * VirtualService is for its host: then a gateway answers 404, and the mesh sends to the service itself.
 *
 * The most specific host alone counts: a request that finds no route there isn't tried on a wider one. At a
 * gateway, all VirtualServices with that host follow each other, server by server, from the oldest to the newest, and
 * routes that take everything come last; in the mesh the oldest is the only one. The hosts are those that `entry.served`
 * leaves of a VirtualService's: what is for `*` behind a server for `shop.io` is for `shop.io`.
 *
 * Whether a VirtualService is visible goes by `entry.sourceNamespace`, at a gateway too: its pods need not be where the
 * Gateway is. Where it is absent everything is taken to be visible (see `proxyNamespaces`).
 *
 * @param seen what a delegate that isn't among `virtualServices` means
 * @param oldest one of them that is taken to be older than all others, where nobody knows their ages
 * @see https://istio.io/latest/docs/ops/best-practices/traffic-management/#split-virtual-services
 */
export function virtualHost(
  virtualServices: readonly VirtualService[],
  entry: EntryPoint,
  seen: Seen = ALL_SEEN,
  oldest?: VirtualService,
): VirtualHost | undefined {
  const byEntry = knownHosts.get(virtualServices) ?? new Map<string, VirtualHost | undefined>();
  if (seen !== ALL_SEEN || oldest !== undefined) return makeVirtualHost(virtualServices, entry, seen, oldest);
  knownHosts.set(virtualServices, byEntry);
  const { authority, gateway, port, sourceLabels, openLabels, sourceNamespace, served } = entry;
  const key = JSON.stringify([authority, gateway, port, sourceLabels, openLabels, sourceNamespace, served]);
  if (byEntry.has(key)) return byEntry.get(key);
  // A process that looks at ever more hosts must not keep every list.
  if (byEntry.size >= MOST_KEPT) byEntry.clear();
  const made = makeVirtualHost(virtualServices, entry, seen);
  byEntry.set(key, made);
  return made;
}

const MOST_KEPT = 200;

/** Several VirtualServices of one host are looked at by the same way in. */
const knownHosts = new WeakMap<readonly VirtualService[], Map<string, VirtualHost | undefined>>();

function makeVirtualHost(
  virtualServices: readonly VirtualService[],
  entry: EntryPoint,
  seen: Seen,
  oldest?: VirtualService,
): VirtualHost | undefined {
  const { sourceNamespace } = entry;
  const roots = rootsOf(virtualServices, seen);
  const isOldest = ({ virtualService }: Root): boolean => virtualService === oldest;
  const byAge =
    oldest === undefined ? roots : [...roots.filter(isOldest), ...roots.filter((root) => !isOldest(root))];
  const candidates = byAge
    .filter(
      ({ gateways, virtualService }) =>
        gateways.has(entry.gateway) && isVisible(virtualService, sourceNamespace),
    )
    .map((root) => ({ root, rank: exportRank(root.virtualService, sourceNamespace) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ root }) => root);
  return entry.gateway === 'mesh' ? meshHost(candidates, entry) : gatewayHost(candidates, entry);
}

function gatewayHost(candidates: readonly Root[], entry: EntryPoint): VirtualHost | undefined {
  const asked = hostOf(entry.authority);
  // Istiod leaves out a VirtualService without any route for this port, its hosts too.
  const lists = new Map<Root, RootRoutes>();
  const listOf = (root: Root): RootRoutes => {
    const list = lists.get(root) ?? keptRoutes(root, entry);
    lists.set(root, list);
    return list;
  };
  const isKept = ({ root }: HostedRoot): boolean => listOf(root).kept.length > 0;
  const served = (entry.served ?? [undefined]).flatMap((hosts) =>
    candidates.map((root) => ({ root, hosts: hostsAtServer(root, entry.gateway, hosts) })),
  );
  let hosting: readonly HostedRoot[] = served;
  let host = mostSpecificHost(served, asked, isKept);
  if (host === undefined && entry.served !== undefined) {
    // What no server is for is looked up all the same: why it gets nothing is said elsewhere (`unservedRequest`).
    hosting = candidates.map((root) => ({ root, hosts: root.hosts }));
    host = mostSpecificHost(hosting, asked, isKept);
  }
  const found = host;
  if (found === undefined) return undefined;
  const roots = new Set(hosting.filter(({ hosts }) => hosts.includes(found)).map(({ root }) => root));
  const all = [...roots].map(listOf);
  const routes = all.flatMap(({ kept }) => kept);
  const last = new Set(routes.filter((one) => !isNoCatchAll(one)));
  const sorted = (list: readonly ListedRoute[]): readonly ListedRoute[] => [
    ...list.filter((one) => !last.has(one)),
    ...last,
  ];
  return virtualHostOf(found, sorted(routes), () => sorted(all.flatMap(({ written }) => written)));
}

/** A VirtualService, and the hosts that it has at a server. */
interface HostedRoot {
  readonly root: Root;
  readonly hosts: readonly string[];
}

const knownHostsAt = new WeakMap<readonly string[], WeakMap<Root, readonly string[]>>();

function hostsAtServer(
  root: Root,
  gateway: string,
  served: readonly string[] | undefined,
): readonly string[] {
  if (served === undefined) return root.hosts;
  const known = knownHostsAt.get(served) ?? new WeakMap<Root, readonly string[]>();
  knownHostsAt.set(served, known);
  const hosts = known.get(root) ?? hostsOfBoth(root.virtualService, gateway, served);
  known.set(root, hosts);
  return hosts;
}

function virtualHostOf(
  host: string,
  routes: readonly ListedRoute[],
  written: () => readonly ListedRoute[],
): VirtualHost {
  return {
    host,
    routes,
    // Only a person who reads about one request wants these.
    get written() {
      return written();
    },
  };
}

function meshHost(candidates: readonly Root[], entry: EntryPoint): VirtualHost | undefined {
  const asked = hostOf(entry.authority);
  for (const name of meshNames(asked, entry.sourceNamespace)) {
    for (const root of candidates) {
      const names = name.includes('.')
        ? [name]
        : [name, resolveHost(name, root.virtualService.metadata.namespace)];
      const host = root.hosts.find((one) => names.includes(one));
      if (host === undefined) continue;
      const { kept, written } = keptRoutes(root, entry);
      if (kept.length > 0) return virtualHostOf(host, kept, () => written);
    }
  }
  const wide = meshNames(asked, entry.sourceNamespace).flatMap(
    (name) => mostSpecificHost(candidates, name, () => true) ?? [],
  );
  const host = wide.sort((a, b) => b.length - a.length)[0];
  const root = candidates.find(({ hosts }) => host !== undefined && hosts.includes(host));
  if (host === undefined || root === undefined) return undefined;
  const { kept, written } = keptRoutes(root, entry);
  return kept.length === 0 ? undefined : virtualHostOf(host, kept, () => written);
}

function mostSpecificHost<T extends { readonly hosts: readonly string[] }>(
  roots: readonly T[],
  asked: string,
  counts: (root: T) => boolean,
): string | undefined {
  let best: string | undefined;
  for (const root of roots) {
    for (const host of root.hosts) {
      if (!wildcardCovers(host, asked)) continue;
      const isBetter =
        best === undefined || (best.startsWith('*') && (!host.startsWith('*') || host.length > best.length));
      if (isBetter && counts(root)) best = host;
    }
  }
  return best;
}

/** `*.shop.io` is for every host that ends in `.shop.io` and has something before it. */
function wildcardCovers(host: string, asked: string): boolean {
  if (!host.startsWith('*')) return host === asked;
  return asked.length >= host.length && asked.endsWith(host.slice(1));
}
