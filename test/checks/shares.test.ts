import { expect, test } from 'vitest';
import { gainedShares } from '../../src/checks/shares.ts';
import type { Route } from '../../src/istio/types.ts';
import { virtualService } from '../support/plane.ts';

/** A route with the weights of its subsets; `''` is the whole service. */
function list(weights: Readonly<Record<string, number>>, host = 'api'): Route {
  return {
    route: Object.entries(weights).map(([subset, weight]) => ({
      destination: { host, ...(subset !== '' && { subset }) },
      weight,
    })),
  };
}

const MAIN = list({ v1: 100 });

test.for<[string, before: Route[], after: Route[], gained: Record<string, number>]>([
  ['nothing changes', [MAIN], [MAIN], {}],
  ['a subset gets some', [MAIN], [list({ v1: 80, v2: 20 })], { v2: 20 }],
  ['a subset is listed, and gets nothing', [MAIN], [list({ v1: 100, v2: 0 })], {}],
  ['a subset gets more than it had', [list({ v1: 80, v2: 20 })], [list({ v1: 50, v2: 50 })], { v2: 50 }],
  ['weights say the same in other numbers', [list({ v1: 80, v2: 20 })], [list({ v1: 8, v2: 2 })], {}],
  [
    'two routes send to a subset',
    [MAIN, list({ v1: 1 })],
    [list({ v1: 80, v2: 20 }), list({ v1: 70, v2: 30 })],
    { v2: 50 },
  ],
  [
    'it moves from one route to another',
    [list({ v2: 1 }), list({ v1: 1 })],
    [list({ v1: 1 }), list({ v2: 1 })],
    {},
  ],
  ['the whole service gets requests: that is no subset', [MAIN], [list({ '': 100 })], {}],
  ['a subset of the same name is of another host', [MAIN], [list({ v1: 100 }, 'web')], { 'web v1': 100 }],
])('%s', ([, before, after, gained]) => {
  const found = gainedShares({
    before: virtualService({ http: before }),
    after: virtualService({ http: after }),
  });
  expect([...found.values()]).toEqual(
    Object.entries(gained).map(([key, total]) => {
      const [subset = '', host = 'api'] = key.split(' ').toReversed();
      return { host: `${host}.shop.svc.cluster.local`, subset, total };
    }),
  );
});

test('a route that stays counts for nothing, and a new one beside it for all that it gives', () => {
  const stays = list({ v2: 100 });
  const found = gainedShares({
    before: virtualService({ http: [stays] }),
    after: virtualService({ http: [stays, list({ v2: 100 })] }),
  });
  expect([...found.values()].map(({ subset, total }) => [subset, total])).toEqual([['v2', 100]]);
});
