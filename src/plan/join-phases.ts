/**
 * The phases of several plans as those of one change. Each plan is made on what the plans before it leave
 * (`afterRoutes`), so an object that two of them write is written once, with what both make of it.
 */
import { titleOf } from '../base/title.ts';
import type { DestinationRule, VirtualService } from '../istio/types.ts';
import { hostOfRule } from '../istio/rule-index.ts';
import { buildKey } from '../istio/service-identity.ts';
import { lossOf } from './created-rule.ts';
import { referredBuilds } from './own-subsets.ts';
import { inNamespace } from './select.ts';
import { removedSubsets } from './subset-removals.ts';
import { referencedSubsets, subsetKey, withoutSubsets } from './subsets.ts';
import type { Phase, Snapshot, Write } from './types.ts';
import { writesOf } from './writes.ts';

/** The snapshot once subsets are added and routes written. Subsets that are to go are there still. */
export function afterRoutes(snapshot: Snapshot, phases: readonly Phase[]): Snapshot {
  const virtualServices = new Map<VirtualService, VirtualService>();
  const rules = new Map<DestinationRule, DestinationRule>();
  const created: DestinationRule[] = [];
  for (const { name, writes } of phases) {
    if (name === 'remove-subsets') continue;
    for (const write of writes) {
      if (write.kind === 'VirtualService') virtualServices.set(write.before, write.after);
      else if (write.how === 'create') created.push(write.after);
      else rules.set(write.before, write.after);
    }
  }
  return {
    ...snapshot,
    virtualServices: snapshot.virtualServices.map((one) => virtualServices.get(one) ?? one),
    destinationRules: [...snapshot.destinationRules.map((one) => rules.get(one) ?? one), ...created],
  };
}

/**
 * All subsets come before any route changes, and none goes before all have changed: a request that passes through
 * several of the services finds every subset that it is sent to.
 *
 * @param plans in order, each made on what those before it leave
 * @param last what all of them leave, by `afterRoutes`
 */
export function joinPhases(plans: readonly (readonly Phase[])[], last: Snapshot): readonly Phase[] {
  const all = plans.flat();
  const phases: Phase[] = [
    { name: 'add-subsets', writes: joinWrites(writesOf(all, 'add-subsets')) },
    { name: 'routes', writes: joinWrites(writesOf(all, 'routes')) },
    { name: 'remove-subsets', writes: removals(writesOf(all, 'remove-subsets'), last) },
  ];
  return phases.filter(({ writes }) => writes.length > 0);
}

/** One write for each object: from what it was first to what it is last. */
function joinWrites(writes: readonly Write[]): readonly Write[] {
  return [...Map.groupBy(writes, ({ after }) => titleOf(after)).values()].flatMap((own): readonly Write[] => {
    const [first, last] = [own[0], own.at(-1)];
    if (first === undefined || last === undefined) return [];
    if (first.kind === 'VirtualService')
      return last.kind === 'VirtualService' ? [{ ...first, after: last.after }] : [];
    return last.kind === 'DestinationRule' ? [{ ...first, after: last.after }] : [];
  });
}

/** What one service leaves, another one may have begun to use. */
function removals(writes: readonly Write[], last: Snapshot): readonly Write[] {
  const gone = new Map(
    [...Map.groupBy(writes, ({ after }) => titleOf(after))].map(([title, own]) => [
      title,
      own.flatMap(removedSubsets),
    ]),
  );
  if (gone.size === 0) return [];
  const referenced = referencedSubsets(last.virtualServices);
  const referred = referredBuilds(last.virtualServices);
  return last.destinationRules.filter(inNamespace(last)).flatMap((rule): readonly Write[] => {
    const host = hostOfRule(rule);
    const names = (gone.get(titleOf(rule)) ?? []).filter(
      (subset) =>
        !referenced.has(subsetKey(host, subset)) &&
        !referred.has(buildKey({ host, subset }, rule.metadata.namespace)),
    );
    const lost = withoutSubsets(rule, new Set(names));
    return lost === rule ? [] : [lossOf(rule, lost)];
  });
}
