import type { ChangeDraft } from '../../plan/draft.ts';
import type { Snapshot } from '../../plan/types.ts';
import { planRemoval } from '../common/removal.ts';
import { staleness } from '../common/staleness.ts';
import type { ClearIntent } from './intent.ts';

/**
 * Everything of every build goes, or of those without a ready pod.
 *
 * @throws TrafficError not-found, check-failed, forbidden
 */
export function planClear(snapshot: Snapshot, intent: ClearIntent): ChangeDraft {
  return planRemoval(snapshot, intent, intent.mode === 'stale' ? staleness(snapshot) : () => true);
}
