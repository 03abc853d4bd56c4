import { expect, test } from 'vitest';
import { describeMatch } from '../../src/intent/describe-match.ts';
import type { Match } from '../../src/istio/types.ts';

test.for<[words: string, ...match: Match[]]>([
  ['every request'],
  ['every request', {}],
  ['every request', { name: 'a', statPrefix: 'b' }],
  ['uri starts with "/a"', { uri: { prefix: '/a' } }],
  ['uri is "/a" and ignoring case', { uri: { exact: '/a' }, ignoreUriCase: true }],
  ['uri matches "/a.*"', { uri: { regex: '/a.*' }, ignoreUriCase: false }],
  ['scheme is "https" and method is "GET"', { scheme: { exact: 'https' }, method: { exact: 'GET' } }],
  ['authority starts with "shop"', { authority: { prefix: 'shop' } }],
  ['uri is "/a" or method is "PUT"', { uri: { exact: '/a' } }, { method: { exact: 'PUT' } }],
  ['uri is "/a"', { uri: { exact: '/a' } }, { uri: { exact: '/a' }, name: 'b' }],
  ['header x-a is present and header x-b is "1"', { headers: { 'x-a': {}, 'x-b': { exact: '1' } } }],
  [
    'uri is "/a" and cookie canary=always',
    { uri: { exact: '/a' }, headers: { cookie: { regex: '^(?:.*; *)?canary=always *(?:;.*)?$' } } },
  ],
  ['header cookie matches "canary.*"', { headers: { cookie: { regex: 'canary.*' } } }],
  [
    'not (cookie canary=always)',
    { withoutHeaders: { cookie: { regex: '^(?:.*; *)?canary=always *(?:;.*)?$' } } },
  ],
  ['not (header x-a is present)', { withoutHeaders: { 'x-a': {} } }],
  ['query parameter a is "1"', { queryParams: { a: { exact: '1' } } }],
  ['gateway mesh, shop/public', { gateways: ['mesh', 'shop/public'] }],
  ['SNI a.io, b.io and port 443', { sniHosts: ['a.io', 'b.io'], port: 443 }],
  ['destination subnet 10.0.0.0/8', { destinationSubnets: ['10.0.0.0/8'] }],
  ['source subnet 10.0.0.0/8', { sourceSubnet: '10.0.0.0/8' }],
  [
    'from namespace shop and from pods app=a,b=c',
    { sourceNamespace: 'shop', sourceLabels: { app: 'a', b: 'c' } },
  ],
  ['port 80', { port: 80 }],
  ['future {"a":1}', { future: { a: 1 } }],
  ['future ["a"] and later "b"', { future: ['a'], later: 'b' }],
])('a match in words: %s', ([words, ...match]) => {
  expect(describeMatch({ match })).toBe(words);
});

test('a route without match accepts every request', () => {
  expect(describeMatch({})).toBe('every request');
});
