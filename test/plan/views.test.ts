import { describe, expect, test } from 'vitest';
import type { Labels, PodView, Route, ServiceView } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import { podsOf, readyPodsOf, servicesFor } from '../../src/plan/pods.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import type { RouteView } from '../../src/plan/view-types.ts';
import { destinationRule, intentOf, snapshotOf, virtualService } from '../support/plane.ts';

const HOST = 'api.shop.svc.cluster.local';
const pod = (name: string, labels: Labels, ready = true): PodView => ({ name, labels, ready });
const service = (host: string, selector?: Labels): ServiceView => ({
  kind: 'Service',
  name: host,
  namespace: 'shop',
  hosts: [host],
  ports: [80],
  ...(selector && { selector }),
});

function cluster(http: readonly Route[], given: Partial<Snapshot> = {}): Snapshot {
  const rule = destinationRule({ v1: { app: 'api', build: '1' } });
  const bare = {
    ...rule,
    metadata: { ...rule.metadata, name: 'web' },
    spec: { host: 'web', subsets: [{ name: 'v1' }] },
  };
  return { ...snapshotOf([virtualService({ http })], [rule, bare]), ...given };
}

const show = (snapshot: Snapshot): readonly RouteView[] =>
  plan(snapshot, intentOf({ operation: 'show' })).after;

describe('a route as it is shown', () => {
  const [go, preview, main, redirect] = show(
    cluster([
      {
        match: [{ headers: { 'x-a': { exact: '1' } } }],
        route: [{ destination: { host: 'api', subset: 'api-1-shop' } }],
      },
      { name: 'istiops-v1', route: [{ destination: { host: 'api', subset: 'v1' } }] },
      {
        name: 'main',
        route: [
          { destination: { host: 'api', subset: 'v1', port: { number: 80 } }, weight: 1 },
          { destination: { host: 'web', subset: 'v1' }, weight: 2 },
          { destination: { host: 'api' } },
        ],
      },
      { redirect: { uri: '/' } },
    ]),
  );

  test('is picked by its place among those that are not our previews', () => {
    expect([go, preview, main, redirect].map((view) => [view?.index, view?.pick])).toEqual([
      [0, 'http#1'],
      [1, null],
      [2, 'http#2'],
      [3, 'http#3'],
    ]);
  });

  test('says who made it', () => {
    expect([go, preview, main].map((view) => view?.madeBy)).toEqual(['go-istiops', 'istiops', 'user']);
  });

  test('says where it sends, in percent, and what the subset is', () => {
    expect(main).toEqual({
      virtualService: 'api',
      namespace: 'shop',
      kind: 'http',
      index: 2,
      name: 'main',
      pick: 'http#2',
      conditions: [],
      match: 'every request',
      isDefault: true,
      madeBy: 'user',
      action: null,
      settings: {},
      destinations: [
        {
          host: 'api',
          subset: 'v1',
          port: 80,
          share: 33.33,
          labels: { app: 'api', build: '1' },
          readyPods: null,
        },
        { host: 'web', subset: 'v1', port: null, share: 66.67, labels: {}, readyPods: null },
        { host: 'api', subset: null, port: null, share: 0, labels: null, readyPods: null },
      ],
    });
  });

  test.for<[Route, action: string | null]>([
    [{ redirect: { uri: '/' } }, 'redirect'],
    [{ directResponse: { status: 503 } }, 'direct response'],
    [{ delegate: { name: 'a', namespace: 'b' } }, 'delegate to b/a'],
    [{ delegate: { name: 'a' } }, 'delegate to a'],
    [{ delegate: { name: 'a', namespace: 5 } }, 'delegate to a'],
    [{ delegate: 'a' }, null],
  ])('%j', ([route, action]) => {
    expect(show(cluster([route]))).toMatchObject([{ action, destinations: [], name: null }]);
  });

  test('counts the ready pods of a subset behind its host', () => {
    const route = ['api', 'web'].map((host) => ({ destination: { host, subset: 'v1' } }));
    const snapshot = cluster([{ route: [...route, { destination: { host: 'api', subset: 'gone' } }] }], {
      pods: {
        state: 'known',
        items: [
          pod('a', { app: 'api', build: '1' }),
          pod('b', { app: 'api', build: '1' }, false),
          pod('c', { app: 'web' }),
        ],
      },
      services: { state: 'known', items: [service(HOST, { app: 'api' })] },
    });
    expect(show(snapshot)[0]?.destinations.map(({ readyPods }) => readyPods)).toEqual([1, 2, null]);
  });
});

describe('pods', () => {
  const items = [
    pod('a', { app: 'api', tier: 'x' }),
    pod('b', { app: 'api' }, false),
    pod('c', { app: 'web' }),
  ];
  const known: Partial<Snapshot> = { pods: { state: 'known', items } };
  const names = (pods: readonly PodView[] | undefined) => pods?.map(({ name }) => name);

  test.for<[string, services: ServiceView[], host: string | undefined, all: string[], ready: string[]]>([
    ['of labels', [], undefined, ['a', 'b'], ['a']],
    ['behind a host that nobody knows', [], HOST, ['a', 'b'], ['a']],
    ['behind a host', [service(HOST, { tier: 'x' })], HOST, ['a'], ['a']],
    ['behind a host without selector', [service(HOST)], HOST, ['a', 'b'], ['a']],
    [
      'behind one of two Services of a host',
      [service(HOST, { tier: 'x' }), service(HOST, { app: 'api' })],
      HOST,
      ['a', 'b'],
      ['a'],
    ],
    ['wherever', [service(HOST, { tier: 'x' })], undefined, ['a', 'b'], ['a']],
  ])('%s', ([, services, host, all, ready]) => {
    const snapshot = cluster([], { ...known, services: { state: 'known', items: services } });
    expect(names(podsOf(snapshot, { app: 'api' }, host))).toEqual(all);
    expect(names(readyPodsOf(snapshot, { app: 'api' }, host))).toEqual(ready);
  });

  test('are unknown where nobody may read them', () => {
    expect(podsOf(cluster([]), {})).toBeUndefined();
    expect(readyPodsOf(cluster([]), {})).toBeUndefined();
  });
});

test.for<[given: string, host: string, isFor: boolean]>([
  ['api.io', 'api.io', true],
  ['api.io', 'web.io', false],
  ['*.io', 'api.io', false],
  ['*.io', '*.io', true],
  ['*.io', 'io', false],
  ['*.io', 'myio', false],
  ['*io', 'api.io', false],
])('a service of %s gives %s: %s', ([given, host, isFor]) => {
  const snapshot = cluster([], {
    services: { state: 'known', items: [service('other.io'), service(given)] },
  });
  expect(servicesFor(snapshot, host).map(({ name }) => name)).toEqual(isFor ? [given] : []);
});
