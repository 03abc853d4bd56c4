import { count, grouped } from '../base/text.ts';
import { noticeableShare } from './binomial.ts';
import { ENOUGH, logMean, logRatio, logRatioOfStable, logSum, RATIOS, type Pair } from './evidence.ts';
import { chanceText, shareText, shareTextUp } from './numbers-text.ts';
import type { GateVerdict, JudgedStage } from './types.ts';

/**
 * Is the build worse than the stable one? What is known of it after some ticks of a run, for failed requests or for slow
 * ones.
 *
 * A build may become worse at any moment, and what it did before must not speak for it for long. So the evidence is an
 * average over the moments from which on the build may be worse, too: the beginnings of stages have half of the weight,
 * all others the rest, and the weights together are at most 1. The 1 % of false alarms thus holds for the whole run.
 *
 * Prometheus scrapes each pod at another moment. When something goes wrong for both builds at once, the build may show it
 * one scrape earlier, and that alone would look like strong evidence. So ticks are put together until all pods were
 * scraped. The newest scrape of the build doesn't count yet, while that of the stable one does, and so does the stable
 * one's right before the build is compared.
 */
export interface Comparison {
  readonly lag: number;
  /** Of the whole run. */
  readonly stages: number;
  /** For each ratio, the logarithm of the evidence over the scrapes that count. */
  readonly logs: readonly number[];
  /** Ticks of a scrape that is not over yet. */
  readonly gathered: readonly Pair[];
  /** The newest scrape, which doesn't count yet. */
  readonly pending?: PendingScrape;
  /** Bad requests of the stable build in the scrape before the next one that counts. */
  readonly earlierBad: number;
  /** Scrapes that count. */
  readonly scrapes: number;
  /** Is it known what came right before the first of them? */
  readonly isPrimed: boolean;
  /** Scrapes of the stage that count and in which the build had bad requests. */
  readonly badScrapes: number;
  /** Since the stage began, all ticks. */
  readonly seen: Pair;
  /** Since the stage began, the scrapes that count. */
  readonly settled: Pair;
  /** The weight of the stage's first scrape; 0: it does not count yet. */
  readonly startWeight: number;
  /** Does the stage begin with the next scrape? */
  readonly isStageStart: boolean;
}

interface PendingScrape {
  readonly pair: Pair;
  readonly isStageStart: boolean;
}

const NOTHING: Pair = { build: { requests: 0, bad: 0 }, stable: { requests: 0, bad: 0 } };

/**
 * @param lag ticks that a scrape of all pods takes
 * @param stages of the whole run
 * @param isFresh the build got no request before
 */
export function beginComparison(lag: number, stages: number, isFresh: boolean): Comparison {
  return {
    lag,
    stages,
    logs: RATIOS.map(() => -Infinity),
    gathered: [],
    earlierBad: 0,
    scrapes: 0,
    isPrimed: isFresh,
    badScrapes: 0,
    seen: NOTHING,
    settled: NOTHING,
    startWeight: 0,
    isStageStart: true,
  };
}

/** The next stage of the same run: what is counted starts anew, the evidence goes on. */
export function nextStage(before: Comparison): Comparison {
  const anew = { seen: NOTHING, settled: NOTHING, badScrapes: 0, startWeight: 0, isStageStart: true };
  return { ...before, ...anew };
}

/** Takes in what was counted in one tick. */
export function compareTick(before: Comparison, pair: Pair): Comparison {
  const gathered = [...before.gathered, pair];
  const seen = { ...before, seen: added(before.seen, pair), gathered };
  if (gathered.length < before.lag) return seen;
  const newest = { pair: gathered.reduce(added, NOTHING), isStageStart: before.isStageStart };
  const next = { ...seen, gathered: [], isStageStart: false, pending: newest };
  return before.pending === undefined ? next : settle(next, before.pending);
}

/** Lets a scrape count. */
function settle(before: Comparison, { pair, isStageStart }: PendingScrape): Comparison {
  const earlierBad = pair.stable.bad;
  if (!before.isPrimed) return { ...before, earlierBad, isPrimed: true };
  const scrapes = before.scrapes + 1;
  const isStart = isStageStart || scrapes === 1;
  const weight = 0.5 / (scrapes * (scrapes + 1)) + (isStart ? 0.5 / before.stages : 0);
  const logs = RATIOS.map((ratio, index) => {
    const start = Math.log(weight) + logRatioOfStable(before.earlierBad, pair, ratio);
    return logSum([before.logs[index] ?? -Infinity, start]) + logRatio(pair, ratio);
  });
  const next = { ...before, logs, scrapes, earlierBad };
  // The last scrape of the stage before is evidence, and none of this stage's numbers.
  if (!isStart && before.startWeight === 0) return next;
  return {
    ...next,
    badScrapes: before.badScrapes + (pair.build.bad > 0 ? 1 : 0),
    settled: added(before.settled, pair),
    startWeight: isStart ? weight : before.startWeight,
  };
}

/** The logarithm of the evidence that the build is worse. */
export function logEvidence({ logs, pending }: Comparison): number {
  const newest = pending?.pair ?? NOTHING;
  return logMean(
    RATIOS.map(
      (ratio, index) => (logs[index] ?? -Infinity) + logRatioOfStable(newest.stable.bad, newest, ratio),
    ),
  );
}

/**
 * The share of bad requests with which the build would have been noticed by now in nine of ten runs; undefined: none
 * would. Everything but the number of the build's bad requests is as it was.
 */
export function noticeable({ seen, settled, startWeight }: Comparison): number | undefined {
  const requests = settled.build.requests;
  const stable = { requests: settled.stable.requests, bad: seen.stable.bad };
  const isEnough = (bad: number): boolean => {
    const pair = { build: { requests, bad }, stable };
    const log = logMean(RATIOS.map((ratio) => logRatio(pair, ratio)));
    return Math.log(startWeight) + log >= Math.log(ENOUGH);
  };
  if (requests < 2 || startWeight === 0 || !isEnough(requests)) return undefined;
  let [below, above] = [1, requests];
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2);
    if (isEnough(middle)) above = middle;
    else below = middle;
  }
  return noticeableShare(requests, above);
}

/**
 * @param what the kind of bad requests, for the words: `failed`, `slower than 500 ms`
 * @param notice the share of bad requests, above the stable build's, that must be noticeable for "good"
 */
export function comparisonVerdict(
  state: Comparison,
  gate: string,
  what: Words,
  stage: JudgedStage,
  notice: number,
): GateVerdict {
  const { build, stable } = state.seen;
  const log = logEvidence(state);
  const least = noticeable(state);
  const numbers = {
    requests: build.requests,
    failed: build.bad,
    stableRequests: stable.requests,
    stableFailed: stable.bad,
    evidence: Math.min(Math.exp(log), 1e9),
    ...(least === undefined ? {} : { noticeable: least }),
  };
  const head = `${count(build.requests, 'request')}, ${grouped(build.bad)} ${what.did}`;
  const own = build.bad === 0 ? head : `${head} (${shareText(build.bad / build.requests)})`;
  const other = stable.requests === 0 ? '' : `, stable ${shareText(stable.bad / stable.requests)}`;
  if (log >= Math.log(ENOUGH) && state.badScrapes >= 2)
    return {
      gate,
      kind: 'bad',
      words: `${own}${other}: worse, ${chanceText(log)} that this is chance`,
      numbers,
    };
  if (stage.weight >= 100) {
    const words = `${own}: no requests are left for the stable build, so there is nothing to compare with`;
    return { gate, kind: 'idle', words, numbers };
  }
  if (stable.requests === 0)
    return {
      gate,
      kind: 'unclear',
      words: `${own}: the stable build had no request to compare with`,
      numbers,
    };
  if (least === undefined)
    return { gate, kind: 'unclear', words: `${own}${other}: too few to notice anything`, numbers };
  const words = `${own}${other}: ${shareTextUp(least)} ${what.noun} would have been noticed`;
  const isGood = least - stable.bad / stable.requests <= notice;
  return { gate, kind: isGood ? 'good' : 'unclear', words, numbers };
}

/** How bad requests are spoken of. */
export interface Words {
  /** `failed` */
  readonly did: string;
  /** `failures` */
  readonly noun: string;
}

function added(a: Pair, b: Pair): Pair {
  const side = (of: 'build' | 'stable') => ({
    requests: a[of].requests + b[of].requests,
    bad: a[of].bad + b[of].bad,
  });
  return { build: side('build'), stable: side('stable') };
}
