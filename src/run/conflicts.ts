import { elapsed, elapsing } from '../base/elapsed.ts';
import { TrafficError, toTrafficError, withSentence } from '../base/errors.ts';
import { backoffPause, retry, type Backoff, type Try } from '../base/retry.ts';
import type { RunContext } from './context.ts';
import { hasEntry, since } from './journal-readers.ts';

/** Milliseconds that a run tries again while others write the same objects. */
const CONFLICT_LIMIT = 60_000;
/** Tries that a run has, also where they take longer: fifty jobs on a busy machine need seconds for each. */
const LEAST_TRIES = 20;

/** Milliseconds that an attempt is taken to last, at least and at most: one may hold a wait for the proxies. */
const ATTEMPT: readonly [least: number, most: number] = [100, 1_000];

/**
 * Pauses in proportion to what an attempt takes. Others write in between for as long as that is, so that shorter pauses
 * only make more conflicts (fifty processes on two cores spend their time on each other's), and longer ones leave the
 * object idle.
 *
 * @param took milliseconds of the attempt that met the conflict
 */
function backoffAfter(took: number): Backoff {
  const [least, most] = ATTEMPT;
  const length = Math.min(most, Math.max(least, took));
  return { first: 4 * length, longest: 16 * length, jitter: [0, 1] };
}

/**
 * Tries again after a conflict, with growing jittered pauses, for up to a minute from the first one, and once more at
 * its end; on a slow machine as often as it can be done in that time elsewhere. The minute is of the whole run, so that
 * conflicts at one place and then at another don't get a minute each. An undoing has its own.
 *
 * @throws TrafficError whatever else `attempt` throws; conflict when the minute is over
 */
export async function untilNoConflict<T>(
  { clock, log, journal }: Pick<RunContext, 'clock' | 'log' | 'journal'>,
  attempt: (number: number) => Promise<T>,
): Promise<T> {
  return retry(elapsing(clock), async (number): Promise<Try<T>> => {
    const begun = elapsed(clock);
    try {
      return { kind: 'done', value: await attempt(number) };
    } catch (thrown) {
      const error = toTrafficError(thrown);
      if (error.reason !== 'conflict') throw error;
      const ofThisPart = since(journal.entries, 'undoing');
      if (hasEntry(ofThisPart, 'retries-exhausted')) throw error;
      const time = elapsed(clock);
      journal.add({ kind: 'conflict', time });
      const first = ofThisPart.find((entry) => entry.kind === 'conflict')?.time ?? time;
      return {
        kind: 'again',
        pause: backoffPause(backoffAfter(time - begun), number, clock.random()),
        deadline: number < LEAST_TRIES ? Infinity : first + CONFLICT_LIMIT,
        late: 'cut',
        onPause: () => {
          log.info(withSentence(error.message, 'Trying again on what is there now.'));
        },
        giveUp: (tries) => {
          journal.add({ kind: 'retries-exhausted' });
          const seconds = Math.round((elapsed(clock) - first) / 1_000);
          const span = seconds <= 60 ? 'a minute' : `${seconds} s`;
          const words = `Tried ${tries} times in ${span}: something writes this object all the time. Find out what (kubectl get … --show-managed-fields) and run again.`;
          throw new TrafficError('conflict', withSentence(error.message, words), { cause: error });
        },
      };
    }
  });
}
