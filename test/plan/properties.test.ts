/** What holds in every state that headers and weight leave. One state is made once, and held against every law. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Route } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { podSelector, type Step } from '../support/arbitrary-steps.ts';
import {
  arbitraryBuild,
  arbitrarySnapshot,
  arbitraryStep,
  BUILDS,
  isOurs,
} from '../support/arbitrary-worlds.ts';
import { intentOf, play } from '../support/plane.ts';
import { expectLaws, runs, type Laws } from '../support/runs.ts';

interface State {
  readonly before: Snapshot;
  readonly steps: readonly Step[];
  /** What the steps leave of it. */
  readonly changed: Snapshot;
  /** All builds, in any order. */
  readonly order: readonly string[];
  /** One of them. */
  readonly build: string;
  readonly weight: number;
  /** What is done, and then once more. */
  readonly again: Step;
}

function routesIn({ virtualServices }: Snapshot): readonly Route[] {
  return virtualServices.flatMap(({ spec }) => spec.http ?? []);
}

function basesIn(snapshot: Snapshot): readonly Route[] {
  return routesIn(snapshot).filter((route) => route.name !== 'qa' && !isOurs(route));
}

const LAWS: Laws<State> = {
  'rolling back each build in any order leaves no trace': ({ before, changed, order }) => {
    const rollbacks = order.map((build) => ({ operation: 'rollback', 'pod-selector': podSelector(build) }));
    expect(play(changed, ...rollbacks)).toEqual(before);
  },

  'clear leaves no trace either': ({ before, changed }) => {
    expect(play(changed, { operation: 'clear' })).toEqual(before);
  },

  'planning the same once more changes nothing': ({ changed, again }) => {
    expect(plan(play(changed, again), intentOf(again)).phases).toEqual([]);
  },

  'weights are whole, add up to 100, and the last asked is exact': ({ changed, weight }) => {
    const after = play(changed, {
      operation: 'weight',
      'pod-selector': podSelector('9'),
      weight: String(weight),
      'stable-pod-selector': 'app=api,version=1',
    });
    for (const { route: list = [] } of basesIn(after)) {
      const weights = list.map((entry) => entry.weight ?? NaN);
      expect(weights.every((one) => Number.isInteger(one) && one >= 0 && one <= 100)).toBe(true);
      expect(weights.reduce((sum, one) => sum + one, 0)).toBe(100);
      expect(list.find(({ destination }) => destination.subset === 'api-9')?.weight).toBe(weight);
    }
  },

  'what the operation is not about is untouched': ({ before, changed }) => {
    const withoutList = ({ route: _, ...rest }: Route): unknown => rest;
    const own = routesIn(changed).filter((route) => !isOurs(route));
    expect(own.map(withoutList)).toEqual(routesIn(before).map(withoutList));
    const qa = (snapshot: Snapshot): unknown => routesIn(snapshot).find(({ name }) => name === 'qa');
    expect(qa(changed)).toEqual(qa(before));
    expect(own.every(({ route = [] }) => route.length > 0)).toBe(true);
  },

  'promote leaves only the build in every base route, and nothing made by istiops that is not used': ({
    changed,
    build,
  }) => {
    const promote = { operation: 'promote', 'pod-selector': podSelector(build) };
    const after = play(changed, promote);
    const bases = basesIn(after);
    expect(bases.length).toBeGreaterThan(0);
    for (const { route } of bases) expect(route).toHaveLength(1);
    expect(after.virtualServices[0]?.metadata.annotations?.['istiops/baseline']).toBeUndefined();
    expect(plan(after, intentOf(promote)).phases).toEqual([]);
  },
};

const arbitraryState: fc.Arbitrary<Omit<State, 'changed'>> = fc.record({
  before: arbitrarySnapshot,
  steps: fc.array(arbitraryStep, { maxLength: 8 }),
  order: fc.shuffledSubarray([...BUILDS], { minLength: BUILDS.length }),
  build: arbitraryBuild,
  weight: fc.integer({ min: 1, max: 100 }),
  again: arbitraryStep,
});

it(`whatever was done with headers and weight: ${Object.keys(LAWS).join('; ')}`, () => {
  fc.assert(
    fc.property(arbitraryState, (given) => {
      expectLaws(LAWS, { ...given, changed: play(given.before, ...given.steps) });
    }),
    runs(1000),
  );
});
