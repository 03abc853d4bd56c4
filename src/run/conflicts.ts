import { TrafficError, toTrafficError, withSentence } from '../base/errors.ts';
import { backoffPause, retry, type Backoff, type Try } from '../base/retry.ts';
import type { RunContext } from './context.ts';
import { hasEntry, since } from './journal-readers.ts';

/** Milliseconds that a run tries again while others write the same objects. */
const CONFLICT_LIMIT = 60_000;

const BACKOFF: Backoff = { first: 100, longest: 2_000, jitter: [0.5, 1.5] };

/**
 * Tries again after a conflict, with growing jittered pauses, for up to a minute from the first one: the first of the
 * whole run, so that conflicts at one place and then at another don't get a minute each. An undoing has its own.
 *
 * @throws TrafficError whatever else `attempt` throws; conflict when the minute is over
 */
export async function untilNoConflict<T>(
  { clock, log, journal }: Pick<RunContext, 'clock' | 'log' | 'journal'>,
  attempt: (number: number) => Promise<T>,
): Promise<T> {
  return retry(clock, async (number): Promise<Try<T>> => {
    try {
      return { kind: 'done', value: await attempt(number) };
    } catch (thrown) {
      const error = toTrafficError(thrown);
      if (error.reason !== 'conflict') throw error;
      const ofThisPart = since(journal.entries, 'undoing');
      if (hasEntry(ofThisPart, 'retries-exhausted')) throw error;
      const time = clock.now().getTime();
      journal.add({ kind: 'conflict', time });
      const first = ofThisPart.find((entry) => entry.kind === 'conflict')?.time ?? time;
      return {
        kind: 'again',
        pause: backoffPause(BACKOFF, number, clock.random()),
        deadline: first + CONFLICT_LIMIT,
        late: 'give-up',
        onPause: () => {
          log.info(withSentence(error.message, 'Trying again on what is there now.'));
        },
        giveUp: (tries) => {
          journal.add({ kind: 'retries-exhausted' });
          const words = `Tried ${tries} times in a minute: something writes this object all the time. Find out what (kubectl get … --show-managed-fields) and run again.`;
          throw new TrafficError('conflict', withSentence(error.message, words), { cause: error });
        },
      };
    }
  });
}
