import type { RollbackIntent } from './intent.ts';
import type { Snapshot } from '../../plan/types.ts';
import { expectReturn, type ExpectedChange } from '../../reach/expected/change.ts';
import { NO_RECORDS, recordsOfPromote } from '../../reach/expected/records.ts';
import { meantBy, takenBackRule } from '../../reach/expected/taken-back.ts';

export function expectRollback(snapshot: Snapshot, intent: RollbackIntent): ExpectedChange {
  const records =
    'podLabels' in intent
      ? recordsOfPromote(snapshot, intent.podLabels, meantBy(snapshot, intent))
      : NO_RECORDS;
  return expectReturn('own', records.rules, (known) => takenBackRule(snapshot, known, intent, records));
}
