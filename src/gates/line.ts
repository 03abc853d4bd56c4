import { count, grouped } from '../base/text.ts';
import { bisect, noticeableShare } from './binomial.ts';
import type { Words } from './comparison.ts';
import { ENOUGH, logMean, logRatioOfLine, RATIOS } from './evidence.ts';
import { shareText, shareTextUp } from './numbers-text.ts';
import type { GateVerdict } from './types.ts';

/** What the build did since the stage began, for a gate that is a line, such as `errors < 2%`. */
export interface Line {
  readonly requests: number;
  readonly bad: number;
}

export const NO_REQUESTS: Line = { requests: 0, bad: 0 };

export function addToLine(before: Line, { requests, bad }: Line): Line {
  return { requests: before.requests + requests, bad: before.bad + bad };
}

/**
 * Bad where the lower confidence bound is beyond the line, and not the share itself: of thirty requests, one that failed
 * is 3 %, and says nothing about a line of 2 %. The bound holds at every look (see `evidence.ts`).
 */
export function lineVerdict(
  { requests, bad }: Line,
  gate: string,
  what: Words,
  line: number,
  notice: number,
): GateVerdict {
  const log = logLine(requests, bad, line);
  const least = noticeableLine(requests, line);
  const numbers = {
    requests,
    failed: bad,
    evidence: Math.min(Math.exp(log), 1e9),
    ...(least === undefined ? {} : { noticeable: least }),
  };
  const head = `${count(requests, 'request')}, ${grouped(bad)} ${what.did}`;
  const own = bad === 0 ? head : `${head} (${shareText(bad / requests)})`;
  if (log >= Math.log(ENOUGH)) {
    const bound = lowerBound(requests, bad, line);
    return {
      gate,
      kind: 'bad',
      words: `${own}: at least ${shareText(bound)} are, beyond ${shareText(line)}`,
      numbers,
    };
  }
  if (least === undefined)
    return { gate, kind: 'unclear', words: `${own}: too few to notice anything`, numbers };
  const words = `${own}: ${shareTextUp(least)} ${what.noun} would have been noticed`;
  return { gate, kind: least <= line + notice ? 'good' : 'unclear', words, numbers };
}

function logLine(requests: number, bad: number, line: number): number {
  return logMean(RATIOS.map((ratio) => logRatioOfLine(requests, bad, line, ratio)));
}

/** The largest line that the build would be beyond. */
function lowerBound(requests: number, bad: number, line: number): number {
  return bisect(line, bad / requests, (at) => logLine(requests, bad, at) < Math.log(ENOUGH));
}

/** The share of bad requests that would have been noticed by now in nine of ten runs. */
export function noticeableLine(requests: number, line: number): number | undefined {
  const isEnough = (bad: number): boolean => logLine(requests, bad, line) >= Math.log(ENOUGH);
  if (requests === 0 || !isEnough(requests)) return undefined;
  let [below, above] = [0, requests];
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2);
    if (isEnough(middle)) above = middle;
    else below = middle;
  }
  return noticeableShare(requests, above);
}
