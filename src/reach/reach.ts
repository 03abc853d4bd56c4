import { resolveHost } from '../istio/hosts.ts';
import type { DestinationRule, VirtualService } from '../istio/types.ts';
import type { Snapshot } from '../plan/types.ts';
import { budget } from './budget.ts';
import { wrongInRule, wrongInVirtualService, type WrongWrite } from './expected/objects.ts';
import type { ExpectedChange } from './expected/change.ts';
import { wrongWholeRules, type WholeRule } from './expected/whole-rules.ts';
import type { VersionPair } from './lists.ts';
import { blocksOf } from './listed.ts';
import { mergeChanges, type Observation } from './merge.ts';
import { objectPairs, type RulePair } from './object-pairs.ts';
import { reachOfOne, type Context } from './reach-of-one.ts';
import type { Reach } from './types.ts';

/** DestinationRules that are made and that go, and those that were read. */
export interface WholeRules {
  readonly whole: readonly WholeRule[];
  readonly read: readonly DestinationRule[];
}

/**
 * What a change means for whom, and what of it nobody asked for: every request is asked of all that proxies have in
 * sight, before and after.
 *
 * @param expected what the operation may do
 * @param changes VirtualServices as they are and as they shall be; those left out stay as they are
 * @param rules the same of DestinationRules; one that is made is in the snapshot without subsets, as is one that goes
 */
export function reachOfChanges(
  snapshot: Snapshot,
  expected: ExpectedChange,
  changes: readonly VersionPair[],
  rules: readonly RulePair[] = [],
  { whole, read }: WholeRules = { whole: [], read: snapshot.destinationRules },
): Reach {
  const all = objectPairs(snapshot, changes, rules);
  const rule = expected.rule({
    namespace: snapshot.namespace,
    virtualServices: snapshot.virtualServices,
    rules: [...all.rules.map(({ after }) => after), ...snapshot.destinationRules],
  });
  const { alternatives, subsets } = expected;
  const context: Context = {
    rule,
    all: {
      before: snapshot.virtualServices,
      after: all.virtualServices.map(({ after }) => after),
      gateways: snapshot,
    },
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
    ...wrongWholeRules(
      whole,
      { rules: read, virtualServices: context.all.after, namespace: snapshot.namespace },
      subsets,
    ),
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

/** What one VirtualService's part of all looking goes by. */
function sizeOf({ before, after }: VersionPair): number {
  return (
    1 +
    [before, after]
      .flatMap(({ spec }) => spec.http ?? [])
      .reduce((sum, route) => sum + blocksOf(route).length, 0)
  );
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
