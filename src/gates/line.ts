import { count, grouped } from '../base/text.ts';
import type { BadRequestWords } from './comparison.ts';
import { badTogether, eventsOf, NO_JUMPS, withScrape, type Dispersion } from './dispersion.ts';
import { ENOUGH, LINE_BETS, logMean, logRatioOfLine, type RequestCounts } from './evidence.ts';
import { noticeableShare } from './noticeable.ts';
import { chanceText, shareText, shareTextUp } from './numbers-text.ts';
import type { GateVerdict } from './types.ts';

/** What the build did since the stage began, for a gate that is a line, such as `errors < 2%`. */
export interface Line {
  readonly requests: number;
  readonly bad: number;
  readonly ticks: number;
  /** For each of `LINE_BETS`, the logarithm of the evidence that the build is beyond the line. */
  readonly logs: readonly number[];
  readonly dispersion: Dispersion;
  /** The sum over the ticks of how many requests count as one event. */
  readonly together: number;
}

export const NO_REQUESTS: Line = {
  requests: 0,
  bad: 0,
  ticks: 0,
  logs: LINE_BETS.map(() => 0),
  dispersion: NO_JUMPS,
  together: 0,
};

const NOBODY: RequestCounts = { requests: 0, bad: 0 };

/** @param line the share of bad requests that is allowed, 0 to 1 */
export function addToLine(before: Line, side: RequestCounts, line: number): Line {
  const dispersion = withScrape(before.dispersion, { build: side, stable: NOBODY });
  const together = badTogether(dispersion);
  const events = eventsOf(side.requests, together);
  return {
    requests: before.requests + side.requests,
    bad: before.bad + side.bad,
    ticks: before.ticks + 1,
    logs: LINE_BETS.map((bet, index) => (before.logs[index] ?? 0) + logRatioOfLine(side, events, line, bet)),
    dispersion,
    together: before.together + together,
  };
}

/** Is there enough evidence that the build is beyond the line? */
export function isBeyond({ logs }: Line): boolean {
  return logMean(logs) >= Math.log(ENOUGH);
}

/**
 * Bad where there is evidence that the build is beyond the line, and not where its share is: of thirty requests, one that
 * failed is 3 %, and says nothing about a line of 2 %. The evidence holds at every look (see `evidence.ts`).
 */
export function lineVerdict(
  state: Line,
  gate: string,
  what: BadRequestWords,
  line: number,
  notice: number,
): GateVerdict {
  const { requests, bad, ticks, together } = state;
  const log = logMean(state.logs);
  const least = noticeableLine({ requests, ticks, together }, line);
  const numbers = {
    requests,
    failed: bad,
    evidence: Math.min(Math.exp(log), 1e9),
    ...(least === undefined ? {} : { noticeable: least }),
  };
  const head = `${count(requests, 'request')}, ${grouped(bad)} ${what.did}`;
  const own = bad === 0 ? head : `${head} (${shareText(bad / requests)})`;
  if (isBeyond(state))
    return {
      gate,
      kind: 'bad',
      words: `${own}: beyond ${shareText(line)}, ${chanceText(log)} that this is chance`,
      numbers,
    };
  if (least === undefined)
    return { gate, kind: 'unclear', words: `${own}: too few to notice anything`, numbers };
  const words = `${own}: ${shareTextUp(least)} ${what.noun} would have been noticed`;
  return { gate, kind: least <= line + notice ? 'good' : 'unclear', words, numbers };
}

/** The share of bad requests that would have been noticed by now in nine of ten runs. */
export function noticeableLine(
  { requests, ticks, together }: Pick<Line, 'requests' | 'ticks' | 'together'>,
  line: number,
): number | undefined {
  if (requests === 0) return undefined;
  const side = { requests: requests / ticks, bad: 0 };
  const events = eventsOf(side.requests, together / ticks);
  return noticeableShare({
    scrapes: ticks,
    requests: side.requests,
    others: 0,
    bets: LINE_BETS.length,
    startWeight: 1,
    logOf: (bad, _, bet) => {
      const chosen = LINE_BETS[bet];
      return chosen === undefined
        ? 0
        : logRatioOfLine({ ...side, bad: Math.min(bad, side.requests) }, events, line, chosen);
    },
  });
}
