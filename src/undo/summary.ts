/** What a change did, in the words of its operation: made of a plan, read from a record. */
import type { ChangeSummary, Plan } from '../plan/types.ts';
import { isTextOf } from './shape.ts';

/** An undo does what the change that it reverts did, backwards. */
export function changeSummaryOf({ operation, subset, undone }: Plan): ChangeSummary {
  if (undone === undefined) return { operation, subset, isBack: false };
  if ((undone.count ?? 1) > 1) return { operation: 'undo', subset: null, isBack: false };
  return { ...undone.summary, isBack: !undone.summary.isBack };
}

/**
 * A summary as an annotation or a step's state holds it. A subset that is no text counts as unknown.
 *
 * @throws Error where it can't be one
 */
export function parseSummary(operation: unknown, subset: unknown, isBack: unknown): ChangeSummary {
  const isOperation = isTextOf(operation, 40) && /^[a-z][a-z-]*$/.test(operation);
  if (!isOperation || typeof isBack !== 'boolean') throw new Error('what was done is not in it');
  return { operation, subset: typeof subset === 'string' ? subset : null, isBack };
}
