/** What becomes of the requests that the operation was asked about, of one VirtualService. */
import type { ReadExtent } from '../istio/requests/seen.ts';
import type { ListedRoute } from '../istio/requests/kept-routes.ts';
import type { VirtualService } from '../istio/types.ts';
import { askable } from './asking.ts';
import type { AskedExample } from './asked-examples.ts';
import type { Compared } from './compare.ts';
import { delegatedExamples } from './delegated.ts';
import { effectOf, type Effect, type World } from './effect.ts';
import type { GuardRule } from './expected/types.ts';
import type { VersionPair, View } from './lists.ts';
import { keyOfObject } from './listed.ts';
import { requestFor } from './request-example.ts';
import { constraintFor, type ComparedLists } from './samples.ts';
import type { AskedReach } from './types.ts';

function sharesWays(one: View, other: View): boolean {
  return one.ways.some((way) => other.ways.includes(way));
}

/** Whether the requests that were asked about get what was asked, in everything that proxies have. */
export function askedReach(
  pair: VersionPair,
  own: readonly { readonly view: View; readonly compared: Compared }[],
  world: readonly View[],
  rule: GuardRule,
  about: World,
): AskedReach | undefined {
  const { before, after } = pair;
  const { mustReach } = rule;
  if (mustReach === null || !rule.isMeant(before) || (after.spec.http ?? []).length === 0) return undefined;
  const isDelegate = (before.spec.hosts ?? []).length === 0;
  const effectsOf = (
    examples: readonly AskedExample[],
    lists: ComparedLists,
    views: readonly View[],
  ): readonly { readonly isShadowed: boolean; readonly effect: Effect }[] =>
    views.flatMap((view) =>
      (isDelegate ? delegatedExamples(examples, before, view) : examples).flatMap((example) => {
        const { isShadowed } = example;
        const effect = effectOf(example, before, lists, view, about);
        const inMesh = effect.kind === 'reached' ? meshView(view) : undefined;
        const other = inMesh && saidOfMesh(effectOf(example, before, lists, inMesh, about));
        return [effect, ...(other === undefined || other.kind === 'reached' ? [] : [other])].map((one) => ({
          isShadowed,
          effect: one,
        }));
      }),
    );
  const found = own.flatMap(({ view, compared }) =>
    effectsOf(
      compared.asked,
      view.lists,
      world.filter((other) => sharesWays(view, other)),
    ),
  );
  if (world.length === 0) return outOfSight(before, mustReach, about.sight);
  const [first] = own;
  const isUnknown = own.some(({ compared }) => compared.unknown > 0);
  const effects =
    found.length > 0 || isUnknown || first === undefined
      ? found
      : effectsOf(unlistedExamples(pair, rule, first.view.lists), first.view.lists, world.slice(0, 1));
  const reached = effects.filter(({ effect }) => effect.kind === 'reached').length;
  const doubts = [
    ...effects.flatMap(({ effect }) => (effect.kind === 'undecided' ? [effect.why] : [])),
    ...(effects.length === 0 && isUnknown ? [NO_EXAMPLE] : []),
  ];
  // A route that no request is left for is nobody's loss, unless there is no other.
  const counted = effects.filter(
    ({ isShadowed, effect }) =>
      !isShadowed ||
      effect.kind === 'reached' ||
      mustReach === 'preview-unreachable' ||
      reached + doubts.length === 0,
  );
  return {
    object: `VirtualService ${keyOfObject(before)}`,
    code: mustReach,
    classes: Math.max(counted.length, doubts.length),
    reached,
    undecided: doubts.length,
    doubts: [...new Set(doubts)],
    misses: counted.flatMap(({ effect }) => (effect.kind === 'missed' ? [effect.missed] : [])),
  };
}

/**
 * The part of a view that is of the mesh, where a gateway has the same routes: what is behind them may be another thing
 * to a sidecar.
 */
function meshView(view: View): View | undefined {
  const { entry, serves } = view.lists.place;
  const ways = view.ways.filter((way) => way.entry.gateway === 'mesh');
  const [first] = ways;
  if (first === undefined || entry.gateway === 'mesh') return undefined;
  const place = { entry: first.entry, home: first.home, serves };
  return { key: view.key, ways, lists: { ...view.lists, place } };
}

function saidOfMesh(effect: Effect): Effect {
  if (effect.kind !== 'missed') return effect;
  return { ...effect, missed: { ...effect.missed, who: `${effect.missed.who}, in the mesh` } };
}

const NO_EXAMPLE = 'no example was found of a request that the routes above leave to it';

/** A delegate's root may be in another namespace, or in another repository. */
function outOfSight(
  virtualService: VirtualService,
  code: AskedReach['code'],
  { source, virtualServicesOf }: ReadExtent,
): AskedReach {
  const object = `VirtualService ${keyOfObject(virtualService)}`;
  const isUnread = source === 'kubernetes' && virtualServicesOf !== 'all';
  const where = isUnread ? '; those of other namespaces could not be read' : '';
  const doubts = [`it has no hosts, and no VirtualService in sight delegates to it${where}`];
  return { object, code, classes: 1, reached: 0, undecided: 1, doubts, misses: [] };
}

/** Routes that are looked at where no proxy has any of those that were asked about. */
const MOST_UNLISTED = 5;

/** Examples for routes that are in no list at all: whatever stands above matches every request. */
function unlistedExamples(
  { before, after }: VersionPair,
  rule: GuardRule,
  { place }: ComparedLists,
): readonly AskedExample[] {
  return rule
    .about(askable(asWritten(before)), askable(asWritten(after)))
    .filter(({ isAsked }) => isAsked)
    .slice(0, MOST_UNLISTED)
    .flatMap((about): readonly AskedExample[] => {
      const any = requestFor(constraintFor(about.blocks), place);
      return any.state === 'found' ? [{ about, request: any.request, isShadowed: true }] : [];
    });
}

function asWritten(virtualService: VirtualService): readonly ListedRoute[] {
  return (virtualService.spec.http ?? []).map((route, index) => ({
    virtualService,
    from: virtualService,
    index,
    fromIndex: index,
    route,
  }));
}

/** So many routes beside its own that they were not listed. */
export function unlistedReach(
  virtualService: VirtualService,
  { isMeant, mustReach }: GuardRule,
): AskedReach | undefined {
  if (mustReach === null || !isMeant(virtualService)) return undefined;
  const object = `VirtualService ${keyOfObject(virtualService)}`;
  const doubts = [
    'so many routes of other VirtualServices for its hosts that istiops does not look at all of them',
  ];
  return { object, code: mustReach, classes: 1, reached: 0, undecided: 1, doubts, misses: [] };
}
