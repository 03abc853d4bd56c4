import type { ChangeIntent } from '../intent/types.ts';
import type { Draft } from '../plan/draft.ts';
import type { Finding, Phase, Snapshot } from '../plan/types.ts';

/** What a check may look at. */
export interface CheckContext {
  readonly snapshot: Snapshot;
  readonly intent: ChangeIntent;
  readonly draft: Draft;
  readonly phases: readonly Phase[];
}

/** A family of checks: the same context, the same findings. */
export type Check = (context: CheckContext) => readonly Finding[];
