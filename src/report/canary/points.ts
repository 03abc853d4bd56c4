import type { SideCounts } from '../../gates/types.ts';
import type { CanaryPoint } from './types.ts';

/** Points of a stage: a chart shows no more, and 5,000 looks must not fill the memory. */
const MOST_POINTS = 40;

/** The points with one more; where there are too many, two neighbours each become one. */
export function withPoint(points: readonly CanaryPoint[], next: CanaryPoint): readonly CanaryPoint[] {
  const all = [...points, next];
  if (all.length <= MOST_POINTS) return all;
  return Array.from({ length: Math.ceil(all.length / 2) }, (_, i) => joined(all.slice(2 * i, 2 * i + 2)));
}

function joined(points: readonly CanaryPoint[]): CanaryPoint {
  return {
    at: points.at(-1)?.at ?? 0,
    build: totalOf(points.map(({ build }) => build)),
    stable: totalOf(points.map(({ stable }) => stable)),
  };
}

export function totalOf(counts: readonly SideCounts[]): SideCounts {
  return {
    requests: counts.reduce((sum, { requests }) => sum + requests, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
  };
}
