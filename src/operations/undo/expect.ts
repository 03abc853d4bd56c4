import type { UndoIntent } from '../../intent/types.ts';
import type { Snapshot } from '../../plan/types.ts';
import { expectReturn, type ExpectedChange } from '../../reach/expected/change.ts';
import { undoRecords, undoRule } from '../../reach/expected/undo.ts';

export function expectUndo(snapshot: Snapshot, intent: UndoIntent): ExpectedChange {
  const records = undoRecords(snapshot, intent);
  return expectReturn('recorded', records.rules, (known) => undoRule(known, intent, records));
}
