import { plan } from '../src/run/plan.ts';
import { reachOfPlan } from '../src/operations/reach.ts';
import { isReadOnly, type ChangeIntent } from '../src/operations/index.ts';
import type { Snapshot } from '../src/plan/types.ts';
import { intentOf } from '../test/support/plane.ts';
import { compare, jsonOf, timed, type Comparison } from './compare.ts';
import type { Figure } from './figure.ts';
import { manyRoutes } from './plan.ts';

/** By number of routes: as many times as long as writing and reading the JSON of the same objects. */
const LIMITS = [
  [100, 1000],
  [1000, 1000],
  [10_000, 300],
] as const;

const WORDS = {
  weight: { operation: 'weight', 'pod-selector': 'app=api,build=10', weight: '20' },
  headers: { operation: 'headers', 'pod-selector': 'app=api,build=10', headers: 'x-cid=seu_madruga' },
} as const;

/** Who gets what before and after a change of every route: it has to grow in a straight line. */
export function benchReach(): Figure[] {
  return Object.entries(WORDS).flatMap(([operation, words]) => {
    const intent = intentOf(words);
    if (isReadOnly(intent)) return [];
    return LIMITS.map(([size, limit]): Figure => {
      const { time, ratio, classes, sampled } = measure(manyRoutes(size), intent);
      return {
        group: 'Reach of a change, in-process, against the JSON of the same objects',
        name: `${operation} on ${size} routes: ${classes} classes${sampled ? ', sampled' : ''}`,
        value: `${time.toFixed(1)} ms`,
        ratio: ratio.toFixed(1),
        limit: String(limit),
        isBroken: ratio > limit,
      };
    });
  });
}

function measure(
  snapshot: Snapshot,
  intent: ChangeIntent,
): Comparison & { readonly classes: number; readonly sampled: boolean } {
  let [classes, sampled] = [0, false];
  const { phases } = plan(snapshot, intent);
  const judged = compare(
    () => {
      // Objects of its own each time: what is remembered of one is no help in a process that runs once.
      const fresh = structuredClone({ snapshot, phases });
      return timed(() => {
        const reach = reachOfPlan(fresh.snapshot, intent, fresh.phases);
        [classes, sampled] = [reach.classes, reach.sampled];
      });
    },
    jsonOf(snapshot),
    { rounds: 3, warmUp: 1 },
  );
  return { ...judged, classes, sampled };
}
