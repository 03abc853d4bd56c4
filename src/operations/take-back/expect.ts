import type { Snapshot } from '../../plan/types.ts';
import { expectReturn, type ExpectedChange } from '../../reach/expected/change.ts';
import { undoRecords, undoRule } from '../../reach/expected/undo.ts';
import type { TakeBackIntent } from '../../undo/types.ts';

export function expectTakeBack(snapshot: Snapshot, intent: TakeBackIntent): ExpectedChange {
  const records = undoRecords(snapshot, intent);
  return expectReturn('recorded', records.rules, (known) => undoRule(known, intent, records));
}
