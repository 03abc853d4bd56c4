/** Whether anybody feels what a change does to tcp and tls routes. */
import { describeMatch } from '../intent/describe-match.ts';
import { gatewaysOf } from '../istio/gateways.ts';
import { hostsOf } from '../istio/hosts.ts';
import type { Sight } from '../istio/requests/endpoints.ts';
import { rootsOf } from '../istio/requests/roots.ts';
import { ALL_SEEN } from '../istio/requests/seen.ts';
import { unservedRoute } from '../istio/requests/served.ts';
import { unheardInMesh } from '../istio/requests/sidecars.ts';
import { placeOf } from '../istio/routes.ts';
import type { VirtualService } from '../istio/types.ts';
import { sameJson } from '../base/json.ts';
import { titleOf } from '../base/title.ts';
import {
  blocksAt,
  hasBlockAt,
  listedBefore,
  NOTHING_LISTED,
  routesIn,
  takerBefore,
  type ConnectionRoute,
  type ListedBlocks,
} from './connection-order.ts';
import type { Effect } from './effect.ts';
import type { GuardRule } from './expected/types.ts';
import type { VersionPair } from './lists.ts';
import { listenersOf } from './listeners.ts';
import { brokenCluster } from './not-sent.ts';
import { hasNoAge, homeOf } from './scopes.ts';
import type { AskedReach } from './types.ts';

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
    const asked = routes.filter(({ route }) => hasBlockAt(route, gateway, after));
    const listed = asked.length === 0 ? NOTHING_LISTED : listedBefore(after, gateway, order);
    return asked.map((one) => effectAt(one, before, gateway, listed, sight));
  });
}

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
