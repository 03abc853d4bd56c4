import { describe, expect, test } from 'vitest';
import type { PodView, Route, ServiceView } from '../../../src/istio/types.ts';
import type { Snapshot } from '../../../src/plan/types.ts';
import { asked, explainAll, explained, MAIN, on, withRule } from '../../support/explaining.ts';

const OK = { state: 'ok', problem: null };

function done(request: string, route: Route): unknown {
  const { result } = asked(request, route);
  return result.kind === 'route' ? result.does : result.kind;
}

describe('what is done with a request', () => {
  const V1 = {
    host: 'api',
    subset: 'v1',
    port: null,
    share: 100,
    labels: { app: 'api', build: '1' },
    readyPods: null,
    ...OK,
  };
  const NOTHING = { destinations: [], status: null, redirect: null, abort: null, mirrors: [] };

  test.for<[string, Route, does: object]>([
    ['sent to a subset', MAIN, { ...NOTHING, destinations: [V1] }],
    [
      'split between a whole service, at a port, and a subset that nobody defines',
      {
        route: [
          { destination: { host: 'web.shop.svc.cluster.local', port: { number: 8080 } }, weight: 3 },
          { destination: { host: 'api', subset: 'v2' }, weight: 1 },
        ],
      },
      {
        ...NOTHING,
        destinations: [
          {
            host: 'web.shop.svc.cluster.local',
            subset: null,
            port: 8080,
            share: 75,
            labels: null,
            readyPods: null,
            ...OK,
          },
          {
            ...V1,
            subset: 'v2',
            share: 25,
            labels: null,
            state: 'unavailable',
            problem:
              '503: subset v2 of api.shop.svc.cluster.local is in no DestinationRule that this proxy uses (it uses DestinationRule shop/api)',
          },
        ],
      },
    ],
    [
      'answered by the proxy',
      { directResponse: { status: 503 }, mirror: { host: 'copy' } },
      { ...NOTHING, status: 503, mirrors: ['copy'] },
    ],
    [
      'redirected',
      { redirect: { uri: '/new' }, mirror: { host: 'copy' } },
      { ...NOTHING, status: 301, redirect: 'http://shop.io/new', mirrors: ['copy'] },
    ],
    [
      'redirected for now',
      { redirect: { uri: '/new', redirectCode: 302 } },
      { ...NOTHING, status: 302, redirect: 'http://shop.io/new' },
    ],
    [
      'copied to a service and to a subset',
      {
        ...MAIN,
        mirrors: [{ destination: { host: 'copy' } }, { destination: { host: 'api', subset: 'v2' } }],
      },
      { ...NOTHING, destinations: [V1], mirrors: ['copy', 'api v2'] },
    ],
    [
      'answered with an error now and then',
      { ...MAIN, fault: { abort: { httpStatus: 503, percentage: { value: 10 } } } },
      { ...NOTHING, destinations: [V1], abort: { percent: 10, status: '503' } },
    ],
  ])('%s', ([, route, does]) => {
    expect(done('http://shop.io/old', route)).toEqual(does);
  });
});

describe('the ready pods of a destination', () => {
  const pod = (name: string, app: string, build: string, ready = true): PodView => ({
    name,
    labels: { app, build },
    ready,
  });
  const pods: Snapshot['pods'] = {
    state: 'known',
    items: [
      pod('a', 'api', '1'),
      pod('b', 'api', '1'),
      pod('c', 'api', '1', false),
      pod('d', 'web', '1'),
      pod('e', 'api', '2'),
    ],
  };
  const service = (name: string): ServiceView => ({
    kind: 'Service',
    name,
    namespace: 'shop',
    hosts: [`${name}.shop.svc.cluster.local`],
    ports: [80],
    selector: { app: name },
  });
  const services: Snapshot['services'] = { state: 'known', items: [service('api'), service('web')] };

  /** Of a route to each of these, twice. */
  function readyPods(extra: Partial<Snapshot>): unknown {
    const route = [
      { destination: { host: 'api', subset: 'one' }, weight: 25 },
      { destination: { host: 'api', subset: 'two' }, weight: 25 },
      { destination: { host: 'web', subset: 'one' }, weight: 25 },
      { destination: { host: 'api' }, weight: 25 },
    ];
    const { destinationRules } = withRule([]);
    const rules = ['api', 'web'].flatMap((host) =>
      destinationRules.map((rule) => ({
        ...rule,
        spec: {
          host,
          subsets: [
            { name: 'one', labels: { build: '1' } },
            { name: 'two', labels: { build: '2' } },
          ],
        },
      })),
    );
    const snapshot = {
      ...withRule([on({ hosts: ['shop.io'], http: [{ route }] })]),
      destinationRules: rules,
      ...extra,
    };
    const words = { requests: 'http://shop.io/\nhttp://shop.io/again' };
    return explainAll(snapshot, words).explanations.map(({ result }) =>
      result.kind === 'route' ? result.does.destinations.map((to) => to.readyPods) : result.kind,
    );
  }

  test('are those of its subset behind its host; of a whole service nobody counts them', () => {
    const each = [2, 1, 1, null];
    expect(readyPods({ pods, services })).toEqual([each, each]);
  });

  test('are not known where pods are not', () => {
    const each = [null, null, null, null];
    expect(readyPods({ services })).toEqual([each, each]);
  });
});

describe('where no VirtualService is for the host', () => {
  const others = [on({ hosts: ['web.io'] })];

  test.for<[request: string, words: Record<string, string>, host: string]>([
    ['http://api/', {}, 'api.shop.svc.cluster.local'],
    ['http://API:8080/', {}, 'api.shop.svc.cluster.local'],
    ['http://api/', { 'source-namespace': 'web' }, 'api.web.svc.cluster.local'],
    ['http://api.shop.svc.cluster.local/', { 'source-namespace': 'web' }, 'api.shop.svc.cluster.local'],
  ])('the mesh sends to the service itself: %s, %j', ([request, words, host]) => {
    const { host: found, passed, result } = explained(request, others, words);
    expect({ found, passed, result }).toEqual({
      found: null,
      passed: [],
      result: {
        kind: 'service',
        does: {
          destinations: [
            { host, subset: null, port: null, share: 100, labels: null, readyPods: null, ...OK },
          ],
          status: null,
          redirect: null,
          abort: null,
          mirrors: [],
        },
      },
    });
  });

  test('a gateway has no route', () => {
    const { host, passed, result } = explained('http://shop.io/', others, { gateway: 'edge' });
    expect({ host, passed, result }).toEqual({ host: null, passed: [], result: { kind: 'none' } });
  });
});

test('where one is for the host and none of its routes matches, nothing answers the request, in the mesh either', () => {
  const { host, result } = asked('http://shop.io/b', { match: [{ uri: { prefix: '/a' } }], ...MAIN });
  expect({ host, result }).toEqual({ host: 'shop.io', result: { kind: 'none' } });
});

test('the host is the one that a VirtualService says, in full', () => {
  expect(explained('http://a.shop.io/', [on({ hosts: ['*.shop.io'] })]).host).toBe('*.shop.io');
  expect(explained('http://api.shop/', [on({ hosts: ['api'] })]).host).toBe('api.shop.svc.cluster.local');
});

describe('what depends on something unknown', () => {
  const claim: Route = { match: [{ headers: { '@request.auth.claims.group': { exact: 'dev' } } }], ...MAIN };
  const unknown = 'header @request.auth.claims.group is "dev": claims of a JWT are not known';

  test('has all that may happen, also that no route matches', () => {
    expect(asked('http://shop.io/', claim).result).toMatchObject({
      kind: 'undecided',
      candidates: [
        { route: { pick: 'http#1' }, does: { destinations: [{ subset: 'v1' }] }, unknown },
        { route: null, does: null, unknown: null },
      ],
    });
  });

  test('has the route that matches otherwise as the last', () => {
    expect(asked('http://shop.io/', claim, { directResponse: { status: 503 } }).result).toMatchObject({
      kind: 'undecided',
      candidates: [
        { route: { pick: 'http#1' }, unknown },
        { route: { pick: 'http#2', match: 'every request' }, does: { status: 503 }, unknown: null },
      ],
    });
  });
});
