import type { PromoteIntent } from '../../intent/types.ts';
import type { Snapshot } from '../../plan/types.ts';
import { expectShift, type ExpectedChange } from '../../reach/expected/change.ts';
import { promoteRule } from '../../reach/expected/promote.ts';

export function expectPromote(_snapshot: Snapshot, intent: PromoteIntent): ExpectedChange {
  return expectShift(intent, (known) => promoteRule(known, intent));
}
