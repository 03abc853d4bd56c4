/**
 * The one list of routes that a proxy looks through for a host, made of all VirtualServices in sight.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/gateway.go buildGatewayHTTPRouteConfig
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/httproute.go BuildSidecarOutboundVirtualHosts
 */
import { isObject } from '../../json.ts';
import { gatewayName } from '../gateways.ts';
import { resolveHost } from '../hosts.ts';
import type { Match, Route, VirtualService } from '../types.ts';
import { effectiveRoutes, type EffectiveRoute } from './delegates.ts';
import { inScope } from './meets.ts';
import { hostOf, type Entry } from './request.ts';
import { exportsOf, isVisible } from './visible.ts';

/** A route as the proxy has it: delegates merged, gateways by their full names. */
export interface ListedRoute {
  /** The one that names host and gateway. */
  readonly virtualService: VirtualService;
  /** Position in its `http`. */
  readonly index: number;
  /** The VirtualService that the route's destinations are written in: itself, or the delegate. */
  readonly from: VirtualService;
  /** Position in the `http` of `from`. */
  readonly fromIndex: number;
  /**
   * With only those match blocks that istiod keeps for this port and proxy. One block that takes everything, among
   * others, stands at the end of the list, as a route of its own.
   */
  readonly route: Route;
}

/** What a proxy has for a host. */
export interface VirtualHost {
  /** As VirtualServices say it, resolved: `shop.io`, `*.shop.io`, `*`. */
  readonly host: string;
  readonly routes: readonly ListedRoute[];
}

/**
 * The routes that a request for `entry.authority` is held against, in their order, or undefined where no
 * VirtualService is for its host: then a gateway answers 404, and the mesh sends to the service itself.
 *
 * The most specific host alone counts: a request that finds no route there isn't tried on a wider one. At a
 * gateway, all VirtualServices with that host follow each other from the oldest to the newest, and routes that take
 * everything come last; in the mesh the oldest is the only one. A Gateway's own `hosts` are not looked at: it is
 * taken to serve those of the VirtualServices as they are written.
 *
 * @see https://istio.io/latest/docs/ops/best-practices/traffic-management/#split-virtual-services
 */
export function virtualHost(
  virtualServices: readonly VirtualService[],
  entry: Entry,
): VirtualHost | undefined {
  const proxyNamespace = entry.gateway === 'mesh' ? entry.sourceNamespace : entry.gateway.split('/')[0];
  const candidates = tableOf(virtualServices)
    .filter(
      ({ gateways, virtualService }) =>
        gateways.has(entry.gateway) && isVisible(virtualService, proxyNamespace),
    )
    .map((root) => ({ root, rank: exportRank(root.virtualService, proxyNamespace) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ root }) => root);
  return entry.gateway === 'mesh' ? meshHost(candidates, entry) : gatewayHost(candidates, entry);
}

function gatewayHost(candidates: readonly Root[], entry: Entry): VirtualHost | undefined {
  const asked = hostOf(entry.authority);
  // Istiod leaves out a VirtualService without any route for this port, its hosts too.
  const lists = new Map<Root, readonly ListedRoute[]>();
  const listOf = (root: Root): readonly ListedRoute[] => {
    const list = lists.get(root) ?? keptRoutes(root, entry);
    lists.set(root, list);
    return list;
  };
  const host = mostSpecific(candidates, asked, (root) => listOf(root).length > 0);
  if (host === undefined) return undefined;
  const routes = candidates.filter(({ hosts }) => hosts.includes(host)).flatMap(listOf);
  return { host, routes: [...routes.filter(isNoCatchAll), ...routes.filter((one) => !isNoCatchAll(one))] };
}

function meshHost(candidates: readonly Root[], entry: Entry): VirtualHost | undefined {
  const asked = hostOf(entry.authority);
  for (const name of meshNames(asked, entry.sourceNamespace)) {
    for (const root of candidates) {
      const names = name.includes('.')
        ? [name]
        : [name, resolveHost(name, root.virtualService.metadata.namespace)];
      const host = root.hosts.find((one) => names.includes(one));
      if (host === undefined) continue;
      const routes = keptRoutes(root, entry);
      if (routes.length > 0) return { host, routes };
    }
  }
  const wide = meshNames(asked, entry.sourceNamespace).flatMap(
    (name) => mostSpecific(candidates, name, () => true) ?? [],
  );
  const host = wide.sort((a, b) => b.length - a.length)[0];
  const root = candidates.find(({ hosts }) => host !== undefined && hosts.includes(host));
  const routes = root === undefined ? [] : keptRoutes(root, entry);
  return host === undefined || routes.length === 0 ? undefined : { host, routes };
}

/**
 * The names that a host header in the mesh may stand for: `api` of the caller's namespace, `api.shop`,
 * `api.shop.svc`; a final dot says that it is whole.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/httproute.go GenerateAltVirtualHosts
 */
export function meshNames(host: string, sourceNamespace: string | undefined): readonly string[] {
  const name = host.replace(/\.$/, '');
  const parts = name.split('.');
  if (parts.length === 1)
    return sourceNamespace === undefined ? [name] : [resolveHost(name, sourceNamespace)];
  if (parts.length === 2) return [name, `${name}.svc.cluster.local`];
  if (parts.length === 3 && parts[2] === 'svc') return [name, `${name}.cluster.local`];
  return [name];
}

function mostSpecific(
  roots: readonly Root[],
  asked: string,
  counts: (root: Root) => boolean,
): string | undefined {
  let best: string | undefined;
  for (const root of roots) {
    for (const host of root.hosts) {
      if (!covers(host, asked)) continue;
      const isBetter =
        best === undefined || (best.startsWith('*') && (!host.startsWith('*') || host.length > best.length));
      if (isBetter && counts(root)) best = host;
    }
  }
  return best;
}

/** `*.shop.io` is for every host that ends in `.shop.io` and has something before it. */
function covers(host: string, asked: string): boolean {
  if (!host.startsWith('*')) return host === asked;
  return asked.length >= host.length && asked.endsWith(host.slice(1));
}

/**
 * The routes with the blocks that are for this port and proxy, up to the first that takes everything: istiod leaves
 * out what comes after it, so that another VirtualService's routes, and not these, come next.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go BuildHTTPRoutesForVirtualService
 */
function keptRoutes(root: Root, entry: Entry): readonly ListedRoute[] {
  const { virtualService } = root;
  const kept: ListedRoute[] = [];
  for (const { index, route, from, fromIndex } of root.routes()) {
    const place = { virtualService, index, from, fromIndex };
    const blocks = route.match ?? [];
    if (blocks.length === 0) return [...kept, { ...place, route }];
    const others: Match[] = [];
    let last: Match | undefined;
    for (const block of blocks) {
      const scope = inScope(block, entry).state;
      if (scope === 'unmet') continue;
      if (!takesAll(block)) {
        others.push(block);
      } else if (scope === 'met') {
        last = block;
        break;
      } else {
        kept.push({ ...place, route: { ...route, match: [block] } });
      }
    }
    if (others.length > 0) {
      kept.push({ ...place, route: others.length === blocks.length ? route : { ...route, match: others } });
    }
    if (last !== undefined) return [...kept, { ...place, route: { ...route, match: [last] } }];
  }
  return kept;
}

/**
 * The routes of the VirtualServices of `list` that have no block for this port and proxy: the proxy never hears of
 * them, but a person who looks at the VirtualService does, and asks why they are passed over.
 */
export function outOfScope(
  virtualServices: readonly VirtualService[],
  list: readonly ListedRoute[],
  entry: Entry,
): readonly ListedRoute[] {
  const used = new Set(list.map(({ virtualService }) => virtualService));
  return tableOf(virtualServices)
    .filter(({ virtualService }) => used.has(virtualService))
    .flatMap(({ virtualService, routes }) =>
      routes()
        .filter(
          ({ route: { match = [] } }) =>
            match.length > 0 && match.every((block) => inScope(block, entry).state === 'unmet'),
        )
        .map(({ index, route, from, fromIndex }) => ({ virtualService, index, route, from, fromIndex })),
    );
}

/** Is it one of those that go to the end of a gateway's list? Only these spellings do, `.+` does not. */
function takesAll({ uri, method, authority, scheme, headers, withoutHeaders, queryParams }: Match): boolean {
  if (method ?? authority ?? scheme) return false;
  for (const map of [headers, withoutHeaders, queryParams]) {
    if (map !== undefined && Object.keys(map).length > 0) return false;
  }
  if (uri === undefined) return true;
  const { exact, prefix, regex } = uri;
  if (prefix !== undefined) return prefix === '/';
  return exact === undefined && (regex === undefined || regex === '.*');
}

function isNoCatchAll({ route: { match = [] } }: ListedRoute): boolean {
  return match.length > 0 && !match.some(takesAll);
}

/** A VirtualService as one that istiod makes routes of; one without hosts is for no request. */
interface Root {
  readonly virtualService: VirtualService;
  /** Resolved, in lower case. */
  readonly hosts: readonly string[];
  /** `mesh` or `namespace/name`. */
  readonly gateways: ReadonlySet<string>;
  readonly routes: () => readonly EffectiveRoute[];
}

const tables = new WeakMap<readonly VirtualService[], readonly Root[]>();

/** From the oldest to the newest, then by name and namespace: `sortMergedVirtualServicesByCreationTime`. */
function tableOf(virtualServices: readonly VirtualService[]): readonly Root[] {
  const known = tables.get(virtualServices);
  if (known !== undefined) return known;
  const byName = new Map(
    virtualServices.map((one) => [`${one.metadata.namespace}/${one.metadata.name}`, one]),
  );
  const table = virtualServices.toSorted(byAge).map((virtualService): Root => {
    const { metadata, spec } = virtualService;
    const gateways = spec.gateways ?? [];
    let routes: readonly EffectiveRoute[] | undefined;
    return {
      virtualService,
      hosts: (spec.hosts ?? []).map((host) =>
        (host === '*' ? host : resolveHost(host, metadata.namespace)).toLowerCase(),
      ),
      gateways: new Set(
        gateways.length === 0
          ? ['mesh']
          : gateways.map((gateway) => gatewayName(gateway, metadata.namespace)),
      ),
      routes: () =>
        (routes ??= effectiveRoutes(virtualService, (namespace, name) => byName.get(`${namespace}/${name}`))),
    };
  });
  tables.set(virtualServices, table);
  return table;
}

function byAge(a: VirtualService, b: VirtualService): number {
  return (
    createdAt(a) - createdAt(b) ||
    compareTexts(a.metadata.name, b.metadata.name) ||
    compareTexts(a.metadata.namespace, b.metadata.namespace)
  );
}

/** Manifests have no time of creation: then names alone decide. */
function createdAt({ metadata }: VirtualService): number {
  const text = isObject(metadata) ? metadata['creationTimestamp'] : undefined;
  const time = typeof text === 'string' ? Date.parse(text) : NaN;
  return Number.isNaN(time) ? 0 : time;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What is exported to the proxy's namespace by name comes first, its own before that of others, then the public. */
function exportRank(virtualService: VirtualService, proxyNamespace: string | undefined): number {
  if (exportsOf(virtualService).has('*')) return 2;
  return virtualService.metadata.namespace === proxyNamespace ? 0 : 1;
}
