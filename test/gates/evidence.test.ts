import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noticeableShare, shareBounds } from '../../src/gates/binomial.ts';
import {
  logMean,
  logRatio,
  logRatioOfFloor,
  logRatioOfLine,
  logSum,
  RATIOS,
} from '../../src/gates/evidence.ts';
import { noticeableLine } from '../../src/gates/line.ts';

/** The average over a binomial distribution. */
function average(count: number, share: number, of: (hits: number) => number): number {
  let [sum, probability] = [0, (1 - share) ** count];
  for (let hits = 0; hits <= count; hits += 1) {
    sum += probability * of(hits);
    probability *= ((count - hits) / (hits + 1)) * (share / (1 - share));
  }
  return sum;
}

const ratio = fc.constantFrom(...RATIOS);

/** What makes one over the evidence a probability: where nothing is wrong, its average is 1. */
describe('evidence is 1 on average where nothing is wrong', () => {
  test('of a build as good as the stable one, whatever fails how often', () => {
    const requests = fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 5000 }));
    fc.assert(
      fc.property(requests, fc.integer({ min: 0, max: 60 }), ratio, ([build, stable], bad, times) => {
        const mean = average(bad, build / (build + stable), (own) =>
          Math.exp(
            logRatio(
              { build: { requests: build, bad: own }, stable: { requests: stable, bad: bad - own } },
              times,
            ),
          ),
        );
        expect(mean).toBeCloseTo(1, 6);
      }),
    );
  });

  test('of a share that is the line, or the floor', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 80 }),
        fc.double({ min: 0.001, max: 0.5, noNaN: true }),
        ratio,
        (count, share, times) => {
          const line = average(count, share, (bad) => Math.exp(logRatioOfLine(count, bad, share, times)));
          const floor = average(count, share, (hits) => Math.exp(logRatioOfFloor(count, hits, share, times)));
          expect(line).toBeCloseTo(1, 6);
          expect(floor).toBeCloseTo(1, 6);
        },
      ),
    );
  });

  test('and less of a share below the line', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 80 }),
        fc.double({ min: 0.01, max: 0.5, noNaN: true }),
        ratio,
        (count, line, times) => {
          const below = average(count, line / 2, (bad) => Math.exp(logRatioOfLine(count, bad, line, times)));
          expect(below).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

test('nothing is known without requests', () => {
  const none = { requests: 0, bad: 0 };
  expect(logRatio({ build: none, stable: none }, 10)).toBe(0);
  expect(logRatio({ build: { requests: 9, bad: 9 }, stable: none }, 10)).toBeCloseTo(0);
});

test('sums of numbers that no number can hold', () => {
  expect(logSum([1000, 1000])).toBeCloseTo(1000 + Math.log(2));
  expect(logMean([-Infinity, -Infinity])).toBe(-Infinity);
  expect(logMean([-Infinity, 0])).toBeCloseTo(-Math.log(2));
});

describe('what would have been noticed in nine of ten runs', () => {
  test.for([
    [100, 1, 1 - 0.1 ** (1 / 100)],
    [10, 10, 0.9 ** (1 / 10)],
    [1, 1, 0.9],
  ] as const)('%i requests of which %i are needed', ([requests, needed, share]) => {
    expect(noticeableShare(requests, needed)).toBeCloseTo(share, 6);
  });

  test('never', () => {
    expect(noticeableShare(5, 6)).toBeUndefined();
    expect(noticeableLine(1, 0.02)).toBeUndefined();
  });

  test('the probability is nine in ten', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (requests, part) => {
          const needed = Math.max(1, Math.ceil(requests * part * 0.3));
          const share = noticeableShare(requests, needed) ?? 1;
          if (share > 0.9) return;
          expect(average(requests, share, (hits) => (hits >= needed ? 1 : 0))).toBeCloseTo(0.9, 3);
        },
      ),
    );
  });

  test('more requests notice less', () => {
    const shares = [100, 1000, 10_000, 1_000_000].map((requests) => noticeableLine(requests, 0.02) ?? 1);
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    expect(shares.at(-1)).toBeLessThan(0.026);
  });
});

test('bounds hold what was seen', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (requests, part) => {
        const hits = Math.floor(requests * part);
        const { from, to } = shareBounds(requests, hits);
        expect(from).toBeLessThanOrEqual(hits / requests + 1e-9);
        expect(to).toBeGreaterThanOrEqual(hits / requests - 1e-9);
      },
    ),
  );
  expect(shareBounds(0, 0)).toEqual({ from: 0, to: 1 });
});
