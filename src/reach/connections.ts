/**
 * Whether anybody feels what a change does to tcp and tls routes. A proxy uses the first tcp route for a port, of all
 * VirtualServices for a gateway; the name of a server (SNI) belongs to the first tls route that has it.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/gateway.go buildGatewayNetworkFiltersFromTCPRoutes
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/tls.go
 */
import { describeMatch } from '../intent/describe-match.ts';
import { gatewayName, gatewaysOf } from '../istio/gateways.ts';
import { hostsOf } from '../istio/hosts.ts';
import { covers } from '../istio/matches.ts';
import type { Sight } from '../istio/requests/endpoints.ts';
import { exportsOf } from '../istio/requests/visible.ts';
import { rootsOf } from '../istio/requests/roots.ts';
import { ALL_SEEN } from '../istio/requests/seen.ts';
import { unservedRoute } from '../istio/requests/served.ts';
import { unheardInMesh } from '../istio/requests/sidecars.ts';
import { placeOf } from '../istio/routes.ts';
import type { Match, Route, RouteKind, VirtualService } from '../istio/types.ts';
import { sameJson } from '../base/json.ts';
import { titleOf } from '../base/title.ts';
import type { Effect } from './effect.ts';
import type { GuardRule } from './expected/types.ts';
import { keyOfObject } from './listed.ts';
import type { VersionPair } from './lists.ts';
import { listenersOf } from './listeners.ts';
import { brokenCluster } from './not-sent.ts';
import { hasNoAge, homeOf } from './scopes.ts';
import type { AskedReach } from './types.ts';

type ConnectionKind = Exclude<RouteKind, 'http'>;

interface ConnectionRoute {
  readonly kind: ConnectionKind;
  readonly index: number;
  readonly route: Route;
  readonly virtualService: VirtualService;
}

/**
 * A preview is asked for requests alone: a tcp or tls route that is kept to its stable subset beside one says nothing
 * about whether any of them reaches it.
 *
 * @param all every VirtualService in sight, after the change
 */
export function connectionEffects(
  { before, after }: VersionPair,
  all: readonly VirtualService[],
  rule: GuardRule,
  sight: Sight,
): readonly Effect[] {
  if (rule.mustReach !== 'weight-unreachable' || !rule.isMeant(before)) return [];
  // As of requests, what is there already counts: else the same once more would find nothing that is reached.
  const isAskedAbout = ({ kind, index, route }: ConnectionRoute): boolean =>
    !sameJson(before.spec[kind]?.[index] ?? null, route) ||
    rule.ofRoute(before, kind, index).some((expected) => expected.kind !== 'as');
  const routes = routesIn(after).filter(isAskedAbout);
  if (routes.length === 0) return [];
  const order = rootsOf(all, ALL_SEEN).map(({ virtualService }) => virtualService);
  return gatewaysOf(after).flatMap((gateway) => {
    const asked = routes.filter(({ route }) => isFor(route, gateway, after));
    const listed = asked.length === 0 ? NOTHING_LISTED : listedBefore(after, gateway, order);
    return asked.map((one) => effectAt(one, before, gateway, listed, sight));
  });
}

/** Blocks that may stand before a route, by what they are for: kind, port and server name. */
type ListedBlocks = ReadonlyMap<string, readonly ListedBlock[]>;

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

const NOTHING_LISTED: ListedBlocks = new Map();

/** Blocks that are held against one block: a person who writes more for one port has none that counts twice. */
const MOST_HELD = 200;

/** What was found out of requests, with the connections added. */
export function withConnections(
  asked: AskedReach | undefined,
  effects: readonly Effect[],
  { before }: VersionPair,
  { mustReach }: GuardRule,
): AskedReach | undefined {
  if (effects.length === 0 || mustReach === null) return asked;
  const doubts = effects.flatMap((effect) => (effect.kind === 'undecided' ? [effect.why] : []));
  const misses = effects.flatMap((effect) => (effect.kind === 'missed' ? [effect.missed] : []));
  return {
    object: titleOf(before),
    code: mustReach,
    classes: (asked?.classes ?? 0) + effects.length,
    reached: (asked?.reached ?? 0) + effects.length - doubts.length - misses.length,
    undecided: (asked?.undecided ?? 0) + doubts.length,
    doubts: [...new Set([...(asked?.doubts ?? []), ...doubts])],
    misses: [...(asked?.misses ?? []), ...misses],
  };
}

function routesIn(virtualService: VirtualService): readonly ConnectionRoute[] {
  return (['tls', 'tcp'] as const).flatMap((kind) =>
    (virtualService.spec[kind] ?? []).map((route, index) => ({ kind, index, route, virtualService })),
  );
}

function effectAt(
  one: ConnectionRoute,
  before: VirtualService,
  gateway: string,
  listed: ListedBlocks,
  sight: Sight,
): Effect {
  const { kind, index, route, virtualService } = one;
  const who = `connections of ${placeOf({ kind, index })} (${describeMatch(route)})`;
  const missed = (why: string, advice: string): Effect => ({
    kind: 'missed',
    missed: { who, example: null, why, advice },
  });
  if (gateway === 'mesh') {
    const unheard = unheardInMesh(kind, route, virtualService, sight);
    if (unheard?.extent === 'some') return { kind: 'undecided', why: `in the mesh ${unheard.why}` };
    if (unheard !== undefined) return missed(unheard.why, unheard.advice);
  }
  const unserved = unservedRoute(kind, gateway, { match: blocksAt(one, gateway) }, virtualService, sight);
  if (unserved !== undefined) return missed(unserved.why, unserved.advice);
  const found = takerBefore(one, gateway, listed);
  if (found === 'too many') {
    return {
      kind: 'undecided',
      why: `there are so many ${kind} routes for the same port that istiops does not look at all of them`,
    };
  }
  if (found !== undefined) {
    const { of: above, isOfOtherHosts, isPart } = found;
    const place = `${placeOf(above)} of ${titleOf(above.virtualService)}`;
    const gets = isPart
      ? 'has one of these server names, so the gateway leaves the whole match block out'
      : 'gets them';
    if (above.virtualService === virtualService)
      return missed(
        `${place}, above, ${gets}`,
        'Move that route down, narrow its match, or pick other base routes with `routes`.',
      );
    if (hasNoAge(above.virtualService) || hasNoAge(virtualService)) {
      const both = `${titleOf(above.virtualService)} and ${titleOf(virtualService)}`;
      const why = `${both} have ${kind} routes for the same connections, and which of them is older can't be told from what is in sight`;
      return { kind: 'undecided', why };
    }
    if (isOfOtherHosts) {
      const why = `${place}, which is older, gets them where Gateway ${gateway} has a server at this port for its hosts (${hostsOf(above.virtualService).join(', ')})`;
      return { kind: 'undecided', why };
    }
    return missed(
      `${place}, which is older and for the same connections, ${gets}`,
      `Make the change there, or give one of them a ${kind === 'tls' ? 'server name (sniHosts)' : 'port'} of its own.`,
    );
  }
  const old = before.spec[kind]?.[index];
  const broken = brokenCluster(
    { route, from: virtualService },
    old && { route: old, from: before },
    { gateway, sourceNamespace: homeOf(gateway, virtualService.metadata.namespace) },
    () => listenersOf(kind, gateway, { match: blocksAt(one, gateway) }, virtualService, sight),
    sight,
  );
  return broken === undefined ? { kind: 'reached' } : missed(broken.why, broken.advice);
}

/** What a proxy may find before the routes of a VirtualService, and these; of manifests without dates, all that may be. */
function listedBefore(
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
function takerBefore(
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
function blocksAt({ route, virtualService }: ConnectionRoute, gateway: string): readonly Match[] {
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

function isFor({ match = [] }: Route, gateway: string, virtualService: VirtualService): boolean {
  return match.length === 0 || match.some((block) => isBlockFor(block, gateway, virtualService));
}

function isBlockFor({ gateways = [] }: Match, gateway: string, { metadata }: VirtualService): boolean {
  return gateways.length === 0 || gateways.some((one) => gatewayName(one, metadata.namespace) === gateway);
}
