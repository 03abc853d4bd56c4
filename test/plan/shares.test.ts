import { describe, expect, test } from 'vitest';
import { sharesAfter, wholePercents } from '../../src/plan/shares.ts';

interface Asked {
  readonly positions: readonly number[];
  readonly part: number;
  readonly whole: number;
}

const ask = (part: number, ...positions: number[]): Asked => ({ positions, part, whole: 100 });
const at = (...positions: number[]): ReadonlySet<number> => new Set(positions);
const percents = (first: readonly number[], ...asks: readonly Asked[]): number[] =>
  wholePercents(sharesAfter(first, asks));

describe('shares after some were requested', () => {
  test.for<[string, number[], Asked[], number[]]>([
    ['the others keep their proportions', [50, 30, 0], [ask(20, 2)], [50, 30, 20]],
    ['a share of 0 has its proportions back', [3, 1, 0], [ask(100, 2), ask(40, 2)], [45, 15, 40]],
    ['without any, all get the same', [0, 0, 0], [ask(100, 2), ask(40, 2)], [30, 30, 40]],
    ['two entries of a build share in their proportions', [1, 3, 4], [ask(20, 0, 1)], [5, 15, 80]],
    ['nobody beside it: it keeps everything', [4, 2], [ask(10, 0, 1)], [67, 33]],
    ['asked of another whole', [1, 1], [{ positions: [1], part: 1, whole: 3 }], [67, 33]],
    ['squeezed by 100, then asked again', [1, 0, 0], [ask(20, 1), ask(100, 2), ask(50, 1)], [0, 50, 50]],
    ['all the others at 0', [1, 0, 0], [ask(50, 1), ask(0, 1), ask(100, 2), ask(0, 2)], [100, 0, 0]],
  ])('%s', ([, first, asks, expected]) => {
    expect(percents(first, ...asks)).toEqual(expected);
  });

  test('equal shares stay equal, however often others are requested', () => {
    const asks = Array.from({ length: 500 }, (_, i) => ask((i * 37) % 98, 3 + (i % 2)));
    const shares = sharesAfter([1, 1, 1, 0, 0], asks);

    expect(shares.slice(0, 3)).toEqual([shares[0], shares[0], shares[0]]);
    expect(shares[0]).toBeGreaterThan(0n);
  });

  test('a build that was squeezed a thousand times gets the share that is requested', () => {
    const squeezing = Array.from({ length: 1000 }, (_, i) => ask(99, 1 + (i % 2)));

    expect(percents([1, 0, 0], ...squeezing, ask(60, 0))).toEqual([60, 0, 40]);
  });

  test('the numbers of a thousand requested shares are no longer than those of ten', () => {
    const bits = (count: number): number => {
      const asks = Array.from({ length: count }, (_, i) => ask(1 + (i % 97), i % 3));
      return Math.max(...sharesAfter([7, 11, 13], asks).map((share) => share.toString(2).length));
    };

    expect(bits(1000)).toBeLessThanOrEqual(4096);
    expect(bits(10)).toBeLessThanOrEqual(4096);
  });
});

describe('wholePercents', () => {
  test.for<[string, bigint[], ReadonlySet<number>, number[]]>([
    ['nothing to round', [5n, 3n, 2n], at(), [50, 30, 20]],
    ['the largest remainder is raised, wherever it stands', [1n, 5n], at(), [17, 83]],
    ['of two missing, the two largest remainders', [10n, 17n, 3n, 1n], at(), [32, 55, 10, 3]],
    ['a tie goes to the earlier', [1n, 1n, 1n], at(), [34, 33, 33]],
    [
      'what is closer than can be told apart is a tie',
      [10n ** 200n, 10n ** 200n, 10n ** 200n + 1n],
      at(),
      [34, 33, 33],
    ],
    ['all 0 counts as everyone the same', [0n, 0n, 0n], at(), [34, 33, 33]],
    ['entries asked for last are rounded as one', [1n, 1n, 1n, 5n], at(0, 1, 2), [13, 13, 12, 62]],
    ['all 0 but one', [0n, 7n], at(0), [0, 100]],
  ])('%s', ([, shares, exact, expected]) => {
    expect(wholePercents(shares, exact)).toEqual(expected);
  });
});
