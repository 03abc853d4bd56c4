import type { Snapshot } from '../../plan/types.ts';
import { expectReturn, type ExpectedChange } from '../../reach/expected/change.ts';
import { NO_RECORDS } from '../../reach/expected/records.ts';
import { takenBackRule } from '../../reach/expected/taken-back.ts';
import type { PruneIntent } from './intent.ts';

/** As for `clear`: requests of previews and shares that go get what the routes below say. */
export function expectPrune(snapshot: Snapshot, intent: PruneIntent): ExpectedChange {
  return expectReturn('any', [], (known) => takenBackRule(snapshot, known, intent, NO_RECORDS));
}
