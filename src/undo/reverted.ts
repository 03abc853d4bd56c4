import type { Conflict } from './types.ts';

/** An object once a change is reverted on it, as far as that could be done. */
export interface Reverted<T> {
  /** The very object where nothing is reverted. */
  readonly after: T;
  /** In words, what is reverted. */
  readonly done: readonly string[];
  /** What is left as it is, because somebody else changed it since. */
  readonly conflicts: readonly Conflict[];
}
