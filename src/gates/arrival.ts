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

export const ARRIVAL = 'requests arrive';

/**
 * Bad where less than half of what was asked for arrives, at any look. A little less is said and no more: not all callers
 * need to follow the VirtualService. So is more than was asked for: previews send requests, too.
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
  const floor = asked / 2;
  const log = logMean(RATIOS.map((ratio) => logRatioOfFloor(build + certain, build, floor, ratio)));
  if (log >= Math.log(ENOUGH))
    return { gate: ARRIVAL, kind: 'bad', words: `${withShare}: ${WHY_NOT}`, numbers };
  const { from, to } = shareBounds(requests, build);
  if (from < floor)
    return { gate: ARRIVAL, kind: 'unclear', words: `${withShare}: too few to tell`, numbers };
  const doubt =
    to < asked
      ? ': a part of the callers does not follow this VirtualService'
      : from > asked
        ? ': others send to the build, too, such as previews'
        : '';
  return { gate: ARRIVAL, kind: 'good', words: `${withShare}${doubt}`, numbers };
}

const WHY_NOT =
  'they do not arrive. Another VirtualService or gateway may stand before this one, the callers may have no sidecar, or Prometheus does not scrape the pods of the build';
