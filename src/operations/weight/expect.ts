import type { WeightIntent } from '../../intent/types.ts';
import type { Snapshot } from '../../plan/types.ts';
import { expectShift, type ExpectedChange } from '../../reach/expected/change.ts';
import { weightRule } from '../../reach/expected/weight.ts';

export function expectWeight(_snapshot: Snapshot, intent: WeightIntent): ExpectedChange {
  return expectShift(intent, (known) => weightRule(known, intent));
}
