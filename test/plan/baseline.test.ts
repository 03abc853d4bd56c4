import { describe, expect, test } from 'vitest';
import type { Route, RouteDestination, VirtualService } from '../../src/istio/types.ts';
import {
  addedBuilds,
  BASELINE,
  baselineFaults,
  pinned,
  readBaselines,
  writeBaselines,
  type PendingBaseline,
} from '../../src/plan/baseline.ts';
import { isSameDestination, withSubset } from '../../src/istio/service-identity.ts';
import { virtualService } from '../support/plane.ts';

const to = (subset: string, weight?: number): RouteDestination => ({
  destination: { host: 'api', subset },
  ...(weight !== undefined && { weight }),
});
const requestedShares: PendingBaseline['requestedShares'] = [
  { destination: { host: 'api', subset: 'pr-1' }, part: 20, whole: 100 },
];
/** What was asked of a list that led to one subset. */
const rememberedFor = (subset: string): PendingBaseline => ({ list: [to(subset)], requestedShares });
/** A route as we wrote it. */
const written = (match: Route['match'], subset: string, name?: string): Route => ({
  ...(name !== undefined && { name }),
  ...(match !== undefined && { match }),
  route: [to(subset, 80), to('pr-1', 20)],
});

/** The routes with these memories written down; then somebody puts other routes in their place. */
function remembered(
  routes: readonly Route[],
  memories: Readonly<Record<string, PendingBaseline>>,
  edited = routes,
): VirtualService {
  const made = writeBaselines(virtualService({ http: routes }), new Map(Object.entries(memories)));
  return { ...made, spec: { ...made.spec, http: edited } };
}

/** Which subset each remembered route led to. */
function found(object: VirtualService): Record<string, unknown> {
  return Object.fromEntries(
    [...readBaselines(object).byRoute].map(([key, { list }]) => [key, list[0]?.destination.subset]),
  );
}

describe('the baseline of a route', () => {
  test('is read as it was written, with every number', () => {
    const memory: PendingBaseline = {
      list: [to('v1', 60), to('v2', 0), { ...to('v3'), headers: { request: { set: { a: 'b' } } } }],
      stable: { host: 'api', subset: 'v1' },
      // What somebody else left our build: 30 of what was 80 then.
      requestedShares: [
        ...requestedShares,
        { destination: { host: 'api', subset: 'pr-2' }, part: 30, whole: 80 },
      ],
    };
    const object = remembered([written(undefined, 'v1')], { 'http[0]': memory });

    expect(readBaselines(object).byRoute.get('http[0]')).toEqual({
      ...memory,
      written: expect.any(String) as unknown,
    });
  });

  test('has this text, once for routes that share it', () => {
    const memory: PendingBaseline = {
      list: [to('v1', 60), { ...to('v2'), headers: { request: { set: { a: 'b' } } } }],
      stable: { host: 'api', subset: 'v1', leaving: [{ app: 'api', build: '9' }] },
      requestedShares: [
        ...requestedShares,
        { destination: { host: 'api', subset: 'pr-2' }, part: 30, whole: 80 },
      ],
    };
    const object = remembered([written(PATH, 'v1'), written([], 'v1'), written(undefined, 'v2')], {
      'http[0]': memory,
      'http[1]': memory,
      'http[2]': { ...rememberedFor('v2'), partial: true },
    });
    const text = object.metadata.annotations?.[BASELINE] ?? '';
    // Lines for the reader: it has none.
    const lines = text.replaceAll(/,(?=\{"destination"|"routes"|\[\[\[)/g, ',\n');
    expect(lines).toMatchInlineSnapshot(`
      "{"v":1,"destinations":[{"destination":{"host":"api","subset":"v1"}},
      {"destination":{"host":"api","subset":"v2"},"headers":{"request":{"set":{"a":"b"}}}},
      {"destination":{"host":"api","subset":"pr-1"}},
      {"destination":{"host":"api","subset":"pr-2"}},
      {"destination":{"host":"api","subset":"v2"}}],
      "routes":[[[[0,60],[1]],[[2,20],[3,30,80]],{"host":"api","subset":"v1","leaving":[{"app":"api","build":"9"}]},"KdKWa3W_",["K2UotWbY","riBSRVkd"]],
      [[[4]],[[2,20]],{"partial":true},"jUwszZXE",["riBSRVkd.1"]]]}"
    `);
  });

  const PATH = [{ uri: { prefix: '/a' } }];

  test.for<
    [string, routes: Route[], memories: Record<string, PendingBaseline>, now: Route[], Record<string, string>]
  >([
    [
      'twins are told apart by their order',
      [written(PATH, 'v1'), written(PATH, 'v2'), written(PATH, 'v3')],
      { 'http[0]': rememberedFor('v1'), 'http[1]': rememberedFor('v2'), 'http[2]': rememberedFor('v3') },
      [written(PATH, 'v1'), written(PATH, 'v2'), written(PATH, 'v3')],
      { 'http[0]': 'v1', 'http[1]': 'v2', 'http[2]': 'v3' },
    ],
    [
      'moved',
      [written(PATH, 'v1'), written([], 'v2')],
      { 'http[0]': rememberedFor('v1'), 'http[1]': rememberedFor('v2') },
      [written([], 'v2'), written(PATH, 'v1')],
      { 'http[0]': 'v2', 'http[1]': 'v1' },
    ],
    [
      'renamed, by the list that we wrote',
      [written([], 'v1')],
      { 'http[0]': rememberedFor('v1') },
      [written([], 'v1', 'main')],
      { 'http[0]': 'v1' },
    ],
    [
      'renamed, one of two that share a memory',
      [written(PATH, 'v1'), written([], 'v1')],
      { 'http[0]': rememberedFor('v1'), 'http[1]': rememberedFor('v1') },
      [written(PATH, 'v1'), written([], 'v1', 'main')],
      { 'http[0]': 'v1', 'http[1]': 'v1' },
    ],
    [
      'renamed and edited, by the build that only we could have put there',
      [written([], 'v1')],
      { 'http[0]': rememberedFor('v1') },
      [{ name: 'main', route: [to('v1', 50), to('pr-1', 50)] }],
      { 'http[0]': 'v1' },
    ],
    [
      'not of a route that sends to the build alone: a preview by hand',
      [written([], 'v1')],
      { 'http[0]': rememberedFor('v1') },
      [{ name: 'main', route: [to('pr-1')] }],
      {},
    ],
    [
      'not of a route of other builds',
      [written([], 'v1')],
      { 'http[0]': rememberedFor('v1') },
      [{ name: 'main', route: [to('v1', 50), to('v2', 50)] }],
      {},
    ],
    [
      'not of a copy: its own route is there',
      [written([], 'v1')],
      { 'http[0]': rememberedFor('v1') },
      [written(PATH, 'v1'), written([], 'v1')],
      { 'http[1]': 'v1' },
    ],
  ])('%s', ([, routes, memories, now, expected]) => {
    expect(found(remembered(routes, memories, now))).toEqual(expected);
  });

  test.for([
    'no JSON',
    '[]',
    '{"v":2,"destinations":[],"routes":[]}',
    '{"v":1,"routes":[]}',
    '{"v":1,"destinations":[],"routes":{}}',
    '{"v":1,"destinations":[],"routes":[[[[0]],[],null,"x",["a"]]]}',
    '{"v":1,"destinations":[7],"routes":[[[[0]],[],null,"x",["a"]]]}',
    '{"v":1,"destinations":[{"weight":5}],"routes":[[[[0]],[],null,"x",["a"]]]}',
    '{"v":1,"destinations":[{"destination":{"host":"a"}}],"routes":[[[[0,-1]],[],null,"x",["a"]]]}',
    '{"v":1,"destinations":[{"destination":{"host":"a"}}],"routes":[[[[0,0.5]],[],null,"x",["a"]]]}',
    '{"v":1,"destinations":[{"destination":{"host":"a"}}],"routes":[[[["0"]],[],null,"x",["a"]]]}',
    '{"v":1,"destinations":[{"destination":{"host":"a"}}],"routes":[[[[0]],[[0]],null,"x",["a"]]]}',
  ])('can not be read: %s', (text) => {
    const object = virtualService({ http: [written([], 'v1')] });
    const broken = { ...object, metadata: { ...object.metadata, annotations: { [BASELINE]: text } } };

    const { byRoute, fault } = readBaselines(broken);
    expect([byRoute.size, typeof fault]).toEqual([0, 'string']);
    expect(baselineFaults([broken]).map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^The annotation istiops\/baseline of VirtualService shop\/api can't be what istiops wrote \(/,
      ),
    ]);
  });

  test('has what routes share only once', () => {
    const routes = Array.from({ length: 2000 }, (_, i) => written([{ uri: { prefix: `/${i}` } }], 'v1'));
    const memory = rememberedFor('v1');
    const object = remembered(routes, Object.fromEntries(routes.map((_, i) => [`http[${i}]`, memory])));

    expect(Object.keys(found(object))).toHaveLength(2000);
    expect(object.metadata.annotations?.[BASELINE]?.length).toBeLessThan(25_000);
  });
});

test('a build that the list had before was not added by istiops', () => {
  const memory: PendingBaseline = { list: [to('v1', 60), to('pr-1', 40)], requestedShares };

  expect(addedBuilds(memory, 'shop')).toEqual([]);
  expect(addedBuilds({ ...memory, list: [to('v1', 60)] }, 'shop')).toEqual([{ host: 'api', subset: 'pr-1' }]);
});

test('only whole-service destinations to the pinned host are pinned', () => {
  const list = [{ destination: { host: 'api' } }, { destination: { host: 'web' } }, to('v2')];

  expect(pinned({ list, requestedShares: [], stable: { host: 'api', subset: 'v1' } }, 'shop')).toEqual([
    to('v1'),
    { destination: { host: 'web' } },
    to('v2'),
  ]);
});

test('a subset stands where the old one stood, a first one after the host', () => {
  const port = { number: 80 };

  expect(Object.entries(withSubset({ port, subset: 'a', host: 'api' }, 'b'))).toEqual([
    ['port', port],
    ['subset', 'b'],
    ['host', 'api'],
  ]);
  expect(Object.keys(withSubset({ port, host: 'api' }, 'b'))).toEqual(['host', 'subset', 'port']);
});

test.for<[a: RouteDestination['destination'], b: RouteDestination['destination'], same: boolean]>([
  [{ host: 'api' }, { host: 'api' }, true],
  [{ host: 'api', subset: 'a' }, { host: 'api', subset: 'b' }, false],
  [{ host: 'api', subset: 'a' }, { host: 'web', subset: 'a' }, false],
  [{ host: 'api', port: { number: 80 } }, { host: 'api', port: { number: 80 } }, true],
  [{ host: 'api', port: { number: 80 } }, { host: 'api', port: { number: 81 } }, false],
  [{ host: 'api', port: { number: 80 } }, { host: 'api' }, true],
  [{ host: 'api' }, { host: 'api', port: { number: 80 } }, true],
  [{ host: 'api', subset: 'a' }, { host: 'api.shop', subset: 'a' }, true],
  [{ host: 'api', subset: 'a' }, { host: 'API.shop.svc.corp.example.', subset: 'a' }, true],
  [{ host: 'api.shop.svc', subset: 'a' }, { host: 'api.shop.svc.cluster.local', subset: 'a' }, true],
  [{ host: 'api', subset: 'a' }, { host: 'api.other', subset: 'a' }, false],
  [{ host: 'api.example.com', subset: 'a' }, { host: 'api.example.org', subset: 'a' }, false],
  [{ host: 'api' }, { host: 'api', subset: '' }, true],
])('%j and %j are the same build: %s', ([a, b, same]) => {
  expect(isSameDestination(a, b, 'shop')).toBe(same);
});
