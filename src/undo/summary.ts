/** What a change did, in the words of its operation: made of a plan, read from a record. */
import { isList, type Json } from '../base/json.ts';
import { CHANGE_EFFECTS, type ChangeEffect, type ChangeSummary, type Plan } from '../plan/types.ts';
import { isTextOf } from './shape.ts';

/** An undo does what the change that it reverts did, backwards. */
export function changeSummaryOf({ operation, subset, undone, effects = [] }: Plan): ChangeSummary {
  if (undone === undefined) return { operation, subset, isBack: false, effects };
  if ((undone.count ?? 1) > 1) return { operation: 'undo', subset: null, isBack: false, effects };
  return { ...undone.summary, isBack: !undone.summary.isBack };
}

/**
 * A summary as an annotation or a step's state holds it. A subset that is no text counts as unknown.
 *
 * @throws Error where it can't be one
 */
export function parseSummary(
  operation: unknown,
  subset: unknown,
  isBack: unknown,
  effects: Json | undefined,
): ChangeSummary {
  const isOperation = isTextOf(operation, 40) && /^[a-z][a-z-]*$/.test(operation);
  if (!isOperation || typeof isBack !== 'boolean') throw new Error('what was done is not in it');
  return {
    operation,
    subset: typeof subset === 'string' ? subset : null,
    isBack,
    effects: effects === undefined ? effectsWithoutRecord(operation) : effectsIn(effects),
  };
}

/** Those that are known: a later version of istiops may know more. */
function effectsIn(value: Json): readonly ChangeEffect[] {
  if (!isList(value) || value.length > 20 || !value.every((word) => isTextOf(word, 40)))
    throw new Error('the effects of what was done are not in it');
  return CHANGE_EFFECTS.filter((effect) => value.includes(effect));
}

/** Records of version 1.0 name the operation alone. Later operations always say their effects. */
const EFFECTS_IN_1_0: ReadonlyMap<string, readonly ChangeEffect[]> = new Map([
  ['headers', ['shifts-to-build', 'previews']],
  ['weight', ['shifts-to-build', 'routes']],
  ['promote', ['shifts-to-build', 'previews', 'routes', 'cuts-over']],
]);

/** The effects of a change by a version that did not record them. */
export function effectsWithoutRecord(operation: string): readonly ChangeEffect[] {
  return EFFECTS_IN_1_0.get(operation) ?? ['routes'];
}
