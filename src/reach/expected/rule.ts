/**
 * What an operation may do, said a second time and in another way than `plan/` says it: as properties of requests
 * before and after. The intent and the objects go in, and nothing that the planner has worked out.
 */
import type { ChangeIntent } from '../../intent/types.ts';
import type { DestinationRule } from '../../istio/types.ts';
import type { Snapshot } from '../../plan/types.ts';
import { headersRule } from './headers.ts';
import { promoteRule } from './promote.ts';
import type { Known } from './shift.ts';
import { recordsOfPromote, type Records } from './records.ts';
import { meantBy, takenBackRule } from './taken-back.ts';
import type { GuardRule } from './types.ts';
import { undoRecords, undoRule } from './undo.ts';
import { weightRule } from './weight.ts';

/** What is recorded of the change that is taken back; nothing for an operation that takes nothing back. */
export function recordsFor(snapshot: Snapshot, intent: ChangeIntent): Records {
  switch (intent.operation) {
    case 'undo':
    case 'take-back':
      return undoRecords(snapshot, intent);
    case 'rollback':
      return recordsOfPromote(snapshot, intent.podLabels, meantBy(snapshot, intent));
    case 'headers':
    case 'weight':
    case 'promote':
    case 'clear':
      return { stories: new Map(), rules: [] };
  }
}

/**
 * @param rulesAfter the DestinationRules as they shall be
 * @param records `recordsFor` the same
 */
export function guardRule(
  snapshot: Snapshot,
  intent: ChangeIntent,
  rulesAfter: readonly DestinationRule[],
  records: Records,
): GuardRule {
  const known: Known = {
    namespace: snapshot.namespace,
    virtualServices: snapshot.virtualServices,
    rules: [...rulesAfter, ...snapshot.destinationRules],
  };
  switch (intent.operation) {
    case 'headers':
      return headersRule(known, intent);
    case 'weight':
      return weightRule(known, intent);
    case 'promote':
      return promoteRule(known, intent);
    case 'rollback':
    case 'clear':
      return takenBackRule(snapshot, known, intent, records);
    case 'undo':
    case 'take-back':
      return undoRule(known, intent, records);
  }
}
