import type { RollbackIntent } from '../../intent/types.ts';
import type { Snapshot } from '../../plan/types.ts';
import { expectReturn, type ExpectedChange } from '../../reach/expected/change.ts';
import { recordsOfPromote } from '../../reach/expected/records.ts';
import { meantBy, takenBackRule } from '../../reach/expected/taken-back.ts';

export function expectRollback(snapshot: Snapshot, intent: RollbackIntent): ExpectedChange {
  const records = recordsOfPromote(snapshot, intent.podLabels, meantBy(snapshot, intent));
  return expectReturn('own', records.rules, (known) => takenBackRule(snapshot, known, intent, records));
}
