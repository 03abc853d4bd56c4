import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Route, RouteDestination, VirtualService } from '../../src/istio/types.ts';
import { isLink } from '../../src/plan/link-names.ts';
import { plan } from '../../src/run/plan.ts';
import { previewSubset, subsetNames } from '../../src/plan/names.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { TrafficError } from '../../src/base/errors.ts';
import { applied, destinationRule, intentOf, play, snapshotOf, virtualService } from '../support/plane.ts';
import {
  arbitraryLink,
  arbitraryPreview,
  arbitraryWeight,
  podSelector,
  type Step,
} from '../support/arbitrary-steps.ts';
import { runs } from '../support/runs.ts';

const BUILDS = ['7', '8', 'PR-10', 'pr-10'] as const;

const arbitraryBuild = fc.constantFrom(...BUILDS);
const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  arbitraryWeight(BUILDS),
  arbitraryPreview(BUILDS, ['x-cid=a', 'x-cid=b']),
  arbitraryLink(BUILDS),
);

/** Lists that the service's base routes may have: one or many, with weights of any total, without, whole service. */
const arbitraryList: fc.Arbitrary<readonly RouteDestination[]> = fc
  .uniqueArray(fc.constantFrom('v1', 'v2', 'v3', undefined), { minLength: 1, maxLength: 4 })
  .chain((subsets) =>
    fc.tuple(
      ...subsets.map((subset) =>
        fc.record({
          destination: fc.constant({ host: 'api', ...(subset !== undefined && { subset }) }),
          weight: fc.integer({ min: 0, max: 40 }),
          headers: fc.option(fc.constant({ response: { add: { 'x-from': subset ?? 'all' } } }), {
            nil: undefined,
          }),
        }),
      ),
    ),
  )
  .map((entries) =>
    entries.map(({ headers, ...entry }) => (headers === undefined ? entry : { ...entry, headers })),
  )
  .chain((entries) =>
    entries.length === 1
      ? fc
          .boolean()
          .map((bare) => entries.map(({ weight, ...entry }) => (bare ? entry : { ...entry, weight })))
      : fc.constant(entries),
  );

const arbitraryHttp: fc.Arbitrary<readonly Route[]> = fc
  .record({
    list: arbitraryList,
    hasPath: fc.boolean(),
    hasQa: fc.boolean(),
    match: fc.constantFrom(undefined, [{}], [{ uri: { prefix: '/' } }], [{ uri: { regex: '.+' } }]),
  })
  .map(({ list, hasPath, hasQa, match }) => [
    ...(hasQa
      ? [
          {
            name: 'qa',
            match: [{ headers: { 'x-qa': { exact: '1' } } }],
            route: [{ destination: { host: 'api', subset: 'qa' } }],
          },
        ]
      : []),
    ...(hasPath
      ? [{ match: [{ uri: { prefix: '/v2' } }], rewrite: { uri: '/' }, timeout: '5s', route: list }]
      : []),
    { ...(match !== undefined && { match }), retries: { attempts: 2 }, route: list },
  ]);

const arbitrarySnapshot: fc.Arbitrary<Snapshot> = arbitraryHttp.map((http) =>
  snapshotOf(
    [virtualService({ http, gateways: ['public'] })],
    [
      destinationRule({
        v1: { app: 'api', version: '1' },
        v2: { app: 'api', version: '2' },
        v3: { app: 'api', version: '3' },
        qa: { app: 'api', qa: 'yes' },
      }),
    ],
  ),
);

/** A list without any weight can't be split in proportion to itself, but every list can be split. */
function everyList(virtualServices: readonly VirtualService[]): readonly (readonly RouteDestination[])[] {
  return virtualServices.flatMap(({ spec }) =>
    (spec.http ?? []).filter((route) => !isLink(route)).map(({ route }) => route ?? []),
  );
}

/** Did istiops make it? */
function isOurs(route: Route): boolean {
  return previewSubset(route) !== undefined || isLink(route);
}

function everyRoute({ virtualServices }: Snapshot): readonly Route[] {
  return virtualServices.flatMap(({ spec }) => spec.http ?? []);
}

function intentSubset(build: string): string {
  return subsetNames({ app: 'api', build })[0];
}

const RUNS = runs(1000);

describe('whatever was done with headers and weight', () => {
  it('rolling back each build in any order leaves no trace', () => {
    fc.assert(
      fc.property(
        arbitrarySnapshot,
        fc.array(arbitraryStep, { maxLength: 8 }),
        fc.shuffledSubarray([...BUILDS], { minLength: BUILDS.length }),
        (before, steps, order) => {
          const changed = play(before, ...steps);
          const rolledBack = play(
            changed,
            ...order.map((build) => ({ operation: 'rollback', 'pod-selector': podSelector(build) })),
          );
          expect(rolledBack).toEqual(before);
        },
      ),
      RUNS,
    );
  });

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

  it('clear leaves no trace either', () => {
    fc.assert(
      fc.property(arbitrarySnapshot, fc.array(arbitraryStep, { maxLength: 8 }), (before, steps) => {
        expect(play(play(before, ...steps), { operation: 'clear' })).toEqual(before);
      }),
      RUNS,
    );
  });

  it('planning the same once more changes nothing', () => {
    fc.assert(
      fc.property(
        arbitrarySnapshot,
        fc.array(arbitraryStep, { minLength: 1, maxLength: 6 }),
        (before, steps) => {
          const last = steps.at(-1);
          if (last === undefined) return;
          expect(plan(play(before, ...steps), intentOf(last)).phases).toEqual([]);
        },
      ),
      RUNS,
    );
  });

  it('weights are whole, add up to 100, and the last asked is exact', () => {
    fc.assert(
      fc.property(
        arbitrarySnapshot,
        fc.array(arbitraryStep, { maxLength: 6 }),
        fc.integer({ min: 1, max: 100 }),
        (before, steps, weight) => {
          const last = {
            operation: 'weight',
            'pod-selector': podSelector('9'),
            weight: String(weight),
            'stable-pod-selector': 'app=api,version=1',
          };
          const after = play(before, ...steps, last);
          for (const { spec } of after.virtualServices) {
            for (const route of spec.http ?? []) {
              if (route.name === 'qa' || isOurs(route)) continue;
              const list = route.route ?? [];
              const weights = list.map((entry) => entry.weight ?? NaN);
              expect(weights.every((one) => Number.isInteger(one) && one >= 0 && one <= 100)).toBe(true);
              expect(weights.reduce((sum, one) => sum + one, 0)).toBe(100);
              expect(list.find(({ destination }) => destination.subset === 'api-9')?.weight).toBe(weight);
            }
          }
        },
      ),
      RUNS,
    );
  });

  it('what the operation is not about is untouched', () => {
    fc.assert(
      fc.property(arbitrarySnapshot, fc.array(arbitraryStep, { maxLength: 6 }), (before, steps) => {
        const after = play(before, ...steps);
        for (const [i, { spec }] of after.virtualServices.entries()) {
          const own = (spec.http ?? []).filter((route) => !isOurs(route));
          const strip = ({ route: _, ...rest }: Route): unknown => rest;
          expect(own.map(strip)).toEqual((before.virtualServices[i]?.spec.http ?? []).map(strip));
          const qa = (routes: readonly Route[] | undefined): unknown =>
            routes?.find(({ name }) => name === 'qa');
          expect(qa(spec.http)).toEqual(qa(before.virtualServices[i]?.spec.http));
        }
        expect(everyList(after.virtualServices).every((list) => list.length > 0)).toBe(true);
      }),
      RUNS,
    );
  });

  it('promote leaves only the build in every base route, and nothing made by istiops that is not used', () => {
    fc.assert(
      fc.property(
        arbitrarySnapshot,
        fc.array(arbitraryStep, { maxLength: 6 }),
        arbitraryBuild,
        (before, steps, build) => {
          const promote = { operation: 'promote', 'pod-selector': podSelector(build) };
          const after = play(before, ...steps, promote);
          const bases = (after.virtualServices[0]?.spec.http ?? []).filter(
            (route) => route.name !== 'qa' && !isOurs(route),
          );
          expect(bases.length).toBeGreaterThan(0);
          for (const { route } of bases) expect(route).toHaveLength(1);
          expect(after.virtualServices[0]?.metadata.annotations?.['istiops/baseline']).toBeUndefined();
          expect(plan(after, intentOf(promote)).phases).toEqual([]);
        },
      ),
      RUNS,
    );
  });
});

/** Somebody sets every weight to 0 and removes the builds, of which one still has a remembered share. */
const ZEROED_BESIDE_A_STABLE_SUBSET = ((): [Snapshot, Step[], RouteDestination[], Step[]] => {
  const list = [
    { destination: { host: 'api' }, weight: 0 },
    { destination: { host: 'api', subset: 'v1' }, weight: 0 },
  ];
  const weight = (build: string, share: string) => ({
    operation: 'weight',
    'pod-selector': podSelector(build),
    weight: share,
    'stable-pod-selector': 'app=api,version=1',
  });
  const before = snapshotOf(
    [virtualService({ http: [{ route: list }] })],
    [destinationRule({ v1: { app: 'api', version: '1' } })],
  );
  return [before, [weight('7', '1'), weight('pr-10', '1'), weight('7', '0')], list, []];
})();

describe('somebody who writes in between', () => {
  it('never loses what they wrote, and never makes the planner throw anything but a TrafficError', () => {
    fc.assert(
      fc.property(
        arbitrarySnapshot,
        fc.array(arbitraryStep, { minLength: 1, maxLength: 4 }),
        arbitraryList,
        fc.array(arbitraryStep, { maxLength: 4 }),
        (before, first, list, then) => {
          const touched = play(before, ...first);
          const edited = {
            ...touched,
            virtualServices: touched.virtualServices.map((object) => ({
              ...object,
              spec: {
                ...object.spec,
                http: (object.spec.http ?? []).map((route) =>
                  route.name === 'qa' || isOurs(route) ? route : { ...route, route: list },
                ),
              },
            })),
          };
          try {
            const after = play(
              edited,
              ...then,
              ...BUILDS.map((build) => ({ operation: 'rollback', 'pod-selector': podSelector(build) })),
            );
            for (const route of after.virtualServices[0]?.spec.http ?? []) {
              if (route.name === 'qa') continue;
              expect(previewSubset(route)).toBeUndefined();
              // What is as we pinned it goes back to the whole service with the last build.
              const names = (route.route ?? []).map(({ destination }) => destination.subset ?? 'v1');
              expect(names).toEqual(list.map(({ destination }) => destination.subset ?? 'v1'));
            }
          } catch (thrown) {
            if (!(thrown instanceof TrafficError)) throw thrown;
          }
        },
      ),
      { ...RUNS, examples: [ZEROED_BESIDE_A_STABLE_SUBSET] },
    );
  });
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
