import { describe, expect, test } from 'vitest';
import { compareRoutes } from '../../src/confirm/compare-routes.ts';
import { comparedRoots, unseenDelegates } from '../../src/confirm/expected-routes.ts';
import { routeListsIn, versionOfDump } from '../../src/confirm/proxy-routes.ts';
import type { VirtualService } from '../../src/istio/types.ts';
import { dump, HOST, to, withRoutes, WRITTEN, type State } from './support/dumps.ts';

const GATEWAY = ['istio-system/plane'];

function state(written: VirtualService, of: unknown, gateways: readonly string[]): string {
  const [root] = comparedRoots(['shop/api'], [written]);
  if (root === undefined) throw new Error('It has hosts.');
  return compareRoutes(root, routeListsIn(of), gateways).kind;
}

const STATES: readonly State[] = ['base', 'routes', 'hundred'];

describe('what Envoy has, and what istiod says that it ought to have', () => {
  test.for(STATES)('in state %s are the routes that were written, and no others', (written) => {
    for (const found of STATES) {
      // 100 % and 0 % are the same to Envoy as everything to the first.
      const isSame = written === found || (written !== 'routes' && found !== 'routes');
      const wanted = isSame ? 'has' : 'lacks';
      expect(state(WRITTEN[written], dump(found, 'gateway-routes'), GATEWAY)).toBe(wanted);
      expect(state(WRITTEN[written], dump(found, 'istiod-web-1'), ['mesh'])).toBe(wanted);
    }
  });

  test('a sidecar has them by the mesh', () => {
    expect(state(WRITTEN.routes, dump('routes', 'sidecar-routes'), ['mesh'])).toBe('has');
    expect(state(WRITTEN.base, dump('routes', 'sidecar-routes'), ['mesh'])).toBe('lacks');
  });

  test('a refused change leaves no trace in Envoy; istiod says what it wants', () => {
    expect(state(WRITTEN.hundred, dump('refused', 'gateway-routes'), GATEWAY)).toBe('has');
    expect(state(WRITTEN.refused, dump('refused', 'gateway-routes'), GATEWAY)).toBe('lacks');
    expect(state(WRITTEN.refused, dump('refused', 'istiod-web-1'), ['mesh'])).toBe('has');
  });
});

const ROUTES = WRITTEN.routes.spec.http ?? [];
const found = dump('routes', 'gateway-routes');

/** The routes of the dump with one of them changed. */
function changed(index: number, more: Record<string, unknown>): VirtualService {
  return withRoutes(ROUTES.map((route, i) => (i === index ? { ...route, ...more } : route)));
}

describe('every difference is seen', () => {
  test.for([
    ['another value of a header', changed(0, { match: [{ headers: { 'x-cid': { exact: 'you' } } }] })],
    ['a prefix in place of a value', changed(0, { match: [{ headers: { 'x-cid': { prefix: 'me' } } }] })],
    ['a block less', changed(0, { match: ROUTES[0]?.match?.slice(0, 1) })],
    ['blocks in another order', changed(0, { match: ROUTES[0]?.match?.toReversed() })],
    ['another subset', changed(0, { route: [to('v1')] })],
    ['another host', changed(0, { route: [{ destination: { host: 'web', subset: 'v2' } }] })],
    [
      'another port',
      changed(0, { route: [{ destination: { host: HOST, subset: 'v2', port: { number: 81 } } }] }),
    ],
    ['other weights', changed(3, { route: [to('v1', 81), to('v2', 19)] })],
    ['a destination less', changed(3, { route: [to('v1')] })],
    ['another name', changed(3, { name: 'main' })],
    ['another path', changed(1, { match: [{ uri: { exact: '/older' } }] })],
    [
      'a path with regard to case',
      changed(0, { match: ROUTES[0]?.match?.map((one) => ({ ...one, ignoreUriCase: false })) }),
    ],
    ['a destination in place of a redirect', changed(1, { redirect: undefined, route: [to('v1')] })],
    ['copies to another subset', changed(2, { mirror: { host: HOST, subset: 'v1' } })],
    ['no copies', changed(2, { mirrorPercentage: { value: 0 } })],
    [
      'a route more',
      withRoutes([
        ...ROUTES.slice(0, 3),
        { name: 'new', match: [{ uri: { exact: '/n' } }], route: [to('v2')] },
        ...ROUTES.slice(3),
      ]),
    ],
    ['a route less', withRoutes(ROUTES.slice(1))],
    ['another order', withRoutes([ROUTES[1], ROUTES[0], ...ROUTES.slice(2)])],
  ] as const)('%s', ([, written]) => {
    expect(state(written, found, GATEWAY)).toBe('lacks');
  });
});

describe('what istiod does not make a route of is not looked for', () => {
  test.for([
    ['what follows a route that accepts everything', withRoutes([...ROUTES, { route: [to('v2')] }])],
    [
      'a block for another gateway',
      withRoutes([{ match: [{ gateways: ['shop/other'] }], route: [to('v2')] }, ...ROUTES]),
    ],
    ['a block for another port', withRoutes([{ match: [{ port: 9 }], route: [to('v2')] }, ...ROUTES])],
    ['weights in the same proportion', changed(3, { route: [to('v1', 40), to('v2', 10)] })],
    ['a destination of 0', changed(0, { route: [to('v1', 0), to('v2', 7)] })],
    [
      'headers in another order',
      changed(0, {
        match: ROUTES[0]?.match?.map(({ headers = {}, ...block }) => ({
          ...block,
          headers: Object.fromEntries(Object.entries(headers).toReversed()),
        })),
      }),
    ],
    ['a port that is not written', changed(0, { route: [{ destination: { host: HOST, subset: 'v2' } }] })],
    ['a short host', changed(0, { route: [{ destination: { host: 'api', subset: 'v2' } }] })],
  ] as const)('%s', ([, written]) => {
    expect(state(written, found, GATEWAY)).toBe('has');
  });

  test('a block for pods with certain labels may be there or not', () => {
    const match = ROUTES[0]?.match?.map((one) => ({ ...one, sourceLabels: { app: 'edge' } }));
    expect(state(changed(0, { match }), found, GATEWAY)).toBe('has');
    expect(state(changed(0, { match }), dump('hundred', 'gateway-routes'), GATEWAY)).toBe('lacks');
    const optional = { match: [{ sourceLabels: { app: 'edge' } }], route: [to('v2')] };
    expect(state(withRoutes([optional, ...ROUTES]), found, GATEWAY)).toBe('has');
  });
});

test('a proxy without any route of it', () => {
  const other = { ...WRITTEN.routes, metadata: { name: 'other', namespace: 'shop' } };
  const [root] = comparedRoots(['shop/other'], [other]);
  if (root === undefined) throw new Error('It has hosts.');
  expect(compareRoutes(root, routeListsIn(found), GATEWAY)).toEqual({ kind: 'absent' });
});

test('a delegate is looked for by the VirtualService that leaves requests to it', () => {
  const routeless = { ...withRoutes([]), spec: { http: ROUTES } } as VirtualService;
  const delegate = { ...routeless, metadata: { name: 'leaf', namespace: 'shop' } };
  const root = withRoutes([{ delegate: { name: 'leaf' } }]);
  const roots = comparedRoots(['shop/leaf'], [root, delegate]);
  expect(roots.map(({ owner }) => owner)).toEqual(['shop/api']);
  const [only] = roots;
  if (only === undefined) throw new Error('It was found.');
  expect(compareRoutes(only, routeListsIn(found), GATEWAY).kind).toBe('has');
  const [blind] = comparedRoots(['shop/api'], [root]);
  expect(blind && unseenDelegates(blind)).toEqual(['shop/leaf']);
});

test('the first difference is named', () => {
  const [root] = comparedRoots(['shop/api'], [changed(3, { route: [to('v1')] })]);
  if (root === undefined) throw new Error('It has hosts.');
  expect(compareRoutes(root, routeListsIn(found), GATEWAY)).toMatchObject({
    kind: 'lacks',
    virtualHost: 'api.shop.svc.cluster.local:8080',
    found: { name: 'default.m1' },
    expected: { name: 'default.m1' },
  });
});

test("istiod's dump says which push it is of", () => {
  expect(versionOfDump(dump('routes', 'istiod-web-1'))).toBe('2026-11-26T02:52:39Z/7');
  expect(versionOfDump(found)).toBe('');
});
