/** What a change means of one VirtualService: by itself, as it was planned, and with everything in sight, as it is felt. */
import type { VirtualService } from '../istio/types.ts';
import { askedReach, unlistedReach } from './asked-reach.ts';
import type { Budget } from './budget.ts';
import { connectionEffects, withConnections } from './connections.ts';
import { compareRequests, type Compared } from './compare.ts';
import type { World } from './effect.ts';
import type { GuardRule } from './expected/types.ts';
import { viewsOf, type Everything, type VersionPair, type View, type Views } from './lists.ts';
import { keyOfObject } from './listed.ts';
import type { Observation } from './merge.ts';
import type { AskedReach } from './types.ts';
import { requestsOf } from './who.ts';
import { compareConnections, wrongInRoutes } from './written.ts';

export interface Context {
  readonly rule: GuardRule;
  readonly all: Everything;
  readonly world: World;
  readonly budget: Budget;
  /** Routes that may still be listed, for all VirtualServices together. */
  readonly listing: Budget;
  /** How many routes there are for the hosts of a VirtualService. */
  readonly routesBeside: (virtualService: VirtualService) => number;
  /** Lists that two VirtualServices have in common are compared once. */
  readonly seen: Map<string, Compared>;
}

interface ReachPart {
  readonly classes: number;
  readonly skipped: number;
  readonly isSampled: boolean;
  /** Of the VirtualService by itself: what was planned. */
  readonly planned: readonly Observation[];
  /** Of everything in sight: what requests feel. */
  readonly felt: readonly Observation[];
  readonly asked: AskedReach | undefined;
}

/** @param pair the VirtualService before and after; the same object twice where only others change */
export function reachOfOne(pair: VersionPair, context: Context): ReachPart {
  const { rule, all, budget: left, seen } = context;
  const { alternatives } = context.world;
  const { before } = pair;
  const object = `VirtualService ${keyOfObject(before)}`;
  const connections = compareConnections(pair, rule);
  const isSeen = context.listing.spend(context.routesBeside(before));
  const views = isSeen ? viewsOf(pair, all) : viewsAlone(pair, all);
  let toCome = views.own.length + views.world.filter((view) => !views.own.includes(view)).length;
  const compare = (view: View): Compared => {
    const share = 1 / Math.max(1, toCome);
    toCome -= 1;
    return compareRequests({ object, lists: view.lists, rule, alternatives }, left.part(share));
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
  const planned = [...connections.findings, ...byItself].filter(({ expected }) => expected !== undefined);
  return {
    classes: connections.value + compared.reduce((sum, { classes }) => sum + classes, 0),
    skipped: compared.reduce((sum, { skipped }) => sum + skipped, 0),
    isSampled:
      views.isSampled || [...own.map((one) => one.compared), ...compared].some((one) => one.isSampled),
    // Requests say best what is wrong; where they say nothing, the routes may.
    planned: planned.length > 0 ? planned : wrongInRoutes(pair, rule),
    felt: [...connections.findings.filter(({ expected }) => expected === undefined), ...felt].filter(
      // Asked requests that get what they got before are in `asked`.
      (one) => one.expected === undefined || one.isSame !== true,
    ),
    asked: withFelt(
      withConnections(
        isSeen ? askedReach(pair, own, views.world, rule, context.world) : unlistedReach(before, rule),
        connectionEffects(pair, all.after, rule, context.world.sight),
        pair,
        rule,
      ),
      felt,
      rule,
    ),
  };
}

/** Where shares go back as well, a preview that no request would reach is no reason to leave them as they are. */
function withFelt(
  asked: AskedReach | undefined,
  felt: readonly Observation[],
  { isAboutAll }: GuardRule,
): AskedReach | undefined {
  if (isAboutAll !== true || asked === undefined || asked.reached > 0 || asked.misses.length === 0)
    return asked;
  const reached = felt.filter(({ expected, isSame }) => expected === undefined && isSame !== true).length;
  return { ...asked, classes: asked.classes + reached, reached };
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
function ifOlder(compared: Compared, { lists }: View): Compared {
  const [first] = lists.before.list;
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

/** As if no other were in sight: what was planned is judged all the same. */
function viewsAlone(pair: VersionPair, all: Everything): Views {
  const { world } = viewsOf(pair, { ...all, before: [pair.before], after: [pair.after] });
  return { own: world, world: [], isSampled: true };
}
