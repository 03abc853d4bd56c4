import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shareBounds } from '../../src/gates/binomial.ts';
import { badTogether, eventsOf, NO_JUMPS, withScrape } from '../../src/gates/dispersion.ts';
import {
  BETS,
  LINE_BETS,
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

/** The average over all ways in which some events hit, each with the same probability; `of` gets the size that was hit. */
function averageOf(events: readonly number[], share: number, of: (hit: number) => number): number {
  const [first, ...others] = events;
  if (first === undefined) return of(0);
  return (
    share * averageOf(others, share, (hit) => of(hit + first)) + (1 - share) * averageOf(others, share, of)
  );
}

/** Requests that are bad together, by event. */
const clusters = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** As many as fit, where none is larger than one part of them. */
function eventsIn(sizes: readonly number[], all: number): number {
  return Math.max(1, Math.floor(all / Math.max(...sizes)));
}

/** What makes one over the evidence a probability: where nothing is wrong, its average is at most 1. */
describe('evidence is at most 1 on average where nothing is wrong', () => {
  const sides = fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 5000 }));

  test('of a build as good as the stable one, however many requests are bad together', () => {
    fc.assert(
      fc.property(sides, clusters, fc.constantFrom(...BETS), ([build, stable], sizes, bet) => {
        const bad = sumOf(sizes);
        const mean = averageOf(sizes, build / (build + stable), (own) =>
          Math.exp(
            logRatio(
              { build: { requests: build, bad: own }, stable: { requests: stable, bad: bad - own } },
              eventsIn(sizes, bad),
              bet,
            ),
          ),
        );
        expect(mean).toBeLessThanOrEqual(1 + 1e-9);
      }),
    );
  });

  test('and 1, where all are equally many: nothing is given away', () => {
    const equal = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 8 }));
    fc.assert(
      fc.property(sides, equal, fc.constantFrom(...BETS), ([build, stable], [size, events], bet) => {
        const mean = averageOf(Array<number>(events).fill(size), build / (build + stable), (own) =>
          Math.exp(
            logRatio(
              {
                build: { requests: build, bad: own },
                stable: { requests: stable, bad: size * events - own },
              },
              events,
              bet,
            ),
          ),
        );
        expect(mean).toBeCloseTo(1, 6);
      }),
    );
  });

  test('of a share up to the line, however many requests are bad together', () => {
    const share = fc.double({ min: 0.001, max: 0.5, noNaN: true });
    const part = fc.double({ min: 0.1, max: 1, noNaN: true });
    fc.assert(
      fc.property(clusters, share, part, fc.constantFrom(...LINE_BETS), (sizes, line, below, bet) => {
        const requests = sumOf(sizes);
        const mean = averageOf(sizes, line * below, (bad) =>
          Math.exp(logRatioOfLine({ requests, bad }, eventsIn(sizes, requests), line, bet)),
        );
        expect(mean).toBeLessThanOrEqual(1 + 1e-9);
      }),
    );
  });

  test('of a share that is the floor', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 80 }),
        fc.double({ min: 0.001, max: 0.5, noNaN: true }),
        fc.constantFrom(...RATIOS),
        (count, share, times) => {
          const floor = average(count, share, (hits) => Math.exp(logRatioOfFloor(count, hits, share, times)));
          expect(floor).toBeCloseTo(1, 6);
        },
      ),
    );
  });
});

describe('how many bad requests come together', () => {
  const side = (bad: number) => ({ requests: 1000, bad });
  const after = (numbers: readonly (readonly [number, number])[]) =>
    badTogether(
      numbers.reduce(
        (state, [build, stable]) => withScrape(state, { build: side(build), stable: side(stable) }),
        NO_JUMPS,
      ),
    );
  const many = <T>(...some: readonly T[]): readonly T[] => Array.from({ length: 30 }, () => some).flat();

  test('at first, and where nothing is bad, some are assumed to', () => {
    expect(after([])).toBe(15);
    expect(after(many([0, 0]))).toBe(15);
  });

  test('few, where their number hardly jumps', () => {
    expect(after(many([20, 20], [24, 17]))).toBeLessThan(3);
  });

  test('many, where it jumps, and the more the more', () => {
    expect(after(many([0, 60], [60, 0]))).toBeGreaterThan(40);
    expect(after(many([0, 300], [300, 0]))).toBeGreaterThan(after(many([0, 60], [60, 0])));
  });

  test('an outage is forgotten', () => {
    const outage: readonly (readonly [number, number])[] = [[800, 800]];
    const calm = many<readonly [number, number]>([20, 20], [24, 17]);
    expect(after([...calm, ...outage])).toBeGreaterThan(30);
    expect(after([...calm, ...outage, ...calm, ...calm])).toBeLessThan(6);
  });

  test.for([
    [0, 15, 1],
    [29, 15, 1],
    [30, 15, 2],
    [90, 1, 90],
  ] as const)('%i bad ones, of which %i come together, are %i events', ([bad, together, events]) => {
    expect(eventsOf(bad, together)).toBe(events);
  });
});

test('nothing is known without requests, nor without any that is bad', () => {
  const none = { requests: 0, bad: 0 };
  const some = { requests: 9, bad: 0 };
  for (const bet of BETS) {
    expect(logRatio({ build: none, stable: none }, 1, bet)).toBe(0);
    expect(logRatio({ build: some, stable: some }, 1, bet)).toBe(0);
    expect(logRatio({ build: { requests: 9, bad: 9 }, stable: none }, 1, bet)).toBeCloseTo(0);
  }
  for (const bet of LINE_BETS) expect(logRatioOfLine(none, 1, 0.02, bet)).toBe(0);
});

test('sums of numbers that no number can hold', () => {
  expect(logSum([1000, 1000])).toBeCloseTo(1000 + Math.log(2));
  expect(logMean([-Infinity, -Infinity])).toBe(-Infinity);
  expect(logMean([-Infinity, 0])).toBeCloseTo(-Math.log(2));
});

describe('what would have been noticed in nine of ten runs', () => {
  const noticed = (ticks: number, requests: number): number =>
    noticeableLine({ ticks, requests: ticks * requests, together: 2 * ticks }, 0.02) ?? 1;

  test('nothing, of no request', () => {
    expect(noticeableLine({ ticks: 4, requests: 0, together: 60 }, 0.02)).toBeUndefined();
  });

  test('less, the more there are', () => {
    const shares = [30, 300, 3000, 30_000].map((requests) => noticed(10, requests));
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    expect(noticed(40, 30)).toBeLessThan(noticed(10, 30));
    expect(shares.at(-1)).toBeLessThan(0.03);
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
