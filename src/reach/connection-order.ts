/**
 * Which of all tcp and tls routes a proxy uses for a connection: the first tcp route for a port, of all VirtualServices for
 * a gateway, and the first tls route that has the name of the server (SNI).
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/gateway.go buildGatewayNetworkFiltersFromTCPRoutes
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/tls.go
 */
import { gatewayName, gatewaysOf } from '../istio/gateways.ts';
import { hostsOf } from '../istio/hosts.ts';
import { covers } from '../istio/matches.ts';
import { exportsOf } from '../istio/requests/visible.ts';
import type { Match, Route, RouteKind, VirtualService } from '../istio/types.ts';
import { keyOfObject } from './listed.ts';
import { hasNoAge } from './scopes.ts';

type ConnectionKind = Exclude<RouteKind, 'http'>;

export interface ConnectionRoute {
  readonly kind: ConnectionKind;
  readonly index: number;
  readonly route: Route;
  readonly virtualService: VirtualService;
}

/** Blocks that may stand before a route, by what they are for: kind, port and server name. */
export type ListedBlocks = ReadonlyMap<string, readonly ListedBlock[]>;

interface ListedBlock {
  readonly of: ConnectionRoute;
  readonly block: Match;
  /** Of other hosts at a gateway: it counts where the Gateway has a server for them at this port. */
  readonly isOfOtherHosts: boolean;
}

/** What a proxy finds before a route. */
interface FoundBefore {
  readonly of: ConnectionRoute;
  readonly isOfOtherHosts: boolean;
  /** It has one of the server names of the block alone. */
  readonly isPart: boolean;
}

export const NOTHING_LISTED: ListedBlocks = new Map();

/** Blocks that are held against one block: a person who writes more for one port has none that counts twice. */
const MOST_HELD = 200;

/** The tcp and tls routes of a VirtualService. */
export function routesIn(virtualService: VirtualService): readonly ConnectionRoute[] {
  return (['tls', 'tcp'] as const).flatMap((kind) =>
    (virtualService.spec[kind] ?? []).map((route, index) => ({ kind, index, route, virtualService })),
  );
}

/** What a proxy may find before the routes of a VirtualService, and these; of manifests without dates, all that may be. */
export function listedBefore(
  virtualService: VirtualService,
  gateway: string,
  order: readonly VirtualService[],
): ListedBlocks {
  const own = keyOfObject(virtualService);
  const position = order.findIndex((other) => keyOfObject(other) === own);
  const hosts = hostsOf(virtualService);
  const isOfSameHosts = (other: VirtualService): boolean =>
    hosts.length > 0 && hosts.every((host) => hostsOf(other).some((one) => one === '*' || one === host));
  const others = order.filter(
    (other, at) =>
      keyOfObject(other) !== own &&
      (at < position || hasNoAge(other) || hasNoAge(virtualService)) &&
      gatewaysOf(other).includes(gateway) &&
      exportsOf(other).has('*') &&
      // A gateway looks at no host of a VirtualService once a server has any of them.
      (gateway !== 'mesh' || isOfSameHosts(other)),
  );
  const blocks = [...others, virtualService].flatMap((other) => {
    const isOfOtherHosts = !isOfSameHosts(other);
    return routesIn(other)
      .filter(({ route }) => (route.route ?? []).length > 0)
      .flatMap((of) =>
        blocksAt(of, gateway)
          .flatMap((block) => byName(of.kind, block))
          .map((block): ListedBlock => ({ of, block, isOfOtherHosts })),
      );
  });
  return Map.groupBy(blocks, ({ of, block }) => keyOf(of.kind, block.port ?? 0, block.sniHosts?.[0]));
}

function keyOf(kind: ConnectionKind, port: number, name = ''): string {
  return `${kind} ${port} ${name}`;
}

/** The route before this one that gets all that it is for; `too many`: not all that may be were looked at. */
export function takerBefore(
  one: ConnectionRoute,
  gateway: string,
  listed: ListedBlocks,
): FoundBefore | 'too many' | undefined {
  let taker: FoundBefore | undefined;
  for (const block of blocksAt(one, gateway)) {
    const names = byName(one.kind, block).map((narrow) => firstBefore(one, narrow, listed));
    if (names.includes('too many')) return 'too many';
    const found = names.filter((of) => of !== undefined && of !== 'too many');
    const [first] = found;
    const isPart = found.length < names.length;
    if (first === undefined || (isPart && gateway === 'mesh')) return undefined;
    taker ??= {
      of: first.of,
      isOfOtherHosts: found.every(({ isOfOtherHosts }) => isOfOtherHosts),
      isPart,
    };
  }
  return taker;
}

function firstBefore(
  one: ConnectionRoute,
  narrow: Match,
  listed: ListedBlocks,
): ListedBlock | 'too many' | undefined {
  const [port, name] = [narrow.port ?? 0, narrow.sniHosts?.[0]];
  const keys = new Set([port, 0].flatMap((at) => [keyOf(one.kind, at, name), keyOf(one.kind, at)]));
  return firstOf(
    [...keys].map((key) => listed.get(key) ?? []),
    one,
    narrow,
  );
}

/** Looks at no more than `MOST_HELD`, so that the time grows with the routes and not with their square. */
function firstOf(
  lists: readonly (readonly ListedBlock[])[],
  one: ConnectionRoute,
  narrow: Match,
): ListedBlock | 'too many' | undefined {
  let held = 0;
  let ofOtherHosts: ListedBlock | undefined;
  for (const list of lists) {
    for (const listed of list) {
      const { of, block } = listed;
      // The own ones stand at the end, in their order.
      if (of.virtualService === one.virtualService && of.index >= one.index) break;
      if (held === MOST_HELD) return 'too many';
      held += 1;
      if (!covers(block, narrow)) continue;
      if (!listed.isOfOtherHosts) return listed;
      ofOtherHosts ??= listed;
    }
  }
  return ofOtherHosts;
}

/**
 * The blocks for a gateway, without saying so, and without what a gateway looks at in no block of tcp and tls.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/gateway.go l4SingleMatch
 */
export function blocksAt({ route, virtualService }: ConnectionRoute, gateway: string): readonly Match[] {
  const { match = [] } = route;
  if (match.length === 0) return [{}];
  return match
    .filter((block) => isBlockFor(block, gateway, virtualService))
    .map(({ gateways: _, ...block }): Match => {
      if (gateway === 'mesh') return block;
      const { port, sniHosts } = block;
      return { ...(port !== undefined && { port }), ...(sniHosts !== undefined && { sniHosts }) };
    });
}

/** One of tls as one for each server name: these go by no order. */
function byName(kind: ConnectionKind, block: Match): readonly Match[] {
  const names = block.sniHosts ?? [];
  return kind === 'tls' && names.length > 0 ? names.map((one) => ({ ...block, sniHosts: [one] })) : [block];
}

/** Has a route a block for a gateway? */
export function hasBlockAt({ match = [] }: Route, gateway: string, virtualService: VirtualService): boolean {
  return match.length === 0 || match.some((block) => isBlockFor(block, gateway, virtualService));
}

function isBlockFor({ gateways = [] }: Match, gateway: string, { metadata }: VirtualService): boolean {
  return gateways.length === 0 || gateways.some((one) => gatewayName(one, metadata.namespace) === gateway);
}
