/**
 * How strongly counts speak against a build, in a way that allows a look after every tick: the probability that a
 * number like this is *ever* reached by chance is at most one over the number (Ville's inequality). A test that is made
 * for one look, and repeated at each, raises an alarm in a third of all healthy runs.
 *
 * No statistics library: what is needed are sums of logarithms, and one tail of the binomial distribution.
 *
 * @see https://en.wikipedia.org/wiki/E-values and Ramdas and others, "Game-theoretic statistics and safe anytime-valid
 * inference", Statistical Science 38 (2023)
 */

/** How many times as bad a build may be: the evidence is the average over all of these. */
export const RATIOS = [1.5, 2, 4, 10, 40] as const;

/** Evidence of 100 says bad: at most 1 % of healthy runs ever have it. */
export const ENOUGH = 100;

/** Of one tick or of several: what became of the requests of both sides. `bad` are failed or slow ones. */
export interface Pair {
  readonly build: { readonly requests: number; readonly bad: number };
  readonly stable: { readonly requests: number; readonly bad: number };
}

/**
 * The logarithm of the likelihood ratio for "the build is `ratio` times as bad" against "both are equally good", given
 * how many requests were bad in all. If both are equally good, each bad one is the build's with the probability of its
 * share of the requests, whatever goes wrong how often: an outage that hits both says nothing.
 */
export function logRatio({ build, stable }: Pair, ratio: number): number {
  const requests = build.requests + stable.requests;
  if (requests === 0) return 0;
  const share = build.requests / requests;
  return build.bad * Math.log(ratio) - (build.bad + stable.bad) * Math.log1p(share * (ratio - 1));
}

/** What `bad` requests of the stable build alone weigh, at the build's share of `pair`. Never positive. */
export function logRatioOfStable(bad: number, { build, stable }: Pair, ratio: number): number {
  const requests = build.requests + stable.requests;
  return requests === 0 ? 0 : -bad * Math.log1p((build.requests / requests) * (ratio - 1));
}

/**
 * The logarithm of the likelihood ratio for a share of bad requests `ratio` times the line against the line itself. Where
 * the true share is below the line, its average is below 1, so that it is evidence against "at most the line".
 */
export function logRatioOfLine(requests: number, bad: number, line: number, ratio: number): number {
  const share = Math.min(ratio * line, (1 + line) / 2);
  return bad * Math.log(share / line) + (requests - bad) * (Math.log1p(-share) - Math.log1p(-line));
}

/** The same for a share of `floor` over the ratio against "at least the floor". */
export function logRatioOfFloor(requests: number, hits: number, floor: number, ratio: number): number {
  return hits * -Math.log(ratio) + (requests - hits) * (Math.log1p(-floor / ratio) - Math.log1p(-floor));
}

/** The logarithm of the average of numbers that are given by their logarithms, which may be far beyond 1e308. */
export function logMean(logs: readonly number[]): number {
  return logSum(logs) - Math.log(logs.length);
}

export function logSum(logs: readonly number[]): number {
  const largest = Math.max(...logs);
  if (largest === -Infinity) return -Infinity;
  return largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0));
}
