import { lazy } from '../base/memoized.ts';
import { hostOfRule } from '../istio/rule-index.ts';
import type { DestinationRule, VirtualService } from '../istio/types.ts';
import type { ChangeDraft, RuleRevert } from './draft.ts';
import { lossOf } from './created-rule.ts';
import type { Change } from './objects.ts';
import { removalsLeft } from './subset-removals.ts';
import { inNamespace } from './select.ts';
import { buildKey } from '../istio/service-identity.ts';
import { provenNames, referredBuilds } from './own-subsets.ts';
import { referencedSubsets, subsetKey, withSubsetOf, withoutSubsets } from './subsets.ts';
import type { Phase, Snapshot, Write } from './types.ts';

/**
 * The writes that a draft needs, in the order that loses no request: subsets come before the routes that use
 * them, and go after the routes that used them.
 */
export function phasesOf(snapshot: Snapshot, draft: ChangeDraft): readonly Phase[] {
  if (draft.rules !== undefined) {
    const virtualServices = draft.virtualServices.filter(({ before, after }) => before !== after);
    return revertPhases({ virtualServices, destinationRules: draft.rules, recreated: draft.recreated });
  }
  const routes = draft.virtualServices.filter(({ before, after }) => before !== after);
  const gains: Write[] = [];
  const losses: Write[] = [];
  const before = referencedSubsets(routes.map((change) => change.before));
  const after = referencedSubsets(virtualServicesAfter(snapshot, draft));
  // Under whatever spelling of the host: what is still used stays, and with it what proves that istiops made it. Few
  // plans have to walk all routes for it.
  const referred = lazy(() => referredBuilds(virtualServicesAfter(snapshot, draft)));
  const left = removalsLeft(draft.virtualServices.map((change) => change.before));
  for (const rule of withCreated(snapshot, draft).destinationRules.filter(inNamespace(snapshot))) {
    const host = hostOfRule(rule);
    const gained = draft.needed
      .filter((target) => target.destinationRule === rule)
      .reduce<DestinationRule>((current, target) => withSubsetOf(current, target), rule);
    const gone = [...provenNames(rule).proven, ...(draft.leftovers?.(rule) ?? [])].filter((subset) => {
      const key = subsetKey(host, subset);
      const isWanted = before.has(key) || left.has(key) || draft.released(rule, subset);
      if (!isWanted || after.has(key)) return false;
      return !referred().has(buildKey({ host, subset }, rule.metadata.namespace));
    });
    const lost = withoutSubsets(gained, new Set(gone));
    const how = rule === draft.shift?.created ? ({ how: 'create' } as const) : {};
    if (gained !== rule) gains.push({ kind: 'DestinationRule', before: rule, after: gained, ...how });
    if (lost !== gained) losses.push(lossOf(gained, lost));
  }
  const phases: Phase[] = [
    { name: 'add-subsets', writes: gains },
    { name: 'routes', writes: routes.map((change): Write => ({ kind: 'VirtualService', ...change })) },
    { name: 'remove-subsets', writes: losses },
  ];
  return phases.filter(({ writes }) => writes.length > 0);
}

/** The snapshot with the DestinationRules that the draft makes, still without subsets. */
export function withCreated(snapshot: Snapshot, { shift, recreated = [] }: ChangeDraft): Snapshot {
  const made = [...(shift?.created === undefined ? [] : [shift.created]), ...recreated];
  return made.length === 0
    ? snapshot
    : { ...snapshot, destinationRules: [...snapshot.destinationRules, ...made] };
}

/** Every VirtualService in sight as it will be. */
export function virtualServicesAfter(snapshot: Snapshot, draft: ChangeDraft): VirtualService[] {
  const changed = new Map(draft.virtualServices.map(({ before, after }) => [before, after]));
  return snapshot.virtualServices.map((virtualService) => changed.get(virtualService) ?? virtualService);
}

/** The writes of a change that is reverted, in the order that loses no request. */
export function revertPhases({
  virtualServices,
  destinationRules,
  recreated = [],
}: {
  readonly virtualServices: readonly Change<VirtualService>[];
  readonly destinationRules: readonly RuleRevert[];
  readonly recreated?: ChangeDraft['recreated'];
}): readonly Phase[] {
  const phases: Phase[] = [
    {
      name: 'add-subsets',
      writes: destinationRules.flatMap(({ before, gained }): Write[] =>
        before === gained
          ? []
          : [
              {
                kind: 'DestinationRule',
                before,
                after: gained,
                ...(recreated.includes(before) && { how: 'create' as const }),
              },
            ],
      ),
    },
    {
      name: 'routes',
      writes: virtualServices.map((change): Write => ({ kind: 'VirtualService', ...change })),
    },
    {
      name: 'remove-subsets',
      writes: destinationRules.flatMap(({ gained, after }): Write[] =>
        gained === after ? [] : [lossOf(gained, after)],
      ),
    },
  ];
  return phases.filter(({ writes }) => writes.length > 0);
}
