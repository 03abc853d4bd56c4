import { describe, expect, test } from 'vitest';
import { gatewayName } from '../../../src/istio/gateways.ts';
import { effectiveRoutes } from '../../../src/istio/requests/delegates.ts';
import type { JsonObject } from '../../../src/base/json.ts';
import type { Match, Route, VirtualService } from '../../../src/istio/types.ts';
import { bare, PLAIN, vs, type Given } from '../../support/requests.ts';

const leafOf = (http: readonly Route[], more: Given = {}): VirtualService =>
  vs('leaf', { hosts: [], gateways: [], http, ...more });
const rootOf = (route: Route): VirtualService => vs('root', { http: [route] });
const TO_LEAF = { delegate: { name: 'leaf' } };

function routesOf(root: VirtualService, ...others: readonly VirtualService[]): Route[] {
  return effectiveRoutes(root, (namespace, name) =>
    others.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
  ).map(({ route }) => route);
}

/** What the route asks that istiod makes of the root's and the delegate's; undefined where it makes none. */
function asked(root: readonly Match[], leaf: readonly Match[]): readonly Match[] | undefined {
  const [route] = routesOf(rootOf({ ...TO_LEAF, match: root }), leafOf([{ match: leaf }]));
  return route?.match;
}

const prefix = (text: string): Match => ({ uri: { prefix: text } });
const exact = (text: string): Match => ({ uri: { exact: text } });
const regex = (text: string): Match => ({ uri: { regex: text } });

/** mergeHTTPMatchRequest and hasConflict in pilot/pkg/model/virtualservice.go; so are the oddities. */
describe('a block of the root and one of its delegate', () => {
  test.for<[rule: string, root: Match, leaf: Match, both?: Match]>([
    ['each asks what the other does not', prefix('/a'), { port: 80 }, { ...prefix('/a'), port: 80 }],
    ['a longer prefix', prefix('/a'), prefix('/a/b')],
    ['the same prefix', prefix('/a'), prefix('/a')],
    ['a path below the prefix', prefix('/a'), exact('/a/b')],
    ['the same path', exact('/a'), exact('/a')],
    ['the same port', { port: 80 }, { port: 80 }],
    ["the root's port alone", { port: 80 }, prefix('/a'), { ...prefix('/a'), port: 80 }],
    [
      'a port 0 of the delegate is none',
      { port: 80 },
      { ...prefix('/a'), port: 0 },
      { ...prefix('/a'), port: 80 },
    ],
    ['a port 0 of the root is none', { port: 0 }, { port: 80 }],
    [
      'an empty namespace of the delegate is none, where the root has none either',
      prefix('/a'),
      { sourceNamespace: '' },
      prefix('/a'),
    ],
    [
      'one header in other letters is another to istiod, and both are asked',
      { headers: { 'X-Cid': { exact: '1' } } },
      { headers: { 'x-cid': { exact: '2' } } },
      { headers: { 'X-Cid': { exact: '1' }, 'x-cid': { exact: '2' } } },
    ],
    ['both ignore case', { ignoreUriCase: true }, { ignoreUriCase: true }],
    [
      'case that counts, said and not said',
      { ignoreUriCase: false },
      prefix('/a'),
      { ...prefix('/a'), ignoreUriCase: false },
    ],
    [
      'headers of both, the narrower of one name',
      { headers: { a: { prefix: '1' }, b: { exact: '2' } } },
      { headers: { a: { exact: '12' }, c: { exact: '3' } } },
      { headers: { a: { exact: '12' }, b: { exact: '2' }, c: { exact: '3' } } },
    ],
    [
      'headers that must be absent, of both',
      { withoutHeaders: { a: { exact: '1' } } },
      { withoutHeaders: { b: {} } },
      { withoutHeaders: { a: { exact: '1' }, b: {} } },
    ],
    [
      'query parameters of both',
      { queryParams: { a: { exact: '1' } } },
      { queryParams: { b: {} } },
      { queryParams: { a: { exact: '1' }, b: {} } },
    ],
    [
      "a header of the delegate's alone",
      prefix('/a'),
      { headers: { b: {} } },
      { ...prefix('/a'), headers: { b: {} } },
    ],
    [
      'a header with a name that every object has',
      { headers: { a: {} } },
      { headers: { isPrototypeOf: { exact: '1' } } },
      { headers: { a: {}, isPrototypeOf: { exact: '1' } } },
    ],
    [
      'labels of both',
      { sourceLabels: { app: 'web' } },
      { sourceLabels: { app: 'web', build: '1' } },
      { sourceLabels: { app: 'web', build: '1' } },
    ],
    [
      'labels that the root does not ask',
      { sourceLabels: { app: 'web' } },
      { sourceLabels: { build: '1' } },
      { sourceLabels: { app: 'web', build: '1' } },
    ],
    ["labels of the delegate's alone", {}, { sourceLabels: { build: '1' } }],
    ['the same namespace', { sourceNamespace: 'web' }, { sourceNamespace: 'web' }],
    ["a namespace of the delegate's alone", {}, { sourceNamespace: 'web' }],
    ['fewer gateways', { gateways: ['mesh', 'shop/edge'] }, { gateways: ['mesh'] }],
    ['as many gateways', { gateways: ['mesh', 'shop/edge'] }, { gateways: ['shop/edge', 'mesh'] }],
    ["gateways of the delegate's alone", {}, { gateways: ['mesh'] }],
    [
      "gateways of the root's alone",
      { gateways: ['mesh'] },
      prefix('/a'),
      { ...prefix('/a'), gateways: ['mesh'] },
    ],
    [
      'an empty list of gateways says nothing',
      { gateways: ['mesh'] },
      { gateways: [] },
      { gateways: ['mesh'] },
    ],
  ])('get along: %s', ([, root, leaf, both = leaf]) => {
    expect(asked([root], [leaf])).toStrictEqual([both]);
  });

  test.for<[rule: string, root: Match, leaf: Match]>([
    ['another prefix', prefix('/a'), prefix('/b')],
    ['a wider prefix', prefix('/a/b'), prefix('/a')],
    ['a path beside the prefix', prefix('/a'), exact('/b')],
    ['another path', exact('/a'), exact('/b')],
    ['a prefix of the one path', exact('/a'), prefix('/a')],
    ['any regex, though it is the same', regex('/a'), regex('/a')],
    ['a path where the root has a regex', regex('/a'), exact('/a')],
    ['a prefix where the root has a regex', regex('/a'), prefix('/a')],
    ['a regex where the root has a path', exact('/a'), regex('/a')],
    ['a regex where the root has a prefix', prefix('/a'), regex('/a.*')],
    ['a method', { method: { exact: 'GET' } }, { method: { exact: 'PUT' } }],
    ['a scheme', { scheme: { exact: 'http' } }, { scheme: { exact: 'https' } }],
    ['an authority', { authority: { exact: 'a.io' } }, { authority: { exact: 'b.io' } }],
    ['a header', { headers: { a: { exact: '1' } } }, { headers: { a: { exact: '2' } } }],
    [
      'the second of its headers',
      { headers: { b: { exact: '1' } } },
      { headers: { a: {}, b: { exact: '2' } } },
    ],
    ['a header that is only there', { headers: { a: { prefix: '1' } } }, { headers: { a: {} } }],
    ['a value of a header that is to be there', { headers: { a: {} } }, { headers: { a: { exact: '1' } } }],
    [
      'a header that must be absent',
      { withoutHeaders: { a: { exact: '1' } } },
      { withoutHeaders: { a: { exact: '2' } } },
    ],
    ['a query parameter', { queryParams: { a: { exact: '1' } } }, { queryParams: { a: { exact: '2' } } }],
    ['a regex of a header', { headers: { a: { regex: '1.*' } } }, { headers: { a: { exact: '12' } } }],
    ['a header that the root asks to be there', { headers: { a: {} } }, { headers: { a: { prefix: '1' } } }],
    [
      'a header that must be absent, by the same regex',
      { withoutHeaders: { a: { regex: '1' } } },
      { withoutHeaders: { a: { regex: '1' } } },
    ],
    ['an empty namespace where the root has one', { sourceNamespace: 'web' }, { sourceNamespace: '' }],
    ['case that only the root ignores', { ignoreUriCase: true }, prefix('/a')],
    ['case that only the delegate ignores', prefix('/a'), { ...prefix('/a'), ignoreUriCase: true }],
    ['another port', { port: 80 }, { port: 81 }],
    ['another namespace', { sourceNamespace: 'web' }, { sourceNamespace: 'shop' }],
    ['a namespace that the delegate does not repeat', { sourceNamespace: 'web' }, prefix('/a')],
    ['another label', { sourceLabels: { app: 'web' } }, { sourceLabels: { app: 'job' } }],
    ['a gateway more', { gateways: ['mesh'] }, { gateways: ['mesh', 'shop/edge'] }],
    ['one other gateway of two', { gateways: ['mesh', 'shop/edge'] }, { gateways: ['mesh', 'shop/inner'] }],
    ['a gateway named twice, which counts as two', { gateways: ['mesh'] }, { gateways: ['mesh', 'mesh'] }],
  ])('are at odds: %s', ([, root, leaf]) => {
    expect(asked([root], [leaf])).toBeUndefined();
  });

  test.for<[rule: string, root: Match[], leaf: Match[], both: Match[] | undefined]>([
    ['none at all', [], [], []],
    ["none of the root's", [], [exact('/a')], [exact('/a')]],
    ["none of the delegate's", [prefix('/a')], [], [prefix('/a')]],
    [
      'each with each that it gets along with',
      [prefix('/a'), { port: 80 }],
      [exact('/a/b'), exact('/c')],
      [exact('/a/b'), { ...exact('/a/b'), port: 80 }, { ...exact('/c'), port: 80 }],
    ],
    [
      'one that gets along with none takes the others with it',
      [prefix('/a')],
      [exact('/a/b'), exact('/c')],
      undefined,
    ],
  ])('of several: %s', ([, root, leaf, both]) => {
    expect(asked(root, leaf)).toStrictEqual(both);
  });
});

/** mergeHTTPRoute. */
describe('a route of a delegate', () => {
  const most = {
    rewrite: { uri: '/' },
    directResponse: { status: 503 },
    timeout: '1s',
    retries: { attempts: 1 },
    fault: { abort: { httpStatus: 500 } },
    mirror: { host: 'api' },
    mirrorPercent: 1,
    mirrorPercentage: { value: 1 },
    corsPolicy: { maxAge: '1s' },
    mirrors: [{ destination: { host: 'api' } }],
    headers: { request: { remove: ['a'] } },
  };
  const own = { route: [{ destination: { host: 'api' } }], timeout: '2s', match: [] };

  test("has the root's fields where it says nothing itself", () => {
    expect(routesOf(rootOf({ ...TO_LEAF, ...most }), leafOf([own]))).toStrictEqual([{ ...most, ...own }]);
  });

  test('has no field that neither says, nor others of the root', () => {
    expect(routesOf(rootOf({ ...TO_LEAF, statPrefix: 'a' }), leafOf([own]))).toStrictEqual([own]);
  });

  test.for<[root: string | undefined, leaf: string | undefined, both: string | undefined]>([
    ['r', 'l', 'r-l'],
    ['r', undefined, 'r'],
    [undefined, 'l', 'l'],
    ['', 'l', 'l'],
    ['r', '', 'r'],
    [undefined, undefined, undefined],
  ])('of a root named %j, named %j itself, is named %j', ([root, leaf, both]) => {
    const named = (name: string | undefined): Route => (name === undefined ? {} : { name });
    const [route] = routesOf(rootOf({ ...TO_LEAF, ...named(root) }), leafOf([named(leaf)]));
    expect(route).toStrictEqual({ ...named(both), match: [] });
  });
});

/** MergeVirtualServicesIfNeeded. */
describe('the delegate', () => {
  const web = { namespace: 'web' };

  test.for<[rule: string, delegate: JsonObject, all: readonly VirtualService[], count: number]>([
    ['is found by name', { name: 'leaf' }, [leafOf([PLAIN])], 1],
    ['is of the same namespace where none is said', { name: 'leaf', namespace: '' }, [leafOf([PLAIN])], 1],
    ['and of no other', { name: 'leaf' }, [leafOf([PLAIN], web)], 0],
    ['is of the namespace that is said', { name: 'leaf', ...web }, [leafOf([PLAIN], web)], 1],
    ['is missing', { name: 'other' }, [leafOf([PLAIN])], 0],
    ['has hosts, and is none', { name: 'leaf' }, [leafOf([PLAIN], { hosts: ['b.io'] })], 0],
    ['is exported to nobody', { name: 'leaf' }, [leafOf([PLAIN], { exportTo: ['~'] })], 0],
    [
      "is exported to its own namespace, not the root's",
      { name: 'leaf', ...web },
      [leafOf([PLAIN], { ...web, exportTo: ['.'] })],
      0,
    ],
    [
      "is exported to the root's namespace",
      { name: 'leaf', ...web },
      [leafOf([PLAIN], { ...web, exportTo: ['shop'] })],
      1,
    ],
    ['has no routes', { name: 'leaf' }, [bare('leaf')], 0],
    ['says nothing of hosts', { name: 'leaf' }, [{ ...vs('leaf', {}), spec: { http: [PLAIN] } }], 1],
  ])('%s', ([, delegate, all, count]) => {
    expect(routesOf(rootOf({ delegate }), ...all)).toHaveLength(count);
  });

  test("stands in its route's place, and says where each of its own comes from", () => {
    const leaf = leafOf([{ name: 'x', match: [{ port: 81 }] }, { name: 'y' }, { name: 'z' }]);
    const root = vs('root', { http: [PLAIN, { ...TO_LEAF, match: [{ port: 80 }] }, { name: 'last' }] });
    const routes = effectiveRoutes(root, () => leaf);
    expect(routes.map(({ index, from, fromIndex }) => [index, from.metadata.name, fromIndex])).toEqual([
      [0, 'root', 0],
      [1, 'leaf', 1],
      [1, 'leaf', 2],
      [2, 'root', 2],
    ]);
  });

  test('is not needed, nor are routes', () => {
    expect(routesOf(bare('root', ['shop.io']))).toEqual([]);
    expect(routesOf(vs('root', {}))).toEqual([PLAIN]);
  });
});

/** resolveGatewayName in pilot/pkg/model. */
describe('a gateway', () => {
  test.for([
    ['mesh', 'mesh'],
    ['edge', 'shop/edge'],
    ['./edge', 'shop/edge'],
    ['web/edge', 'web/edge'],
    ['edge.web', 'web/edge'],
    ['edge.web.svc.cluster.local', 'web/edge'],
  ] as const)('written %s is %s', ([written, full]) => {
    expect(gatewayName(written, 'shop')).toBe(full);
  });

  test('of a block is of the namespace of the VirtualService that the block is written in', () => {
    const gateways = (...names: string[]): Match => ({ gateways: names });
    const leaf = leafOf([{ match: [prefix('/a')] }, { match: [prefix('/b'), gateways('shop/edge')] }], {
      namespace: 'web',
    });
    const root = vs('root', {
      http: [
        { match: [prefix('/c'), gateways('edge', 'mesh')] },
        { match: [gateways('edge')], delegate: { name: 'leaf', namespace: 'web' } },
        { delegate: { name: 'leaf', namespace: 'web' } },
      ],
    });
    expect(routesOf(root, leaf).map(({ match }) => match)).toEqual([
      [prefix('/c'), gateways('shop/edge', 'mesh')],
      [{ ...prefix('/a'), ...gateways('shop/edge') }],
      [{ ...prefix('/b'), ...gateways('shop/edge') }, gateways('shop/edge')],
      [prefix('/a')],
      [prefix('/b'), gateways('shop/edge')],
    ]);
    const short = leafOf([{ match: [gateways('edge')] }], { namespace: 'web' });
    expect(routesOf(root, short).map(({ match }) => match)).toEqual([
      [prefix('/c'), gateways('shop/edge', 'mesh')],
      [gateways('web/edge')],
    ]);
  });

  test('that no block names leaves the route as it is written, not a copy', () => {
    const asksNothing: Route = { match: [{ gateways: [] }] };
    const open: Route = {};
    const [first, second, third] = routesOf(vs('root', { http: [PLAIN, asksNothing, open] }));
    expect(first).toBe(PLAIN);
    expect(second).toBe(asksNothing);
    expect(third).toBe(open);
  });
});
