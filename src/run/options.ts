import type { LiveStage } from '../github/live.ts';
import type { Snapshot } from '../plan/types.ts';
import type { Store } from '../ports/store.ts';
import type { Outcome } from '../report/types.ts';
import type { UndoPlan } from '../undo/types.ts';

export interface RunOptions {
  /**
   * Called once everything is known that can be known before the first write, when the server begins to try the
   * writes; none is made before the promise is fulfilled.
   *
   * @param outcome makes the outcome, which takes as long as the server's answers: to be called while they are awaited
   */
  readonly onPlanned?: (outcome: () => Outcome) => Promise<void>;
  /**
   * Called before each write with what takes back everything written so far and this write, and after an undoing with
   * what takes back the rest. Whoever keeps it can take the change back even if the process is killed.
   */
  readonly onWriting?: (undoPlan: UndoPlan, store: Store, namespace: string) => void;
  /** Of a canary: called after each look, for whoever watches from afar. Must return at once. */
  readonly onStage?: (seen: LiveStage) => void;
  /** One of several runs of one step, such as the stages of a canary. */
  readonly part?: Part;
}

/** What a run knows of the other runs of its step. */
export interface Part {
  /** Of the change in `istiops/history` that the run is a part of, so that `undo` reverts all of it; absent: of none. */
  readonly id?: string;
  /** A run of the same step has written before: this one can't say of the step that nothing was changed. */
  readonly isAfterWrites?: boolean;
  /**
   * Called with what each plan is made from, without what this run has written: whoever watched the objects until now
   * may see there that somebody else has changed them since. What it throws ends the run before it writes.
   */
  readonly onRead?: (snapshot: Snapshot) => void;
  /** Called when the routes hold and subsets are being removed: from then on the run doesn't take its change back. */
  readonly onTidying?: () => void;
}
