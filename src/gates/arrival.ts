import { grouped } from '../base/text.ts';
import { shareBounds } from './binomial.ts';
import { ENOUGH, logMean, logRatioOfFloor, RATIOS } from './evidence.ts';
import { shareText } from './numbers-text.ts';
import type { Counts, GateVerdict } from './types.ts';

/**
 * Do the requests arrive? Without them every error rate is fine: another VirtualService stands before this one, the
 * callers have no sidecar, a gateway was left out.
 */
export interface Arrival {
  readonly build: number;
  readonly stable: number;
  /** Of the stable build, in the ticks that count: neither the first nor the newest ones, as in `comparison.ts`. */
  readonly certain: number;
  /** Of the stable build, in the newest ticks. */
  readonly pending: readonly number[];
  readonly ticks: number;
}

export const NOTHING_ARRIVED: Arrival = { build: 0, stable: 0, certain: 0, pending: [], ticks: 0 };

/**
 * With the counts of one more tick.
 *
 * @param lag newest ticks whose counts may still grow
 */
export function arrive(before: Arrival, { build, stable }: Counts, lag: number): Arrival {
  const pending = [...before.pending, before.ticks < lag ? 0 : stable.requests];
  const oldest = pending.length > lag ? (pending[0] ?? 0) : 0;
  return {
    build: before.build + build.requests,
    stable: before.stable + stable.requests,
    certain: before.certain + oldest,
    pending: pending.slice(-lag),
    ticks: before.ticks + 1,
  };
}

const ARRIVAL = 'requests arrive';

/** The part of what was asked for below which the requests do not arrive. */
const HARDLY_ANY = 1 / 10;
/** The part below which it is doubtful whether the stage shows what it should. */
const HALF = 1 / 2;

/**
 * Bad where hardly any of what was asked for arrives, at any look. Less than that is no fault: the stable build may get
 * requests by routes that nobody shifts, or of callers that do not follow the VirtualService. Nor is more than was asked
 * for, because previews send requests, too. Both are said.
 *
 * @param weight percent that was asked for
 */
export function arrivalVerdict({ build, stable, certain }: Arrival, weight: number): GateVerdict {
  const requests = build + stable;
  const share = requests === 0 ? 0 : build / requests;
  const numbers = { requests: build, stableRequests: stable, share };
  const asked = weight / 100;
  const words = `asked ${weight} %, arrived ${grouped(build)} of ${grouped(requests)}`;
  if (weight === 0) return { gate: ARRIVAL, kind: 'idle', words: 'none are asked for', numbers };
  const withShare = build === 0 ? words : `${words} (${shareText(share)})`;
  const floor = asked * HARDLY_ANY;
  const log = logMean(RATIOS.map((ratio) => logRatioOfFloor(build + certain, build, floor, ratio)));
  if (log >= Math.log(ENOUGH))
    return { gate: ARRIVAL, kind: 'bad', words: `${withShare}: ${WHY_NOT}`, numbers };
  const { from, to } = shareBounds(requests, build);
  const isPart = to < asked;
  if (from < asked * HALF) {
    const why = isPart ? PART : 'too few to tell';
    return { gate: ARRIVAL, kind: 'unclear', words: `${withShare}: ${why}`, numbers };
  }
  const doubt = isPart
    ? `: ${PART}`
    : from > asked
      ? ': others send to the build, too, such as previews'
      : '';
  return { gate: ARRIVAL, kind: 'good', words: `${withShare}${doubt}`, numbers };
}

const PART = 'a part of the requests to the stable build does not come by the routes that were shifted';

const WHY_NOT =
  'they do not arrive. Another VirtualService or gateway may stand before this one, the callers may have no sidecar, or Prometheus does not scrape the pods of the build';
