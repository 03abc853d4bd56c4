import type { ConfirmMode } from '../../intent/types.ts';
import type { Store } from '../../ports/store.ts';
import { hasEntry } from '../journal-readers.ts';
import type { PropagationWait } from '../propagation.ts';

export interface ConfirmOptions extends PropagationWait {
  readonly store: Store;
  readonly mode: ConfirmMode;
  /** Milliseconds that the proxies may take. */
  readonly timeout: number;
  /** Ends questions when the run is cancelled; those of an undoing go on. */
  readonly signal: AbortSignal | undefined;
}

export function isUndoing({ journal }: ConfirmOptions): boolean {
  return hasEntry(journal.entries, 'undoing');
}

/** A signal that is aborted after so many milliseconds, or when the run is cancelled and does not undo anything. */
export function abortedAfter(milliseconds: number, options: ConfirmOptions): AbortSignal {
  const limit = AbortSignal.timeout(Math.max(1, Math.ceil(milliseconds)));
  const { signal } = options;
  return signal === undefined || isUndoing(options) ? limit : AbortSignal.any([limit, signal]);
}
