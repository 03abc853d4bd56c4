/** A planner that takes every route to the service for a base route: the guard alone has to see it. */
import { isReadOnly } from '../../src/operations/index.ts';
import { expect, it, vi } from 'vitest';
import { destinationsOf } from '../../src/istio/routes.ts';
import type * as BaseRoutes from '../../src/plan/base-routes.ts';
import { userRoutes } from '../../src/plan/user-routes.ts';
import { plan } from '../../src/run/plan.ts';
import { reachOfPlan } from '../../src/operations/reach.ts';
import { destinationRule, intentOf, snapshotOf, virtualService } from '../support/plane.ts';

vi.mock('../../src/plan/base-routes.ts', async (original) => {
  const real = await original<typeof BaseRoutes>();
  return {
    ...real,
    baseRoutes: (...[of]: Parameters<typeof real.baseRoutes>) =>
      userRoutes(of).filter(({ route }) => destinationsOf(route).length > 0),
  };
});

/** The partner's requests are pinned to a build of their own by hand. */
const before = snapshotOf(
  [
    virtualService({
      http: [
        {
          name: 'partner',
          match: [{ headers: { 'x-partner': {} } }],
          route: [{ destination: { host: 'api', subset: 'v0' } }],
        },
        { route: [{ destination: { host: 'api', subset: 'v1' } }] },
      ],
    }),
  ],
  [destinationRule({ v0: { app: 'api', version: '0' }, v1: { app: 'api', version: '1' } })],
);

it.each([
  { operation: 'weight', weight: '20', 'pod-selector': 'app=api,build=10' },
  { operation: 'headers', headers: 'x-cid=a', 'pod-selector': 'app=api,build=10' },
  { operation: 'promote', 'pod-selector': 'app=api,build=10' },
])("$operation: the partner's route is not the service's", (words) => {
  const intent = intentOf(words);
  if (isReadOnly(intent)) throw new Error('It changes nothing.');
  const { phases } = plan(before, intent);
  const { unexpected } = reachOfPlan(before, intent, phases);
  expect(unexpected.map((one) => one.before)).toContain('v0');
});
