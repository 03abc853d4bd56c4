import type { ChangeIntent } from '../operations/index.ts';
import type { ChangeDraft } from '../plan/draft.ts';
import type { Phase, Snapshot } from '../plan/types.ts';
import type { Finding } from '../base/findings.ts';

/** What a check may look at. */
export interface CheckContext {
  readonly snapshot: Snapshot;
  readonly intent: ChangeIntent;
  readonly draft: ChangeDraft;
  readonly phases: readonly Phase[];
}

/** A family of checks: the same context, the same findings. */
export type Check = (context: CheckContext) => readonly Finding[];
