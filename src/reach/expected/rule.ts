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
import { takenBackRule } from './taken-back.ts';
import type { GuardRule } from './types.ts';
import { undoRule } from './undo.ts';
import { weightRule } from './weight.ts';

/** @param rulesAfter the DestinationRules as they shall be */
export function guardRule(
  snapshot: Snapshot,
  intent: ChangeIntent,
  rulesAfter: readonly DestinationRule[],
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
      return takenBackRule(snapshot, known, intent);
    case 'undo':
    case 'take-back':
      return undoRule(known, intent);
  }
}
