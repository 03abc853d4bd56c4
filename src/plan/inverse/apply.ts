import { resolveHost } from '../../istio/hosts.ts';
import type { DestinationRule, KubeObject, VirtualService } from '../../istio/types.ts';
import type { Change } from '../objects.ts';
import type { Phase, Snapshot, Write } from '../types.ts';
import { takeRoutesBack } from './routes.ts';
import { giveSubsetsBack, takeSubsetsBack } from './subsets.ts';
import type { Inverse, Untouched } from './types.ts';

/** What taking a change back means for the objects as they are now. */
export interface TakenBack {
  /** Those that change. */
  readonly virtualServices: readonly Change<VirtualService>[];
  /** Those that change: first subsets come back, then those of the change go. */
  readonly destinationRules: readonly RuleBack[];
  /** In words, what is taken back. */
  readonly done: readonly string[];
  /** What is left as it is, because somebody else changed it since. */
  readonly untouched: readonly Untouched[];
}

export interface RuleBack {
  readonly before: DestinationRule;
  /** With the subsets that the change took away; `before` itself where there are none. */
  readonly gained: DestinationRule;
  /** Without those that it added and nothing refers to now; `gained` itself where there are none. */
  readonly after: DestinationRule;
}

/**
 * Takes a change back as far as the objects still have what it made. Where nobody changed anything since, they are
 * what they were before it; what somebody else changed stays, and is listed where the change had touched it, too.
 *
 * @param objects as they are now: every VirtualService in sight, for a subset that one of them uses stays
 * @throws TrafficError check-failed where the annotation `istiops/baseline` has to be read and can't be
 */
export function applyInverse(
  objects: Pick<Snapshot, 'virtualServices' | 'destinationRules'>,
  inverse: Inverse,
): TakenBack {
  const done: string[] = [];
  const untouched: Untouched[] = [];
  const found = <T extends KubeObject>(
    kind: T['kind'],
    list: readonly T[],
    { namespace, name }: { readonly namespace: string; readonly name: string },
  ): T | undefined => {
    const object = list.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
    if (object === undefined)
      untouched.push({ what: `${kind} ${namespace}/${name}`, why: 'it is no longer there' });
    return object;
  };

  const routes = new Map<VirtualService, VirtualService>();
  for (const back of inverse.virtualServices) {
    const object = found('VirtualService', objects.virtualServices, back);
    if (object === undefined) continue;
    const result = takeRoutesBack(routes.get(object) ?? object, back);
    routes.set(object, result.after);
    done.push(...result.done);
    untouched.push(...result.untouched);
  }
  const current = objects.virtualServices.map((object) => routes.get(object) ?? object);

  const rules = new Map<DestinationRule, RuleBack>();
  for (const back of inverse.destinationRules) {
    const object = found('DestinationRule', objects.destinationRules, back);
    if (object === undefined) continue;
    const known = rules.get(object) ?? { before: object, gained: object, after: object };
    const given = giveSubsetsBack(known.gained, back);
    const host = resolveHost(object.spec.host, object.metadata.namespace);
    const taken = takeSubsetsBack(given.rule, back, host, current);
    rules.set(object, { before: object, gained: given.rule, after: taken.rule });
    done.push(...given.done, ...taken.done);
    untouched.push(...given.untouched, ...taken.untouched);
  }
  return {
    virtualServices: [...routes]
      .map(([before, after]) => ({ before, after }))
      .filter(({ before, after }) => before !== after),
    destinationRules: [...rules.values()].filter(
      ({ before, after, gained }) => before !== gained || gained !== after,
    ),
    done,
    untouched,
  };
}

/** The writes of a change that is taken back, in the order that loses no request. */
export function phasesBack({
  virtualServices,
  destinationRules,
}: Pick<TakenBack, 'virtualServices' | 'destinationRules'>): readonly Phase[] {
  const phases: Phase[] = [
    {
      name: 'add-subsets',
      writes: destinationRules.flatMap(({ before, gained }): Write[] =>
        before === gained ? [] : [{ kind: 'DestinationRule', before, after: gained }],
      ),
    },
    {
      name: 'routes',
      writes: virtualServices.map((change): Write => ({ kind: 'VirtualService', ...change })),
    },
    {
      name: 'remove-subsets',
      writes: destinationRules.flatMap(({ gained, after }): Write[] =>
        gained === after ? [] : [{ kind: 'DestinationRule', before: gained, after }],
      ),
    },
  ];
  return phases.filter(({ writes }) => writes.length > 0);
}

/** `a: why; b: why`, at most ten of them: what was not taken back, in one sentence. */
export function untouchedText(untouched: readonly Untouched[]): string {
  const shown = untouched.slice(0, 10).map(({ what, why }) => `${what}: ${why}`);
  return [...shown, ...(untouched.length > 10 ? [`and ${untouched.length - 10} more`] : [])].join('; ');
}
