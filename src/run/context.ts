import type { Log } from '../ports/collaborators.ts';
import type { Snapshot, Write } from '../plan/types.ts';
import type { Keep } from '../undo/apply.ts';
import type { StoreAndClock } from './interrupt.ts';
import type { Journal } from './journal.ts';
import type { Propagation } from './propagation.ts';

/** Adds to what was read what the operation has to know of pull requests. */
export type WithPullRequests = (snapshot: Snapshot) => Promise<Snapshot>;

/** What the steps of a run work with. A cancelled run ends what goes through `store` and `clock`. */
export interface RunContext extends StoreAndClock {
  /** In place of `store` and `clock`, for what is finished even if the run is cancelled. */
  readonly uncancelled: StoreAndClock;
  readonly log: Log;
  readonly journal: Journal;
  readonly propagation: Propagation;
  readonly withPullRequests: WithPullRequests;
  /** Asks whether the change is good, once the proxies have it; throws where it isn't. Absent: nobody asks. */
  readonly probe?: (() => Promise<void>) | undefined;
  /** The last word on a VirtualService that is taken back: it must not give the build more than it had. */
  readonly keep: Keep;
  /**
   * Makes of writes what takes them back, and gives it to whoever keeps it (`RunOptions.onWriting`): before each write
   * all so far and this one, in order; after an undoing those that are left. None: what was handed on, for a write that
   * was then refused, is no change of this run, and whoever did the same must not lose theirs by it.
   */
  readonly handOnUndoPlan: (writes: readonly Write[]) => void;
}

/** The same, for what is finished even if the run is cancelled. */
export function uncancellable(context: RunContext): RunContext {
  return { ...context, ...context.uncancelled };
}
