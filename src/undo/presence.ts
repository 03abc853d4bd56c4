import type { Snapshot } from '../plan/types.ts';
import { applyUndo } from './apply.ts';
import type { HistoryChange } from './history.ts';
import type { Undo } from './types.ts';

/** Is what a change made still there? `unknown`: there is no record of what it made. */
export type Presence = 'yes' | 'partly' | 'no' | 'unknown';

/**
 * Whether a change is still there tells the objects alone, by fingerprints: a later change of the same field, or of
 * the same preview, has replaced it.
 */
export function presenceOf(snapshot: Snapshot, { parts }: HistoryChange): Presence {
  const records = [...parts].flatMap(([{ metadata }, all]) => all.map(({ undo }) => ({ metadata, undo })));
  if (records.length === 0 || records.some(({ undo }) => undo === null)) return 'unknown';
  const undo: Undo = {
    virtualServices: records.flatMap(({ metadata: { namespace, name }, undo: one }) =>
      one === null ? [] : [{ namespace, name, ...one }],
    ),
    destinationRules: [],
  };
  const { done, conflicts } = applyUndo(snapshot, [undo]);
  if (done.length === 0) return 'no';
  return conflicts.length === 0 ? 'yes' : 'partly';
}
