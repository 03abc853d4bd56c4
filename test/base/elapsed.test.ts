import { expect, test } from 'vitest';
import { elapsed, elapsing } from '../../src/base/elapsed.ts';

const now = (): Date => new Date(7_000);

test('a clock that nobody can set counts, in whole milliseconds', () => {
  expect(elapsed({ now, elapsed: () => 1_234.567 })).toBe(1_235);
});

test('without one, the date does', () => {
  expect(elapsed({ now })).toBe(7_000);
});

test('a retry has the same time, and sleeps as the clock does', async () => {
  const slept: number[] = [];
  const clock = {
    now,
    elapsed: () => 12,
    sleep(milliseconds: number) {
      slept.push(milliseconds);
      return Promise.resolve();
    },
  };
  const time = elapsing(clock);
  await time.sleep(5);
  expect([time.now(), slept]).toEqual([12, [5]]);
});
