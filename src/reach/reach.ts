import type { DestinationRule, KubeObject, VirtualService } from '../istio/types.ts';
import type { ReadExtent } from '../istio/requests/seen.ts';
import type { ListedRoute } from '../istio/requests/route-list.ts';
import type { Snapshot } from '../plan/types.ts';
import { resolveHost } from '../istio/hosts.ts';
import { askable } from './asking.ts';
import { budget, type Budget } from './budget.ts';
import { compareRequests, type AskedExample, type Compared } from './compare.ts';
import { compareConnections } from './connections.ts';
import { delegatedExamples } from './delegated.ts';
import { effectOf, type Effect, type World } from './effect.ts';
import { wrongInRule, wrongInVirtualService, type WrongWrite } from './expected/objects.ts';
import type { ExpectedChange } from './expected/change.ts';
import type { GuardRule } from './expected/types.ts';
import { viewsOf, type Pair, type View, type Views } from './lists.ts';
import { blocksOf, keyOfObject } from './listed.ts';
import { mergeChanges, type Observation } from './merge.ts';
import { requestFor } from './request-example.ts';
import { wishFor, type Scene } from './samples.ts';
import type { AskedReach, Reach } from './types.ts';
import { requestsOf } from './who.ts';

/** A DestinationRule as it is and as it shall be; the same object twice where nothing changes. */
export interface RulePair {
  readonly before: DestinationRule;
  readonly after: DestinationRule;
}

/**
 * What a change means for whom, and what of it nobody asked for: every request is asked of all that proxies have in
 * sight, before and after.
 *
 * @param expected what the operation may do
 * @param changes VirtualServices as they are and as they shall be; those left out stay as they are
 * @param rules the same of DestinationRules
 */
export function reachOf(
  snapshot: Snapshot,
  expected: ExpectedChange,
  changes: readonly Pair[],
  rules: readonly RulePair[] = [],
): Reach {
  const all = worldOf(snapshot, changes, rules);
  const rule = expected.rule({
    namespace: snapshot.namespace,
    virtualServices: snapshot.virtualServices,
    rules: [...all.rules.map(({ after }) => after), ...snapshot.destinationRules],
  });
  const { alternatives, subsets } = expected;
  const context: Context = {
    rule,
    all: { before: snapshot.virtualServices, after: all.virtualServices.map(({ after }) => after) },
    world: {
      rule,
      sight: { ...snapshot, destinationRules: all.rules.map(({ after }) => after) },
      alternatives,
      broken: new Map(),
    },
    budget: budget(),
    listing: budget(MOST_LISTED),
    routesBeside: routesBesideIn(snapshot.virtualServices),
    seen: new Map(),
  };
  const wrong = [
    ...all.wrong,
    ...all.virtualServices.flatMap((pair) => wrongInVirtualService(pair, rule.isMeant(pair.before))),
    ...all.rules.flatMap((pair) => wrongInRule(pair, subsets, context.all.after, snapshot.namespace)),
  ];
  const looked = all.virtualServices.filter(({ before, after }) => before !== after || rule.isMeant(before));
  let size = looked.reduce((sum, pair) => sum + sizeOf(pair), 0);
  const parts = looked.map((pair) => {
    const share = sizeOf(pair) / size;
    size -= sizeOf(pair);
    return reachOfOne(pair, { ...context, budget: context.budget.part(share) });
  });
  const planned = mergeChanges([...wrong.map(observed), ...parts.flatMap(({ planned: own }) => own)]);
  const felt = mergeChanges(parts.flatMap(({ felt: world }) => world));
  // What nobody planned comes about by what others have for the same host.
  const others = planned.unexpected.length > 0 ? [] : felt.unexpected;
  return {
    classes: parts.reduce((sum, { classes }) => sum + classes, 0),
    sampled: parts.some(({ isSampled }) => isSampled),
    skipped: parts.reduce((sum, { skipped }) => sum + skipped, 0),
    changes: felt.changes,
    others,
    asked: parts.flatMap(({ asked }) => asked ?? []),
    unexpected: planned.unexpected,
  };
}

/**
 * Routes in lists for all VirtualServices that are looked at, together. Only many large ones of one host come to more:
 * a hundred with 10 routes each for one host are 100,000.
 */
const MOST_LISTED = 150_000;

function routesBesideIn(all: readonly VirtualService[]): Context['routesBeside'] {
  const byHost = new Map<string, number>();
  let delegating = 0;
  for (const { spec, metadata } of all) {
    const routes = spec.http ?? [];
    for (const host of spec.hosts ?? []) {
      const name = resolveHost(host, metadata.namespace);
      byHost.set(name, (byHost.get(name) ?? 0) + routes.length);
    }
    if (routes.some((route) => route['delegate'] !== undefined)) delegating += routes.length;
  }
  return ({ spec: { hosts = [], http = [] }, metadata }) =>
    hosts.length === 0
      ? delegating + http.length
      : hosts.reduce(
          (most, host) => Math.max(most, byHost.get(resolveHost(host, metadata.namespace)) ?? 0),
          0,
        );
}

/** As if no other were in sight: what was planned is judged all the same. */
function viewsAlone(pair: Pair): Views {
  const { world } = viewsOf(pair, { before: [pair.before], after: [pair.after] });
  return { own: world, world: [], isSampled: true };
}

function tooMany(virtualService: VirtualService, { isMeant, mustReach }: GuardRule): AskedReach | undefined {
  if (mustReach === null || !isMeant(virtualService)) return undefined;
  const object = `VirtualService ${keyOfObject(virtualService)}`;
  const doubts = [
    'so many routes of other VirtualServices for its hosts that istiops does not look at all of them',
  ];
  return { object, code: mustReach, classes: 1, reached: 0, undecided: 1, doubts, misses: [] };
}

/** What one VirtualService's part of all looking goes by. */
function sizeOf({ before, after }: Pair): number {
  return (
    1 +
    [before, after]
      .flatMap(({ spec }) => spec.http ?? [])
      .reduce((sum, route) => sum + blocksOf(route).length, 0)
  );
}

interface Context {
  readonly rule: GuardRule;
  readonly all: { readonly before: readonly VirtualService[]; readonly after: readonly VirtualService[] };
  readonly world: World;
  readonly budget: Budget;
  /** Routes that may still be listed, for all VirtualServices together. */
  readonly listing: Budget;
  /** How many routes there are for the hosts of a VirtualService. */
  readonly routesBeside: (virtualService: VirtualService) => number;
  /** Lists that two VirtualServices have in common are compared once. */
  readonly seen: Map<string, Compared>;
}

interface Objects {
  readonly virtualServices: readonly Pair[];
  readonly rules: readonly RulePair[];
  /** Writes of what was not read, or was read otherwise. */
  readonly wrong: readonly WrongWrite[];
}

function worldOf(snapshot: Snapshot, changes: readonly Pair[], rules: readonly RulePair[]): Objects {
  const virtualServices = paired(snapshot.virtualServices, changes);
  const destinationRules = paired(snapshot.destinationRules, rules);
  return {
    virtualServices: virtualServices.pairs,
    rules: destinationRules.pairs,
    wrong: [...virtualServices.wrong, ...destinationRules.wrong],
  };
}

/** Every object as it was read and as it shall be. */
function paired<T extends KubeObject>(
  objects: readonly T[],
  changes: readonly { readonly before: T; readonly after: T }[],
): {
  readonly pairs: readonly { readonly before: T; readonly after: T }[];
  readonly wrong: readonly WrongWrite[];
} {
  const read = new Set<KubeObject>(objects);
  const after = new Map(changes.map((change) => [change.before, change.after]));
  return {
    pairs: objects.map((before) => ({ before, after: after.get(before) ?? before })),
    wrong: changes
      .filter(({ before }) => !read.has(before))
      .map(({ before }) => ({
        object: `${before.kind} ${before.metadata.namespace}/${before.metadata.name}`,
        what: 'the whole object, which was not read like that,',
        before: 'no object',
        after: 'an object',
      })),
  };
}

interface Part {
  readonly classes: number;
  readonly skipped: number;
  readonly isSampled: boolean;
  /** Of the VirtualService by itself: what was planned. */
  readonly planned: readonly Observation[];
  /** Of everything in sight: what requests feel. */
  readonly felt: readonly Observation[];
  readonly asked: AskedReach | undefined;
}

function reachOfOne(pair: Pair, context: Context): Part {
  const { rule, all, world: about, budget: left, seen } = context;
  const { before } = pair;
  const object = `VirtualService ${keyOfObject(before)}`;
  const connections = compareConnections(pair, rule);
  const isSeen = context.listing.spend(context.routesBeside(before));
  const views = isSeen ? viewsOf(pair, all) : viewsAlone(pair);
  let toCome = views.own.length + views.world.filter((view) => !views.own.includes(view)).length;
  const compare = (view: View): Compared => {
    const share = 1 / Math.max(1, toCome);
    toCome -= 1;
    return compareRequests(object, view.scene, rule, about.alternatives, left.part(share));
  };
  const own = views.own.map((view) => ({ view, compared: compare(view) }));
  const world = views.world.map((view) => {
    const same = own.find((one) => one.view === view);
    const known = seen.has(view.key);
    if (known) return { compared: [] };
    const compared = byWay(same?.compared ?? compare(view), view, views.world);
    seen.set(view.key, compared);
    return {
      compared:
        view.otherwise === undefined
          ? [compared]
          : [ifOlder(compared, view), ifOlder(compare(view.otherwise), view.otherwise)],
    };
  });
  const compared = world.flatMap((one) => one.compared);
  const felt = compared.flatMap(({ observations }) => observations);
  const byItself = own.flatMap((one) => one.compared.observations);
  return {
    classes: connections.value + compared.reduce((sum, { classes }) => sum + classes, 0),
    skipped: compared.reduce((sum, { skipped }) => sum + skipped, 0),
    isSampled:
      views.isSampled || [...own.map((one) => one.compared), ...compared].some((one) => one.isSampled),
    planned: [...connections.findings, ...byItself].filter(({ expected }) => expected !== undefined),
    felt: [...connections.findings.filter(({ expected }) => expected === undefined), ...felt].filter(
      // Asked requests that get what they got before are in `asked`.
      (one) => one.expected === undefined || one.isSame !== true,
    ),
    asked: isSeen ? askedOf(pair, own, views.world, context) : tooMany(before, rule),
  };
}

/** What is seen by some of several ways in alone is said with its way. */
function byWay(compared: Compared, { ways }: View, all: readonly View[]): Compared {
  const gateways = new Set(ways.map(({ entry }) => entry.gateway));
  const others = all.some((view) => view.ways.some(({ entry }) => !gateways.has(entry.gateway)));
  if (!others) return compared;
  const words = [...gateways].map((name) => (name === 'mesh' ? 'in the mesh' : `by gateway ${name}`));
  return saidWith(compared, words.join(' or '));
}

/** What is seen where several orders are possible, each said with its condition. */
function ifOlder(compared: Compared, { scene }: View): Compared {
  const [first] = scene.before.list;
  if (first === undefined) return compared;
  return saidWith(
    compared,
    `if VirtualService ${keyOfObject(first.virtualService)} is the oldest for the host`,
  );
}

function saidWith(compared: Compared, condition: string): Compared {
  return {
    ...compared,
    observations: compared.observations.map(({ isRoute, ...one }) => ({
      ...one,
      who: one.who.endsWith(condition.replace(/^by /, ''))
        ? requestsOf([one.who])
        : `${isRoute === true ? requestsOf([one.who]) : one.who}, ${condition}`,
    })),
  };
}

function sharesWays(one: View, other: View): boolean {
  return one.ways.some((way) => other.ways.includes(way));
}

function askedOf(
  pair: Pair,
  own: readonly { readonly view: View; readonly compared: Compared }[],
  world: readonly View[],
  { rule, world: about }: Context,
): AskedReach | undefined {
  const { before, after } = pair;
  const { mustReach } = rule;
  if (mustReach === null || !rule.isMeant(before) || (after.spec.http ?? []).length === 0) return undefined;
  const isDelegate = (before.spec.hosts ?? []).length === 0;
  const effectsOf = (
    examples: readonly AskedExample[],
    scene: Scene,
    views: readonly View[],
  ): readonly { readonly isShadowed: boolean; readonly effect: Effect }[] =>
    views.flatMap((view) =>
      (isDelegate ? delegatedExamples(examples, before, view) : examples).map((example) => ({
        isShadowed: example.isShadowed,
        effect: effectOf(example, before, scene, view, about),
      })),
    );
  const found = own.flatMap(({ view, compared }) =>
    effectsOf(
      compared.asked,
      view.scene,
      world.filter((other) => sharesWays(view, other)),
    ),
  );
  if (world.length === 0) return outOfSight(before, mustReach, about.sight);
  const [first] = own;
  const isUnknown = own.some(({ compared }) => compared.unknown > 0);
  const effects =
    found.length > 0 || isUnknown || first === undefined
      ? found
      : effectsOf(unlistedExamples(pair, rule, first.view.scene), first.view.scene, world.slice(0, 1));
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
  { before, after }: Pair,
  rule: GuardRule,
  { place }: Scene,
): readonly AskedExample[] {
  return rule
    .about(askable(asWritten(before)), askable(asWritten(after)))
    .filter(({ isAsked }) => isAsked)
    .slice(0, MOST_UNLISTED)
    .flatMap((about): readonly AskedExample[] => {
      const any = requestFor(wishFor(about.blocks), place);
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

function observed({ object, what, before, after }: WrongWrite): Observation {
  return {
    object,
    who: `everyone that ${what} of ${object} is about`,
    before,
    after,
    expected: before,
    example: null,
  };
}
