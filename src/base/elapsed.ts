/** How much time goes by, by the clock of a run. */
import type { RetryTime } from './retry.ts';

/** The part of a clock that tells. */
export interface Elapsing {
  now(): Date;
  elapsed?(): number;
}

/**
 * Milliseconds since any fixed moment, for what is waited and measured: where somebody sets the machine's clock in the
 * middle, nothing ends earlier or later, and no report names another time than went by. Whole ones, because a timer
 * throws at a part of one.
 */
export function elapsed(clock: Elapsing): number {
  return Math.round(clock.elapsed?.() ?? clock.now().getTime());
}

/** The same clock for `retry`, whose deadlines are then moments of `elapsed`. */
export function elapsing(clock: Elapsing & Pick<RetryTime, 'sleep'>): Pick<RetryTime, 'now' | 'sleep'> {
  return {
    now: () => elapsed(clock),
    sleep: (milliseconds, signal) => clock.sleep(milliseconds, signal),
  };
}
