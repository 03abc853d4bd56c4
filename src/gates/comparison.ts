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
 * average over the ticks from which on the build may be worse, too: the first tick of each stage has half of the weight,
 * the others have the rest, and all weights together are at most 1. The 1 % of false alarms thus holds for the whole run.
 *
 * Prometheus scrapes each pod at another moment. When something goes wrong for both builds at once, the build may show it
 * one scrape earlier, and that alone would look like strong evidence. So the newest ticks of the build don't count yet,
 * while those of the stable one do, and so do the stable one's right before the build is compared.
 */
export interface Comparison {
  readonly lag: number;
  /** Of the whole run. */
  readonly stages: number;
  /** For each ratio, the logarithm of the evidence over the ticks that count. */
  readonly logs: readonly number[];
  /** Ticks that don't count yet, the oldest first. */
  readonly pending: readonly PendingTick[];
  /** Of the stable build, in the last ticks that count: bad requests. */
  readonly earlierBad: readonly number[];
  /** Ticks that count. */
  readonly ticks: number;
  /** Is it known what came right before the first of them? */
  readonly isPrimed: boolean;
  /** Ticks with bad requests of the build at which there was evidence enough, in a row. */
  readonly alarms: number;
  /** Since the stage began, the pending ticks included. */
  readonly seen: Pair;
  /** Since the stage began, the ticks that count. */
  readonly settled: Pair;
  /** The weight of the stage's first tick; 0: it does not count yet. */
  readonly startWeight: number;
  /** Does the stage begin with the next tick? */
  readonly isStageStart: boolean;
}

interface PendingTick {
  readonly pair: Pair;
  readonly isStageStart: boolean;
}

const NOTHING: Pair = { build: { requests: 0, bad: 0 }, stable: { requests: 0, bad: 0 } };

/**
 * @param stages of the whole run
 * @param earlier what was counted right before; absent: not known, the first ticks are used up for it
 */
export function beginComparison(lag: number, stages: number, earlier: Pair | undefined): Comparison {
  return {
    lag,
    stages,
    logs: RATIOS.map(() => -Infinity),
    pending: [],
    earlierBad: earlier === undefined ? [] : [earlier.stable.bad],
    ticks: 0,
    isPrimed: earlier !== undefined,
    alarms: 0,
    seen: NOTHING,
    settled: NOTHING,
    startWeight: 0,
    isStageStart: true,
  };
}

/** The next stage of the same run: what is counted starts anew, the evidence goes on. */
export function nextStage(before: Comparison): Comparison {
  return { ...before, seen: NOTHING, settled: NOTHING, startWeight: 0, isStageStart: true };
}

/** Takes in what was counted in one tick. */
export function compareTick(before: Comparison, pair: Pair): Comparison {
  const pending = [...before.pending, { pair, isStageStart: before.isStageStart }];
  const seen = { ...before, seen: added(before.seen, pair), pending, isStageStart: false };
  const [oldest, ...rest] = pending;
  if (oldest === undefined || rest.length < before.lag) return seen;
  const next = { ...settle(seen, oldest), pending: rest };
  if (logEvidence(next) < Math.log(ENOUGH)) return { ...next, alarms: 0 };
  return { ...next, alarms: before.alarms + (oldest.pair.build.bad > 0 ? 1 : 0) };
}

/** Lets a tick count. */
function settle(before: Comparison, { pair, isStageStart }: PendingTick): Comparison {
  const earlierBad = [...before.earlierBad, pair.stable.bad].slice(-before.lag);
  if (!before.isPrimed) return { ...before, earlierBad, isPrimed: earlierBad.length >= before.lag };
  const ticks = before.ticks + 1;
  const isStart = isStageStart || ticks === 1;
  const weight = 0.5 / (ticks * (ticks + 1)) + (isStart ? 0.5 / before.stages : 0);
  const bad = before.earlierBad.reduce((sum, one) => sum + one, 0);
  const logs = RATIOS.map((ratio, index) => {
    const start = Math.log(weight) + logRatioOfStable(bad, pair, ratio);
    return logSum([before.logs[index] ?? -Infinity, start]) + logRatio(pair, ratio);
  });
  return {
    ...before,
    logs,
    ticks,
    earlierBad,
    settled: added(before.settled, pair),
    startWeight: isStart ? weight : before.startWeight,
  };
}

/** The logarithm of the evidence that the build is worse. */
export function logEvidence({ logs, pending }: Comparison): number {
  const newest = pending.reduce((sum, { pair }) => added(sum, pair), NOTHING);
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
  if (state.alarms >= 2)
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
