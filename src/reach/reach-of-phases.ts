import type { DestinationRule, VirtualService } from '../istio/types.ts';
import type { Phase, Snapshot } from '../plan/types.ts';
import type { ExpectedChange } from './expected/change.ts';
import type { WholeRule } from './expected/whole-rules.ts';
import { reachOfChanges } from './reach.ts';
import type { Reach } from './types.ts';

/** A check needs it before the guard does; the same writes are judged once. */
const judgedPhases = new WeakMap<readonly Phase[], Reach>();

/**
 * The reach of the writes of a plan, whatever the planner thought.
 *
 * @param expect what the operation may do; called only where the same phases were not judged before
 */
export function reachOfPhases(
  snapshot: Snapshot,
  expect: () => ExpectedChange,
  phases: readonly Phase[],
): Reach {
  const known = judgedPhases.get(phases);
  if (known !== undefined) return known;
  const writes = phases.flatMap((phase) => phase.writes);
  const rules = new Map<DestinationRule, DestinationRule>();
  const virtualServices = new Map<VirtualService, VirtualService>();
  for (const write of writes) {
    if (write.kind === 'VirtualService') {
      const first = [...virtualServices].find(([, after]) => after === write.before)?.[0];
      virtualServices.set(first ?? write.before, write.after);
    } else {
      // In a later phase, `before` is what an earlier one has written.
      const first = [...rules].find(([, after]) => after === write.before)?.[0];
      rules.set(first ?? write.before, write.after);
    }
  }
  const whole = writes.flatMap((write): readonly WholeRule[] => {
    if (write.kind !== 'DestinationRule' || write.how === undefined) return [];
    return [{ how: write.how, rule: write.how === 'create' ? write.before : write.after }];
  });
  const made = whole.flatMap(({ how, rule }) => (how === 'create' ? [rule] : []));
  const read = snapshot.destinationRules.filter((rule) => !made.includes(rule));
  const reach = reachOfChanges(
    { ...snapshot, destinationRules: [...read, ...made] },
    expect(),
    [...virtualServices].map(([before, after]) => ({ before, after })),
    [...rules].map(([before, after]) => ({ before, after })),
    { whole, read },
  );
  judgedPhases.set(phases, reach);
  return reach;
}
