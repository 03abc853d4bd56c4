import type { ComparedCounts } from './evidence.ts';

/**
 * How many bad requests come together. Requests don't fail one by one: a client asks again, one connection breaks under
 * ten requests, a pod waits for its database. What looks like ten failures is then one event, and counting each would
 * make evidence of chance.
 *
 * It is estimated by how much the number of bad requests of a build jumps from one scrape to the next, against how much
 * it would jump if each request failed by itself: the dispersion factor of a quasi-binomial model. An outage jumps as
 * well, so while one begins or ends, everybody counts less.
 *
 * @see https://en.wikipedia.org/wiki/Overdispersion and McCullagh and Nelder, "Generalized Linear Models"
 */
export interface Dispersion {
  /** Squares of the jumps, each over what it would be on average. */
  readonly squares: number;
  /** How much the jumps so far say. */
  readonly weight: number;
  /** The scrape before. */
  readonly last?: ComparedCounts;
}

export const NO_JUMPS: Dispersion = { squares: 0, weight: 0 };

/** What is taken for granted before anything is known: ten come together, with the weight of ten bad requests. */
const PRIOR = 10;
const PRIOR_WEIGHT = 10;
/** A jump of many bad requests is one jump all the same, and says no more than one of this many. */
const MOST_WEIGHT = 4;
/** So that an outage is forgotten: half of it after 23 scrapes. */
const KEPT = 0.97;
/** The estimate is multiplied by this, because half of all estimates are too low. */
const CAUTION = 1.5;
/** Where nearly every request is bad, their number hardly varies; it isn't believed to be less than this part. */
const LEAST_VARIANCE = 0.1;

/** With one more scrape; what earlier ones said counts a little less each time. */
export function withScrape(before: Dispersion, pair: ComparedCounts): Dispersion {
  const { last } = before;
  const jumps = last === undefined ? [] : [jump(last.build, pair.build), jump(last.stable, pair.stable)];
  return jumps.reduce<Dispersion>(
    ({ squares, weight }, next) => ({
      squares: squares + next.weight * next.square,
      weight: weight + next.weight,
      last: pair,
    }),
    { squares: KEPT * before.squares, weight: KEPT * before.weight, last: pair },
  );
}

/** The square of a jump over its average for requests that fail one by one, and how much it says. */
function jump(
  last: ComparedCounts['build'],
  now: ComparedCounts['build'],
): { readonly square: number; readonly weight: number } {
  const bad = last.bad + now.bad;
  if (last.requests === 0 || now.requests === 0 || bad === 0) return { square: 0, weight: 0 };
  const growth = now.requests / last.requests;
  const share = bad / (last.requests + now.requests);
  const expected = share * now.requests;
  const variance = expected * (1 + growth) * Math.max(LEAST_VARIANCE, 1 - share);
  return { square: (now.bad - growth * last.bad) ** 2 / variance, weight: Math.min(MOST_WEIGHT, expected) };
}

/** How many bad requests are one event: at least 1. */
export function badTogether({ squares, weight }: Dispersion): number {
  return Math.max(1, (CAUTION * (PRIOR * PRIOR_WEIGHT + squares)) / (PRIOR_WEIGHT + weight));
}

/** As how many events the bad requests of a scrape count. One that a single thing has made bad is the least. */
export function eventsOf(bad: number, together: number): number {
  return Math.max(1, Math.floor(bad / together));
}
