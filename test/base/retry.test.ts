import { describe, expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import { backoffPause, retry, type Try } from '../../src/base/retry.ts';
import { fakeTime } from '../support/fake-time.ts';

const DONE: Try<string> = { kind: 'done', value: 'done' };

function again(pause: number, deadline: number, late: 'cut' | 'give-up'): Try<string> {
  return { kind: 'again', pause, deadline, late, giveUp: (tries) => `gave up after ${tries}` };
}

/** An attempt that comes to these one after the other, and to the last of them for ever. */
function attempts(...results: readonly Try<string>[]) {
  const numbers: number[] = [];
  return {
    numbers,
    attempt: (number: number): Promise<Try<string>> => {
      numbers.push(number);
      return Promise.resolve(results[number - 1] ?? results.at(-1) ?? DONE);
    },
  };
}

describe('trying again after a pause', () => {
  test('until it is done', async () => {
    const time = fakeTime();
    const { attempt, numbers } = attempts(again(100, 9_000, 'give-up'), again(200, 9_000, 'give-up'), DONE);
    expect(await retry(time, attempt)).toBe('done');
    expect(time.pauses).toEqual([100, 200]);
    expect(numbers).toEqual([1, 2, 3]);
  });

  test('at once, without a pause', async () => {
    const time = fakeTime();
    expect(await retry(time, attempts({ kind: 'at-once' }, DONE).attempt)).toBe('done');
    expect(time.pauses).toEqual([]);
  });

  test('a pause that leaves no time for another try is not begun', async () => {
    const time = fakeTime();
    expect(await retry(time, attempts(again(400, 2_000, 'give-up')).attempt)).toBe('gave up after 3');
    expect(time.pauses).toEqual([400, 400]);
  });

  test('or it is cut, and there is one last try at the deadline', async () => {
    const time = fakeTime();
    const { attempt, numbers } = attempts(again(400, 2_000, 'cut'));
    expect(await retry(time, attempt)).toBe('gave up after 4');
    expect(time.pauses).toEqual([400, 400, 200]);
    expect(numbers).toHaveLength(4);
  });

  test('a deadline that is over ends it after the first try', async () => {
    const time = fakeTime();
    expect(await retry(time, attempts(again(400, 1_000, 'cut')).attempt)).toBe('gave up after 1');
    expect(time.pauses).toEqual([]);
  });

  test('a clock may tell dates, and each pause is announced before it', async () => {
    const time = fakeTime();
    const said: string[] = [];
    const waiting: Try<string> = {
      kind: 'again',
      pause: 400,
      deadline: 1_500,
      late: 'cut',
      onPause: (pause) => said.push(`${pause} after ${time.pauses.length}`),
      giveUp: () => 'gave up',
    };
    const clock = { now: () => new Date(time.now()), sleep: time.sleep };
    expect(await retry(clock, attempts(waiting).attempt)).toBe('gave up');
    expect(said).toEqual(['400 after 0', '100 after 1']);
  });

  test('what an attempt throws ends it', async () => {
    const time = fakeTime();
    const denied = new TrafficError('rejected', 'No.');
    await expect(retry(time, () => Promise.reject(denied))).rejects.toBe(denied);
    expect(time.pauses).toEqual([]);
  });

  test('a signal that is aborted during a pause ends it before the next try', async () => {
    const controller = new AbortController();
    const cancelled = new TrafficError('cancelled', 'Stop.');
    const time = fakeTime(() => {
      controller.abort(cancelled);
    });
    const { attempt, numbers } = attempts(again(100, 9_000, 'give-up'));
    await expect(retry(time, attempt, controller.signal)).rejects.toBe(cancelled);
    expect(numbers).toEqual([1]);
  });
});

describe('the pauses between tries', () => {
  const backoff = { first: 100, longest: 1_000, jitter: [0.5, 1.5] } as const;

  test('double up to the longest', () => {
    expect([1, 2, 3, 4, 5, 6].map((tries) => backoffPause(backoff, tries, 0.5))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ]);
  });

  test('are jittered', () => {
    expect([0, 0.25, 1].map((random) => backoffPause(backoff, 2, random))).toEqual([100, 150, 300]);
  });
});
