import { describe, expect, test } from 'vitest';
import { covers, isCatchAll } from '../../src/istio/matches.ts';
import type { Match, RouteKind } from '../../src/istio/types.ts';

const exact = (value: string) => ({ exact: value });
const prefix = (value: string) => ({ prefix: value });
const regex = (value: string) => ({ regex: value });

describe('a block that requires no more than another accepts all its requests', () => {
  test.for<[wide: Match, narrow: Match]>([
    [{}, {}],
    [{}, { uri: exact('/a') }],
    [{ name: 'a', statPrefix: 'b', ignoreUriCase: true }, {}],
    [{ headers: {}, gateways: [] }, {}],
    // `headers:` with nothing below.
    [{ future: null, other: undefined }, {}],
    [{ uri: prefix('/') }, { headers: { 'x-a': {} } }],
    [{ uri: regex('.*') }, {}],
    [{ uri: regex('.+') }, { uri: exact('/a') }],
    [{ uri: prefix('/a') }, { uri: prefix('/a') }],
    [{ uri: prefix('/a') }, { uri: prefix('/a/b') }],
    [{ uri: prefix('/a') }, { uri: exact('/a/b') }],
    [{ uri: regex('/a.*') }, { uri: regex('/a.*') }],
    [{ uri: prefix('/a'), ignoreUriCase: true }, { uri: prefix('/a/b') }],
    [
      { uri: prefix('/a'), ignoreUriCase: true },
      { uri: prefix('/a/b'), ignoreUriCase: true },
    ],
    [{ headers: { 'x-a': {} } }, { headers: { 'x-a': exact('1'), 'x-b': {} } }],
    [{ headers: { 'x-a': prefix('1') } }, { headers: { 'x-a': exact('12') }, uri: exact('/') }],
    [{ queryParams: { a: exact('1') } }, { queryParams: { a: exact('1'), b: exact('2') } }],
    [{ withoutHeaders: { 'x-a': {} } }, { withoutHeaders: { 'x-a': {}, 'x-b': {} } }],
    [{ method: exact('GET') }, { method: exact('GET') }],
    [{ authority: prefix('shop') }, { authority: exact('shop.io') }],
    [{ scheme: regex('http.*') }, { scheme: regex('http.*') }],
    [{ scheme: prefix('http') }, { scheme: exact('https') }],
    [{ method: prefix('P') }, { method: exact('PUT') }],
    [{ gateways: ['a', 'b'] }, { gateways: ['b'] }],
    [{ sourceLabels: { app: 'web' } }, { sourceLabels: { app: 'web', version: '1' } }],
    [
      { port: 80, sourceNamespace: 'shop' },
      { sourceNamespace: 'shop', port: 80 },
    ],
    [{ sourceNamespace: 'shop' }, { sourceNamespace: 'shop', port: 80 }],
    [{ sourceLabels: { app: 'web' } }, { gateways: [], sourceLabels: { app: 'web' } }],
    [{ future: { a: 1 } }, { future: { a: 1 } }],
  ])('%j covers %j', ([wide, narrow]) => {
    expect(covers(wide, narrow)).toBe(true);
  });

  test.for<[wide: Match, narrow: Match]>([
    [{ uri: prefix('/a') }, {}],
    [{ uri: prefix('/a') }, { uri: prefix('/') }],
    [{ uri: prefix('/a') }, { uri: regex('/a.*') }],
    [{ uri: exact('/a') }, { uri: exact('/a/b') }],
    [{ uri: exact('/a') }, { uri: prefix('/a') }],
    // More than one kind in a match is refused by Istio; it is no reason to call it everything.
    [{ uri: { prefix: '/', regex: '/a' } }, {}],
    [{ uri: prefix('/a') }, { uri: prefix('/a'), ignoreUriCase: true }],
    [{ headers: { 'x-a': {} } }, { headers: { 'x-b': {} } }],
    [{ headers: { 'x-a': {} } }, {}],
    [{ headers: { 'x-a': exact('1') } }, { headers: { 'x-a': {} } }],
    [{ headers: { 'x-a': exact('1'), 'x-b': {} } }, { headers: { 'x-a': exact('1') } }],
    [{ queryParams: { a: exact('1') } }, { headers: { a: exact('1') } }],
    [{ withoutHeaders: { 'x-a': {} } }, {}],
    [{ withoutHeaders: { 'x-a': {}, 'x-b': {} } }, { withoutHeaders: { 'x-a': {} } }],
    // What is left out when any value is there is less than what is left out for one value.
    [{ withoutHeaders: { 'x-a': {} } }, { withoutHeaders: { 'x-a': exact('1') } }],
    [{ method: exact('GET') }, {}],
    [{ method: exact('GET') }, { method: exact('PUT') }],
    [{ authority: prefix('shop') }, {}],
    [{ authority: prefix('shop') }, { authority: regex('shop.*') }],
    [{ headers: { 'x-a': regex('1') } }, { headers: { 'x-a': exact('undefined') } }],
    [{ gateways: ['a'] }, {}],
    [{ gateways: ['a'] }, { gateways: [] }],
    [{ gateways: ['a'] }, { gateways: ['a', 'b'] }],
    [{ sourceLabels: { app: 'web' } }, {}],
    [{ sourceLabels: { app: 'web', version: '1' } }, { sourceLabels: { app: 'web' } }],
    [{ sourceNamespace: 'shop' }, {}],
    [{ sourceNamespace: 'shop' }, { sourceNamespace: 'web' }],
    [{ port: 80 }, { port: 81 }],
    [{ future: { a: 1 } }, {}],
  ])('%j does not cover %j', ([wide, narrow]) => {
    expect(covers(wide, narrow)).toBe(false);
  });
});

/** Istio asks whose pod it is only where a block names no gateways. */
describe('labels and namespace of the source beside gateways ask nothing', () => {
  const gateways = ['mesh'];
  const web = { sourceLabels: { app: 'web' } };
  const shop = { sourceNamespace: 'shop' };

  test.for<[wide: Match, narrow: Match, expected: boolean]>([
    [{ gateways, ...web }, { gateways }, true],
    [{ gateways, ...web }, { gateways, sourceLabels: { app: 'api' } }, true],
    [{ gateways, ...shop }, { gateways }, true],
    [{ gateways, ...shop }, { gateways, sourceNamespace: 'web' }, true],
    [web, { gateways, ...web }, false],
    [shop, { gateways, ...shop }, false],
    [{ gateways, ...web }, web, false],
    [{ gateways, ...shop }, shop, false],
  ])('%j, %j: %s', ([wide, narrow, expected]) => {
    expect(covers(wide, narrow)).toBe(expected);
  });
});

describe('a route that accepts every request of its scope', () => {
  test.for<[kind: RouteKind, match: Match[] | undefined]>([
    ['http', undefined],
    ['http', []],
    ['http', [{}]],
    ['http', [{ uri: prefix('/') }]],
    ['http', [{ uri: regex('.*') }]],
    ['http', [{ uri: regex('.+'), name: 'a', statPrefix: 'b', ignoreUriCase: true }]],
    [
      'http',
      [{ uri: exact('/a') }, { port: 80, gateways: ['a'], sourceLabels: { a: 'b' }, sourceNamespace: 'c' }],
    ],
    ['http', [{ headers: {}, withoutHeaders: {} }]],
    ['http', [{ future: null, other: undefined }]],
    ['tcp', [{ port: 5432 }]],
    ['tls', [{ port: 443, sniHosts: ['*'] }]],
    ['tls', [{ sniHosts: ['b.io', 'c.io', 'a.io'] }]],
  ])('%s %j', ([kind, match]) => {
    expect(isCatchAll(kind, { ...(match && { match }) }, ['a.io', 'b.io'])).toBe(true);
  });

  test.for<[kind: RouteKind, match: Match[], hosts?: string[]]>([
    ['http', [{ uri: prefix('/a') }]],
    ['http', [{ uri: exact('/') }]],
    ['http', [{ uri: prefix('/'), headers: { 'x-a': {} } }]],
    ['http', [{ method: exact('GET') }, { uri: prefix('/a') }]],
    ['http', [{ withoutHeaders: { 'x-a': {} } }]],
    ['http', [{ sniHosts: ['*'] }]],
    ['http', [{ future: 1 }]],
    ['tcp', [{ destinationSubnets: ['10.0.0.0/8'] }]],
    ['tls', [{ sniHosts: ['a.io'] }]],
    ['tls', [{ sniHosts: ['*'], destinationSubnets: ['10.0.0.0/8'] }]],
    ['tls', [{ sniHosts: ['a.io'] }], []],
  ])('not %s %j', ([kind, match, hosts = ['a.io', 'b.io']]) => {
    expect(isCatchAll(kind, { match }, hosts)).toBe(false);
  });
});
