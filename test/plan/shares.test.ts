import { describe, expect, test } from 'vitest';
import { give, wholePercents } from '../../src/plan/shares.ts';

/** `20 of 100`, as it is asked. */
const percent = (part: number) => ({ part, whole: 100 });
const at = (...positions: number[]): ReadonlySet<number> => new Set(positions);

describe('give', () => {
  test.for<[string, bigint[], ReadonlySet<number>, number, bigint[], bigint[]]>([
    ['the others keep their proportions', [50n, 30n, 0n], at(2), 20, [50n, 30n, 0n], [5n, 3n, 2n]],
    ['a share of 0 has its proportions back', [0n, 0n, 1n], at(2), 40, [3n, 1n, 0n], [9n, 3n, 8n]],
    ['without any, all get the same', [0n, 0n, 1n], at(2), 40, [0n, 0n, 0n], [3n, 3n, 4n]],
    [
      'two entries of a build share in their proportions',
      [1n, 3n, 4n],
      at(0, 1),
      20,
      [1n, 3n, 4n],
      [1n, 3n, 16n],
    ],
    ['nobody beside it: it keeps everything', [4n, 2n], at(0, 1), 20, [4n, 2n], [2n, 1n]],
  ])('%s', ([, shares, positions, part, fallback, expected]) => {
    expect(give(shares, positions, percent(part), fallback)).toEqual(expected);
  });

  test('asked of another whole', () => {
    expect(give([1n, 1n], at(1), { part: 1, whole: 3 }, [1n, 1n])).toEqual([2n, 1n]);
  });
});

describe('wholePercents', () => {
  test.for<[string, bigint[], ReadonlySet<number>, number[]]>([
    ['nothing to round', [5n, 3n, 2n], at(), [50, 30, 20]],
    ['the largest remainder is raised, wherever it stands', [1n, 5n], at(), [17, 83]],
    ['of two missing, the two largest remainders', [10n, 17n, 3n, 1n], at(), [32, 55, 10, 3]],
    ['a tie goes to the earlier', [1n, 1n, 1n], at(), [34, 33, 33]],
    ['all 0 counts as everyone the same', [0n, 0n, 0n], at(), [34, 33, 33]],
    ['entries asked for last are rounded as one', [1n, 1n, 1n, 5n], at(0, 1, 2), [13, 13, 12, 62]],
    ['all 0 but one', [0n, 7n], at(0), [0, 100]],
  ])('%s', ([, shares, exact, expected]) => {
    expect(wholePercents(shares, exact)).toEqual(expected);
  });
});
