import { bisect, logFactorial } from './binomial.ts';
import { ENOUGH } from './evidence.ts';

/** A gate whose evidence is the average of several bets, over several scrapes that are alike. */
export interface WatchedGate {
  readonly scrapes: number;
  /** Of the build, in one scrape. */
  readonly requests: number;
  /** Bad requests of the stable build in one scrape. */
  readonly others: number;
  readonly bets: number;
  /** What the evidence is multiplied by. */
  readonly startWeight: number;
  /** The logarithm of the evidence of one scrape, for a bet by its index. */
  readonly logOf: (bad: number, others: number, bet: number) => number;
}

/**
 * The share of bad requests with which the build would have been noticed by now in nine of ten runs; undefined: none
 * would. Everything but the build's bad requests is as it was, and these come one by one.
 *
 * The evidence of a run is a sum of logarithms, one for each scrape, so it is nearly normal: what is needed is the
 * average and the variance of one scrape. The evidence is an average over the bets, of which the two largest are nearly
 * alike.
 */
export function noticeableShare(watched: WatchedGate): number | undefined {
  const { scrapes, requests, others, bets, startWeight } = watched;
  const needed = Math.log(ENOUGH) + Math.log(bets / ALIKE) - Math.log(startWeight);
  const stable = twoPoints(others);
  const isNoticed = (share: number): boolean => {
    const build = poisson(requests * share);
    for (let bet = 0; bet < bets; bet += 1) {
      const { mean, variance } = scrapeOf(build, stable, (bad, rest) => watched.logOf(bad, rest, bet));
      if (scrapes * mean - QUANTILE * Math.sqrt(scrapes * variance) >= needed) return true;
    }
    return false;
  };
  return isNoticed(1) ? bisect(0, 1, isNoticed, STEPS) : undefined;
}

/** Bets that are nearly as large as the largest, with it. */
const ALIKE = 2;

/** To a millionth. */
const STEPS = 20;

/** Of the normal distribution: nine of ten are above the average less this many deviations. */
const QUANTILE = 1.2816;

interface Likely {
  readonly count: number;
  readonly probability: number;
}

/** Average and variance of the logarithm of one scrape's evidence, for one bet. */
function scrapeOf(
  build: readonly Likely[],
  stable: readonly Likely[],
  logOf: (bad: number, others: number) => number,
): { readonly mean: number; readonly variance: number } {
  let mean = 0;
  let square = 0;
  for (const own of build) {
    for (const other of stable) {
      const probability = own.probability * other.probability;
      const log = logOf(own.count, other.count);
      mean += probability * log;
      square += probability * log * log;
    }
  }
  return { mean, variance: Math.max(0, square - mean * mean) };
}

/** Counts that are looked at: a distribution of large numbers is as well known by some of them. */
const MOST_COUNTS = 30;

/** A Poisson distribution, in at most `MOST_COUNTS` steps from four deviations below its average to four above. */
function poisson(mean: number): readonly Likely[] {
  const reach = 4 * Math.sqrt(mean) + 4;
  const from = Math.max(0, Math.floor(mean - reach));
  const step = Math.max(1, Math.ceil((mean + reach - from) / MOST_COUNTS));
  const counts = Array.from(
    { length: Math.ceil((mean + reach - from) / step) + 1 },
    (_, i) => from + i * step,
  );
  const logOfMean = Math.log(mean);
  const logs = counts.map((count) =>
    mean === 0 ? (count === 0 ? 0 : -Infinity) : count * logOfMean - mean - logFactorial(count),
  );
  const total = logs.reduce((sum, log) => sum + Math.exp(log), 0);
  return counts.map((count, i) => ({ count, probability: Math.exp(logs[i] ?? -Infinity) / total }));
}

/** Two numbers with the average, the variance and the skewness of a Poisson distribution. */
function twoPoints(mean: number): readonly Likely[] {
  if (mean === 0) return [{ count: 0, probability: 1 }];
  const reach = Math.sqrt(mean + 0.25);
  const [low, high] = [mean + 0.5 - reach, mean + 0.5 + reach];
  const upper = (mean - low) / (high - low);
  return [
    { count: low, probability: 1 - upper },
    { count: high, probability: upper },
  ];
}
