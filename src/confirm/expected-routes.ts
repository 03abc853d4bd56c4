/** The routes that istiod makes of a VirtualService for a proxy, as far as it can be seen in a dump. */
import { isObject } from '../base/json.ts';
import { gatewaysOf } from '../istio/gateways.ts';
import { resolveHost } from '../istio/hosts.ts';
import { delegateOf, effectiveRoutes, type EffectiveRoute } from '../istio/requests/delegates.ts';
import { copiesOf, destinationsOf, nameOf, subsetOf } from '../istio/routes.ts';
import type { Destination, Match, Route, VirtualService } from '../istio/types.ts';
import { relativeWeights } from '../istio/weights.ts';
import type { ClusterRef } from './clusters.ts';
import type { RouteAction } from './proxy-routes.ts';
import { matchOfBlock } from './route-match.ts';
import { fullName } from '../base/title.ts';

export interface ExpectedRoute {
  readonly name: string;
  /** As `matchOfBlock` writes it. */
  readonly match: string;
  readonly action: RouteAction;
  /** False: only proxies of some pods have it, and which is not known. */
  readonly isSure: boolean;
}

/** By which way the requests of a proxy come. */
export interface Entrance {
  /** `mesh`, or `namespace/name` of a Gateway. */
  readonly gateway: string;
  /** Of the listener; null: not known. */
  readonly port: number | null;
}

/** A VirtualService with hosts, whose delegates are in sight, ready to be compared with what proxies have. */
export interface ComparedRoot {
  /** `namespace/name`, as dumps name the owner of a route. */
  readonly owner: string;
  /** `mesh`, or `namespace/name` of Gateways. */
  readonly gateways: readonly string[];
  readonly routes: readonly EffectiveRoute[];
}

/**
 * The VirtualServices that the routes of these come to proxies by: those with hosts themselves, and for a delegate
 * those that leave requests to it.
 *
 * @param all every VirtualService in sight, the changed ones as they are now
 */
export function comparedRoots(
  changed: readonly string[],
  all: readonly VirtualService[],
): readonly ComparedRoot[] {
  const names = new Set(changed);
  const byName = new Map(all.map((one) => [fullName(one.metadata), one]));
  const find = (namespace: string, name: string): VirtualService | 'unseen' =>
    byName.get(fullName({ namespace, name })) ?? 'unseen';
  const delegates = (one: VirtualService): readonly string[] =>
    (one.spec.http ?? []).flatMap((route) => {
      const delegate = delegateOf(route, one.metadata.namespace);
      return delegate === undefined ? [] : [fullName(delegate)];
    });
  return all
    .filter(({ spec }) => (spec.hosts ?? []).length > 0)
    .filter((one) => names.has(fullName(one.metadata)) || delegates(one).some((name) => names.has(name)))
    .map((one) => ({
      owner: fullName(one.metadata),
      gateways: gatewaysOf(one),
      routes: effectiveRoutes(one, find),
    }));
}

/**
 * A route for each match block that is for this entrance, up to the first that accepts everything: istiod leaves out
 * what comes after it.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go BuildHTTPRoutesForVirtualService
 */
export function expectedRoutes({ routes }: ComparedRoot, entrance: Entrance): readonly ExpectedRoute[] {
  const expected: ExpectedRoute[] = [];
  let isCertain = true;
  for (const { route, from, unseen } of routes) {
    if (unseen !== undefined) continue;
    const blocks = route.match ?? [];
    const action = expectedAction(route, from.metadata.namespace);
    for (const block of blocks.length === 0 ? [undefined] : blocks) {
      const scope = block === undefined ? 'in' : scopeOf(block, entrance);
      if (scope === 'out') continue;
      const isSure = isCertain && scope === 'in';
      expected.push({ name: nameOfBlock(route, block), match: matchOfBlock(block), action, isSure });
      if (!isCatchAllBlock(block)) continue;
      if (isSure) return expected;
      // What follows is there only where this block isn't.
      isCertain = false;
    }
  }
  return expected;
}

/** Delegates that are not in sight, which make it impossible to say what a proxy ought to have. */
export function unseenDelegates({ routes }: ComparedRoot): readonly string[] {
  return [...new Set(routes.flatMap(({ unseen }) => unseen ?? []))];
}

/** @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go sourceMatchHTTP */
function scopeOf(
  { port, gateways = [], sourceLabels = {}, sourceNamespace = '' }: Match,
  entrance: Entrance,
): 'in' | 'out' | 'maybe' {
  const isPortOpen = port === undefined || port === 0 || port === entrance.port;
  if (!isPortOpen && entrance.port !== null) return 'out';
  if (gateways.length > 0 && !gateways.includes(entrance.gateway)) return 'out';
  const asksForSource =
    gateways.length === 0 && (Object.keys(sourceLabels).length > 0 || sourceNamespace !== '');
  return isPortOpen && !asksForSource ? 'in' : 'maybe';
}

function nameOfBlock(route: Route, block: Match | undefined): string {
  const blockName = block?.['name'];
  const name = nameOf(route) ?? '';
  return typeof blockName === 'string' && blockName !== '' ? `${name}.${blockName}` : name;
}

/** As istiod sees it: `.+` accepts everything as well, but does not end the list. */
function isCatchAllBlock(block: Match | undefined): boolean {
  if (block === undefined) return true;
  const { uri, headers, withoutHeaders, queryParams, method, authority, scheme } = block;
  if (method !== undefined || authority !== undefined || scheme !== undefined) return false;
  if ([headers, withoutHeaders, queryParams].some((map) => Object.keys(map ?? {}).length > 0)) return false;
  return uri?.exact === undefined && (uri?.prefix ?? '/') === '/' && (uri?.regex ?? '.*') === '.*';
}

function expectedAction(route: Route, namespace: string): RouteAction {
  if (isObject(route['redirect'])) return { kind: 'redirect' };
  if (isObject(route['directResponse'])) return { kind: 'direct response' };
  const destinations = destinationsOf(route);
  const weights = relativeWeights(destinations);
  return {
    kind: 'send',
    shares: destinations
      .map(({ destination }, i) => ({
        cluster: clusterRefOf(destination, namespace),
        weight: weights[i] ?? 0,
      }))
      .filter(({ weight }) => weight > 0),
    copies: copiesOf(route).map((destination) => clusterRefOf(destination, namespace)),
    isWeighted: destinations.length !== 1,
  };
}

function clusterRefOf(destination: Destination, namespace: string): ClusterRef {
  return {
    host: resolveHost(destination.host, namespace).toLowerCase(),
    subset: subsetOf(destination) ?? '',
    port: destination.port?.number ?? null,
  };
}
