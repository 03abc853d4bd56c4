import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Route } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import { previewSubset, subsetNames } from '../../src/plan/names.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { arbitraryPreview, podSelector } from '../support/arbitrary-steps.ts';
import { arbitrarySnapshot, arbitraryStep, BUILDS } from '../support/arbitrary-worlds.ts';
import { applied, intentOf, play } from '../support/plane.ts';
import { runs } from '../support/runs.ts';

function everyRoute({ virtualServices }: Snapshot): readonly Route[] {
  return virtualServices.flatMap(({ spec }) => spec.http ?? []);
}

function intentSubset(build: string): string {
  return subsetNames({ app: 'api', build })[0];
}

const RUNS = runs(1000);

it('rolling back whatever these requests get is rolling back its build', () => {
  const requests = { headers: 'x-cid=a', baggage: 'preview=pr-10' };
  const arbitraryBaggage = arbitraryPreview(BUILDS, ['x-cid=a']).map((step) => ({ ...step, ...requests }));
  fc.assert(
    fc.property(
      arbitrarySnapshot,
      fc.array(fc.oneof(arbitraryStep, arbitraryBaggage), { maxLength: 6 }),
      (before, steps) => {
        const changed = play(before, ...steps);
        const asked = (route: Route): boolean =>
          (route.match ?? []).some(({ headers = {} }) => Object.keys(headers).join() === 'x-cid,baggage');
        const [preview] = everyRoute(changed).filter(
          (route) => previewSubset(route) !== undefined && asked(route),
        );
        const build = BUILDS.find((one) => intentSubset(one) === (preview && previewSubset(preview)));
        const expected =
          build === undefined
            ? changed
            : play(changed, { operation: 'rollback', 'pod-selector': podSelector(build) });
        expect(play(changed, { operation: 'rollback', ...requests })).toEqual(expected);
      },
    ),
    RUNS,
  );
});

it('a plan is the same every time, and what it is made from stays as it is', () => {
  fc.assert(
    fc.property(arbitrarySnapshot, arbitraryStep, (before, step) => {
      const copy = structuredClone(before);
      const once = plan(before, intentOf(step));
      expect(plan(before, intentOf(step))).toEqual(once);
      expect(before).toEqual(copy);
      expect(applied(before, once)).toEqual(applied(copy, plan(copy, intentOf(step))));
    }),
    RUNS,
  );
});
