/** Any routes of a VirtualService, and what may be asked of it, step by step. */
import fc from 'fast-check';
import type { Route, RouteDestination } from '../../src/istio/types.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { destinationRule, snapshotOf, virtualService } from '../support/plane.ts';
import { routes } from './arbitrary.ts';

export type Step = Readonly<Record<string, string>>;

const build = fc.constantFrom('7', '8', 'PR-10').map((name) => ({ 'pod-selector': `app=api,build=${name}` }));
const stable = fc.constantFrom({}, { 'stable-pod-selector': 'app=api,version=1' });
const picks = fc.constantFrom({}, {}, {}, { routes: 'http[0]' }, { routes: 'http[0], http[1]' });

export const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .tuple(
      build,
      stable,
      picks,
      fc.constantFrom('x-a=1', 'x-a^=1', 'x-a~=1|2', 'x-c', 'x-a=1,x-c=on', 'x-a=1\nx-c=on'),
    )
    .map(([...words]) => ({
      operation: 'headers',
      ...words[0],
      ...words[1],
      ...words[2],
      headers: words[3],
    })),
  fc.tuple(build, stable, picks, fc.integer({ min: 0, max: 100 })).map(([...words]) => ({
    operation: 'weight',
    ...words[0],
    ...words[1],
    ...words[2],
    weight: String(words[3]),
  })),
  fc.tuple(build, picks).map(([one, pick]) => ({ operation: 'promote', ...one, ...pick })),
  build.map((one) => ({ operation: 'rollback', ...one })),
  fc.constant({ operation: 'clear' }),
);

const list: fc.Arbitrary<readonly RouteDestination[]> = fc
  .uniqueArray(fc.constantFrom('v1', 'v2', undefined), { minLength: 1, maxLength: 3 })
  .chain((subsets) =>
    fc.tuple(
      ...subsets.map((subset) =>
        fc.integer({ min: 0, max: 50 }).map((weight) => ({
          destination: { host: 'api', ...(subset !== undefined && { subset }) },
          weight,
        })),
      ),
    ),
  );

/** Strangers' routes, a default route, sometimes one after it or a tcp route; some by hand to the same lists. */
export const snapshot: fc.Arbitrary<Snapshot> = fc
  .tuple(routes, list, fc.boolean(), fc.subarray([0, 1, 2, 3, 4, 5]), fc.constantFrom('5s', undefined))
  .map(([strangers, own, withTcp, bases, timeout]) => {
    const http: Route[] = [
      ...strangers.map((route, i) => (bases.includes(i) ? { ...route, route: own } : route)),
      { ...(timeout !== undefined && { timeout }), route: own },
    ];
    return snapshotOf(
      [virtualService({ http, ...(withTcp && { tcp: [{ match: [{ port: 5432 }], route: own }] }) })],
      [
        destinationRule({
          v1: { app: 'api', version: '1' },
          v2: { app: 'api', version: '2' },
          v3: { app: 'api', version: '3' },
        }),
      ],
    );
  });
