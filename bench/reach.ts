import { plan } from '../src/plan.ts';
import { reachOfPlan } from '../src/reach/reach-of-plan.ts';
import type { ChangeIntent } from '../src/intent/types.ts';
import type { Snapshot } from '../src/plan/types.ts';
import { intentOf } from '../test/support/plane.ts';
import { median, type Figure } from './figure.ts';
import { manyRoutes } from './plan.ts';

/** Milliseconds by number of routes. */
const LIMITS = [
  [100, 100],
  [1000, 2000],
  [10_000, 3000],
] as const;

const WORDS = {
  weight: { operation: 'weight', 'pod-selector': 'app=api,build=10', weight: '20' },
  headers: { operation: 'headers', 'pod-selector': 'app=api,build=10', headers: 'x-cid=seu_madruga' },
} as const;

/** Who gets what before and after a change of every route: it has to grow in a straight line. */
export function benchReach(): Figure[] {
  return Object.entries(WORDS).flatMap(([operation, words]) => {
    const intent = intentOf(words);
    if (intent.operation === 'show' || intent.operation === 'explain') return [];
    return LIMITS.map(([size, limit]): Figure => {
      const { time, classes, sampled } = measure(manyRoutes(size), intent);
      return {
        group: 'Reach of a change, in-process',
        name: `${operation} on ${size} routes: ${classes} classes${sampled ? ', sampled' : ''}`,
        value: `${time.toFixed(1)} ms`,
        limit: `${limit} ms`,
        isBroken: time > limit,
        isTime: true,
      };
    });
  });
}

function measure(
  snapshot: Snapshot,
  intent: ChangeIntent,
): { readonly time: number; readonly classes: number; readonly sampled: boolean } {
  let [classes, sampled] = [0, false];
  const runs = Array.from({ length: 5 }, () => {
    // Objects of its own each time: what is remembered of one is no help in a process that runs once.
    const fresh = structuredClone(snapshot);
    const { phases } = plan(fresh, intent);
    const start = performance.now();
    // The same writes as another list: they are judged anew, not looked up.
    const reach = reachOfPlan(fresh, intent, [...phases]);
    [classes, sampled] = [reach.classes, reach.sampled];
    return performance.now() - start;
  });
  return { time: median(runs), classes, sampled };
}
