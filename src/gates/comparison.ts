import { count, grouped } from '../base/text.ts';
import { badTogether, eventsOf, NO_JUMPS, withScrape, type Dispersion } from './dispersion.ts';
import {
  BETS,
  ENOUGH,
  logMean,
  logRatio,
  logRatioOfEvents,
  logSum,
  type ComparedCounts,
} from './evidence.ts';
import { noticeableShare } from './noticeable.ts';
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
 * Prometheus scrapes each pod at another moment, so ticks are put together until all pods were scraped. When something
 * goes wrong for both builds at once, the build may still show it one scrape earlier. That is one scrape with evidence
 * for nothing, and in it the bad requests count as few events, because they have jumped (see `dispersion.ts`).
 */
export interface Comparison {
  readonly lag: number;
  /** Of the whole run. */
  readonly stages: number;
  /** For each of `BETS`, the logarithm of the evidence. */
  readonly logs: readonly number[];
  /** Ticks of a scrape that is not over yet. */
  readonly gathered: readonly ComparedCounts[];
  /** Of the whole run. */
  readonly scrapes: number;
  readonly dispersion: Dispersion;
  /** Since the stage began, all ticks. */
  readonly seen: ComparedCounts;
  /** Since the stage began, the scrapes that are over. */
  readonly stage: StageScrapes;
}

export interface StageScrapes {
  readonly scrapes: number;
  readonly sum: ComparedCounts;
  /** The sum of how many bad requests counted as one event. */
  readonly together: number;
  /** In how many of them the build had bad requests. */
  readonly badScrapes: number;
  /** The weight of the first one as a beginning; 0: there is none yet. */
  readonly startWeight: number;
}

const NOTHING: ComparedCounts = { build: { requests: 0, bad: 0 }, stable: { requests: 0, bad: 0 } };

const NO_SCRAPES: StageScrapes = { scrapes: 0, sum: NOTHING, together: 0, badScrapes: 0, startWeight: 0 };

/**
 * @param lag ticks that a scrape of all pods takes
 * @param stages of the whole run
 */
export function beginComparison(lag: number, stages: number): Comparison {
  const logs = BETS.map(() => -Infinity);
  return {
    lag,
    stages,
    logs,
    gathered: [],
    scrapes: 0,
    dispersion: NO_JUMPS,
    seen: NOTHING,
    stage: NO_SCRAPES,
  };
}

/** The next stage of the same run: what is counted starts anew, the evidence goes on. */
export function nextStage(before: Comparison): Comparison {
  return { ...before, gathered: [], seen: NOTHING, stage: NO_SCRAPES };
}

/** Takes in what was counted in one tick. */
export function compareTick(before: Comparison, pair: ComparedCounts): Comparison {
  const gathered = [...before.gathered, pair];
  const seen = { ...before, seen: added(before.seen, pair), gathered };
  return gathered.length < before.lag
    ? seen
    : addScrape({ ...seen, gathered: [] }, gathered.reduce(added, NOTHING));
}

function addScrape(before: Comparison, pair: ComparedCounts): Comparison {
  const { stage } = before;
  const scrapes = before.scrapes + 1;
  const isStart = stage.scrapes === 0;
  const weight = 0.5 / (scrapes * (scrapes + 1)) + (isStart ? 0.5 / before.stages : 0);
  const dispersion = withScrape(before.dispersion, pair);
  const together = badTogether(dispersion);
  const events = eventsOf(pair.build.bad + pair.stable.bad, together);
  const logs = BETS.map(
    (bet, index) => logSum([before.logs[index] ?? -Infinity, Math.log(weight)]) + logRatio(pair, events, bet),
  );
  return {
    ...before,
    logs,
    scrapes,
    dispersion,
    stage: {
      scrapes: stage.scrapes + 1,
      sum: added(stage.sum, pair),
      together: stage.together + together,
      badScrapes: stage.badScrapes + (pair.build.bad > 0 ? 1 : 0),
      startWeight: isStart ? weight : stage.startWeight,
    },
  };
}

/** The logarithm of the evidence that the build is worse. */
function logEvidence({ logs }: Comparison): number {
  return logMean(logs);
}

/** Is there enough evidence that the build is worse? One scrape alone is none. */
export function isWorse(state: Comparison): boolean {
  return logEvidence(state) >= Math.log(ENOUGH) && state.stage.badScrapes >= 2;
}

/** The share of bad requests with which the build would have been noticed by now, in nine of ten runs. */
function noticeable({
  scrapes,
  sum: { build, stable },
  together,
  startWeight,
}: StageScrapes): number | undefined {
  if (scrapes < 2 || build.requests === 0 || stable.requests === 0) return undefined;
  const share = build.requests / (build.requests + stable.requests);
  const bets = BETS.map(({ isOneEvent, ratio }) => ({ isOneEvent, logOf: logRatioOfEvents(share, ratio) }));
  return noticeableShare({
    scrapes,
    requests: build.requests / scrapes,
    others: stable.bad / scrapes,
    bets: BETS.length,
    startWeight,
    logOf: (bad, others, index) => {
      const bet = bets[index];
      const all = bad + others;
      if (bet === undefined || all === 0) return 0;
      const events = bet.isOneEvent ? 1 : eventsOf(all, together / scrapes);
      return bet.logOf((events * bad) / all, events);
    },
  });
}

/**
 * @param what the kind of bad requests, for the words: `failed`, `slower than 500 ms`
 * @param notice the share of bad requests, above the stable build's, that must be noticeable for "good"
 */
export function comparisonVerdict(
  state: Comparison,
  gate: string,
  what: BadRequestWords,
  stage: JudgedStage,
  notice: number,
): GateVerdict {
  const { build, stable } = state.seen;
  const log = logEvidence(state);
  const least = noticeable(state.stage);
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
  if (isWorse(state))
    return {
      gate,
      kind: 'bad',
      words: `${own}${other}: worse, ${chanceText(log)} that this is chance`,
      numbers,
    };
  if (stage.weight >= 100) {
    const words = `${own}: nothing to compare with, because the stable build gets none`;
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
export interface BadRequestWords {
  /** `failed` */
  readonly did: string;
  /** `failures` */
  readonly noun: string;
}

function added(a: ComparedCounts, b: ComparedCounts): ComparedCounts {
  const side = (of: 'build' | 'stable') => ({
    requests: a[of].requests + b[of].requests,
    bad: a[of].bad + b[of].bad,
  });
  return { build: side('build'), stable: side('stable') };
}
