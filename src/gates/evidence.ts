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

/** How many times less than a floor: the evidence is the average over all of these. */
export const RATIOS = [1.5, 2, 4, 10, 40] as const;

/** What the evidence against a build is made of: it is the average over all of these. */
export interface Bet {
  /** How many times as bad as the stable build it may be. */
  readonly ratio: number;
  /**
   * All bad requests of a scrape are one event. That finds a build that is much worse soonest, where few requests are bad.
   * Else they are as many events as they seem to be, which finds what is a little worse, where many are.
   */
  readonly isOneEvent: boolean;
}

export const BETS: readonly Bet[] = [
  { ratio: 10, isOneEvent: true },
  { ratio: 50, isOneEvent: true },
  { ratio: 2, isOneEvent: false },
  { ratio: 10, isOneEvent: false },
  { ratio: 50, isOneEvent: false },
];

/** Evidence of 100 says bad: at most 1 % of healthy runs ever have it. */
export const ENOUGH = 100;

/** What became of the requests of one side. `bad` are failed or slow ones. */
export interface RequestCounts {
  readonly requests: number;
  readonly bad: number;
}

/** Of one tick or of several. */
export interface ComparedCounts {
  readonly build: RequestCounts;
  readonly stable: RequestCounts;
}

/**
 * The logarithm of the evidence of one scrape for "the build is `ratio` times as bad" against "both are equally good",
 * given how many requests were bad in all. If both are equally good, whatever makes requests bad hits the build with the
 * probability of its share of the requests, whatever goes wrong how often: an outage that hits both says nothing.
 *
 * The bad requests count as `events` that are equally large. Of events the build had a whole number, and the likelihood
 * ratio of that number is its evidence; between two numbers it is a straight line. Thus its average is at most 1 for
 * requests that fail together in whatever way, as long as no event is larger than one part in `events` (the events' parts
 * of the bad requests are then majorised by equal ones, and the function is convex). One event is always right.
 *
 * @param seemingly events that the bad requests seem to be: at least 1, a whole number
 * @see https://en.wikipedia.org/wiki/Schur-convex_function
 */
export function logRatio(
  { build, stable }: ComparedCounts,
  seemingly: number,
  { ratio, isOneEvent }: Bet,
): number {
  const [requests, bad] = [build.requests + stable.requests, build.bad + stable.bad];
  if (requests === 0 || bad === 0) return 0;
  const events = isOneEvent ? 1 : seemingly;
  return logRatioOfEvents(build.requests / requests, ratio)((events * build.bad) / bad, events);
}

/**
 * The same of events, for many numbers of them.
 *
 * @param share the build's share of the requests
 * @returns the logarithm, by how many of the events the build had (of one, it may have had a part) and how many there were
 */
export function logRatioOfEvents(share: number, ratio: number): (own: number, events: number) => number {
  const [ofOne, ofAll] = [Math.log(ratio), Math.log1p(share * (ratio - 1))];
  return (own, events) => {
    const whole = Math.floor(own);
    return whole * ofOne + Math.log1p((own - whole) * (ratio - 1)) - events * ofAll;
  };
}

/** What the evidence against a line is made of: it is the average over all of these. */
export type LineBet =
  /** All requests of a tick are one event: this part of what one has is put on "bad". */
  | { readonly stake: number }
  /** They are as many events as they seem to be, of which so many times the line are bad. */
  | { readonly ratio: number };

export const LINE_BETS: readonly LineBet[] = [{ stake: 0.25 }, { stake: 0.75 }, { ratio: 2 }, { ratio: 6 }];

/**
 * The logarithm of the evidence of one tick against "at most the share `line` is bad". Its average is at most 1 where
 * that is true, for requests that are bad together as in `logRatio`.
 *
 * @param seemingly events that the requests seem to be: at least 1, a whole number
 */
export function logRatioOfLine(
  { requests, bad }: RequestCounts,
  seemingly: number,
  line: number,
  bet: LineBet,
): number {
  if (requests === 0) return 0;
  const seen = bad / requests;
  if ('stake' in bet) return Math.log1p(bet.stake * (seen / line - 1));
  const share = Math.min(bet.ratio * line, (1 + line) / 2);
  const [whole, part] = [Math.floor(seen * seemingly), (seen * seemingly) % 1];
  const [good, wrong] = [(1 - share) / (1 - line), share / line];
  const rest = part === 0 ? 0 : Math.log(good + part * (wrong - good)) - Math.log(good);
  return whole * Math.log(wrong) + (seemingly - whole) * Math.log(good) + rest;
}

/** The logarithm of the likelihood ratio for a share of `floor` over the ratio against "at least the floor". */
export function logRatioOfFloor(requests: number, hits: number, floor: number, ratio: number): number {
  return hits * -Math.log(ratio) + (requests - hits) * (Math.log1p(-floor / ratio) - Math.log1p(-floor));
}

/** The logarithm of the average of numbers that are given by their logarithms, which may be far beyond 1e308. */
export function logMean(logs: readonly number[]): number {
  return logSum(logs) - Math.log(logs.length);
}

/** The logarithm of a sum, from the logarithms of its parts, which may be too small for numbers of their own. */
export function logSum(logs: readonly number[]): number {
  const largest = Math.max(...logs);
  if (largest === -Infinity) return -Infinity;
  return largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0));
}
