/** What was counted in a canary, in figures for tables, outputs and charts. */
import { grouped } from '../../base/text.ts';
import type { SideCounts } from '../../gates/types.ts';
import { totalOf } from './points.ts';
import type { CanaryPoint, StageReport } from './types.ts';

/** Everything that was counted in a stage; null: nothing was. */
export function countsOf({
  points,
}: Pick<StageReport, 'points'>): { readonly build: SideCounts; readonly stable: SideCounts } | null {
  if (points.length === 0) return null;
  return { build: totalOf(points.map((one) => one.build)), stable: totalOf(points.map((one) => one.stable)) };
}

/** @example partText(1, 3) // '33.3 %'; an empty text where there is nothing to divide by */
export function partText(part: number, whole: number): string {
  if (whole === 0) return '';
  const share = (100 * part) / whole;
  return `${Number(share.toFixed(share < 10 ? 2 : 1))} %`;
}

/** @example withShare(9, 188) // '9 (4.79 %)' */
export function withShare(part: number, whole: number): string {
  return whole === 0 ? grouped(part) : `${grouped(part)} (${partText(part, whole)})`;
}

/** The points of all stages on one time line, in equal stretches. */
export function timeLine(stages: readonly StageReport[], most: number): readonly CanaryPoint[] {
  let start = 0;
  const all = stages.flatMap(({ points, watched }) => {
    const shifted = points.map((point) => ({ ...point, at: start + point.at }));
    start += watched;
    return shifted;
  });
  if (all.length <= 1) return all;
  const stretch = start / Math.min(most, all.length);
  const groups = Map.groupBy(all, ({ at }) => Math.ceil(at / stretch - 1e-9));
  return [...groups].map(([number, points]) => ({
    at: number * stretch,
    build: totalOf(points.map((one) => one.build)),
    stable: totalOf(points.map((one) => one.stable)),
  }));
}
