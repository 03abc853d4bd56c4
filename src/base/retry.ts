/** Trying again after a pause: the one loop for everything that may go better a little later. */
import { throwIfCancelled } from './cancel.ts';

/** How time passes and dice fall; a test brings its own. */
export interface RetryTime {
  /** A date, or milliseconds since any fixed moment. */
  readonly now: () => Date | number;
  /** Waits so many milliseconds; ends early, with an error or without, when the signal is aborted. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** What one try came to. */
export type Try<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'at-once' }
  | {
      readonly kind: 'again';
      /** Milliseconds until the next try. */
      readonly pause: number;
      /** No pause goes on after this moment, in milliseconds as `now` counts. */
      readonly deadline: number;
      /** A pause that would last until the deadline or longer: `cut` ends it there, `give-up` ends the tries in its place. */
      readonly late: 'cut' | 'give-up';
      /** The result after the last try. @throws whatever tells of the failure */
      readonly giveUp: (tries: number) => T;
      /** Told before the pause. */
      readonly onPause?: (milliseconds: number) => void;
    };

/**
 * Tries until an attempt is done, or its deadline leaves no time for another try.
 *
 * @param attempt is given the number of the try, from 1; what it throws ends the tries
 * @throws TrafficError cancelled, once the signal is aborted; whatever `attempt` and `giveUp` throw
 */
export async function retry<T>(
  time: Pick<RetryTime, 'now' | 'sleep'>,
  attempt: (number: number) => Promise<Try<T>>,
  signal?: AbortSignal,
): Promise<T> {
  for (let number = 1; ; number += 1) {
    const result = await attempt(number);
    if (result.kind === 'done') return result.value;
    if (result.kind === 'at-once') continue;
    const left = result.deadline - Number(time.now());
    if (left <= 0 || (result.late === 'give-up' && result.pause >= left)) return result.giveUp(number);
    const pause = Math.min(result.pause, left);
    result.onPause?.(pause);
    await time.sleep(pause, signal);
    throwIfCancelled(signal);
  }
}

export interface Backoff {
  /** Milliseconds before the second try, and of the longest pause. */
  readonly first: number;
  readonly longest: number;
  /** The least and the greatest part of that, so that many runs don't come back in one moment. */
  readonly jitter: readonly [number, number];
}

/**
 * Milliseconds to pause after a try: doubled each time, up to the longest.
 *
 * @param tries so far, from 1
 * @param random from 0 up to 1
 */
export function backoffPause(
  { first, longest, jitter: [least, most] }: Backoff,
  tries: number,
  random: number,
): number {
  return Math.min(longest, first * 2 ** (tries - 1)) * (least + random * (most - least));
}
