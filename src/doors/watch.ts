import type { Clock } from '../ports/collaborators.ts';
import type { Outcome } from '../report/types.ts';

/** Milliseconds between two drawings. */
const PAUSE = 2_000;

export interface WatchOptions {
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** Ends the watching. */
  readonly signal: AbortSignal | undefined;
  /** Reads everything anew. */
  readonly look: () => Promise<Outcome>;
  /** Draws what was seen, in place of what was drawn before where the output is a terminal. */
  readonly draw: (outcome: Outcome, at: Date) => void;
}

/**
 * Looks and draws every two seconds until it is told to stop. A first look that fails ends it; a later failure, such as
 * an API server that restarts, is drawn, and the next look comes all the same.
 *
 * @returns the last outcome
 */
export async function watch({ clock, signal, look, draw }: WatchOptions): Promise<Outcome> {
  let isFirst = true;
  for (;;) {
    const outcome = await look();
    // A look that was interrupted failed for that alone.
    if (signal?.aborted === true && !isFirst) return { ...outcome, failure: null };
    draw(outcome, clock.now());
    if (isFirst && outcome.failure !== null) return outcome;
    isFirst = false;
    await clock.sleep(PAUSE, signal);
    if (signal?.aborted === true) return { ...outcome, failure: null };
  }
}
