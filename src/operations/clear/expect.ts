import type { ClearIntent } from '../../intent/types.ts';
import type { Snapshot } from '../../plan/types.ts';
import { expectReturn, type ExpectedChange } from '../../reach/expected/change.ts';
import { NO_RECORDS } from '../../reach/expected/records.ts';
import { takenBackRule } from '../../reach/expected/taken-back.ts';

export function expectClear(snapshot: Snapshot, intent: ClearIntent): ExpectedChange {
  return expectReturn('any', [], (known) => takenBackRule(snapshot, known, intent, NO_RECORDS));
}
