import type { Log } from '../ports/collaborators.ts';
import type { Write } from '../plan/types.ts';
import type { Keep } from '../undo/apply.ts';
import type { Means } from './interrupt.ts';
import type { Journal } from './journal.ts';
import type { WithPullRequests } from './pull-requests.ts';
import type { Propagation } from './propagation.ts';

/** What the steps of a run work with. A cancelled run ends what goes through `store` and `clock`. */
export interface RunContext extends Means {
  /** In place of `store` and `clock`, for what is finished even if the run is cancelled. */
  readonly uncancelled: Means;
  readonly log: Log;
  readonly journal: Journal;
  readonly propagation: Propagation;
  /** Adds to what was read what the operation has to know of pull requests. */
  readonly withPullRequests: WithPullRequests;
  /** Asks whether the change is good, once the proxies have it; throws where it isn't. Absent: nobody asks. */
  readonly probe?: (() => Promise<void>) | undefined;
  /** The last word on a VirtualService that is taken back: it must not give the build more than it had. */
  readonly keep: Keep;
  /** Told before each write what is or may be written then, in order, and after an undoing what is left of it. */
  readonly onWriting: (writes: readonly Write[]) => void;
}

/** The same, for what is finished even if the run is cancelled. */
export function uncancellable(context: RunContext): RunContext {
  return { ...context, ...context.uncancelled };
}
