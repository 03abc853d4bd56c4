import { describe, expect, test } from 'vitest';
import { hostOf, targetOf } from '../../../src/istio/requests/request.ts';
import { REQUEST } from '../../support/requests.ts';

test.for([
  ['shop.io', 'shop.io'],
  ['Shop.IO:8443', 'shop.io'],
  ['[::1]:8080', '[::1]'],
  ['[::1]', '[::1]'],
  ['10.0.0.1:80', '10.0.0.1'],
  ['shop.io:', 'shop.io:'],
] as const)('the host of %s is %s', ([authority, host]) => {
  expect(hostOf(authority)).toBe(host);
});

/** Envoy's PathUtil::canonicalPath: Chromium's url::CanonicalizePath, without what Istio leaves out by default. */
describe('the path that is matched', () => {
  test.for<[rule: string, sent: string, path: string]>([
    ['as sent', '/v2/cart', '/v2/cart'],
    ['without its query', '/v2/cart?a=/../b', '/v2/cart'],
    ['without a query that is empty', '/v2/cart?', '/v2/cart'],
    ['without a fragment', '/v2/cart#a?b', '/v2/cart'],
    ['without dots for segments', '/a/./b/../c', '/a/c'],
    ['not above the root', '/../../a', '/a'],
    ['with slashes as they are', '//a///b/', '//a///b/'],
    ['with a backslash as a slash', '/a\\b', '/a/b'],
    ['a bar gets its escape', '/a|b', '/a%7Cb'],
    ['so does a space', '/a b', '/a%20b'],
    ['and what is not ASCII', '/é', '/%C3%A9'],
  ])('is %s', ([, sent, path]) => {
    expect(targetOf({ ...REQUEST, path: sent }).path).toBe(path);
  });

  // RFC 3986 2.3, unreserved characters.
  test.for([
    ['digits', '%30%31%39', '019'],
    ['letters', '%41%4F%50%5A%61%6f%70%7A', 'AOPZaopz'],
    ['marks', '%2Da%2ea%5fa%7E', '-a.a_a~'],
    ['dots that make a segment', 'a/%2E%2e/b', 'b'],
  ] as const)('has %s without their escapes: %s', ([, sent, path]) => {
    expect(targetOf({ ...REQUEST, path: `/${sent}` }).path).toBe(`/${path}`);
  });

  test.for([
    '%2F',
    '%2f',
    '%3A',
    '%3F',
    '%40',
    '%5B',
    '%5C',
    '%60',
    '%7B',
    '%7C',
    '%7F',
    '%20',
    '%25',
    '%C3%A9',
    '%',
  ])('keeps %s', (escape) => {
    expect(targetOf({ ...REQUEST, path: `/a${escape}b` }).path).toBe(`/a${escape}b`);
  });
});

/** QueryParamsMulti in Envoy's source/common/http/utility.cc. */
describe('the query', () => {
  test.for<[path: string, query: Readonly<Record<string, string>>]>([
    ['/a', {}],
    ['/a=1', {}],
    ['/a#?b=1', {}],
    ['/a?b=1', { b: '1' }],
    ['/?a=1', { a: '1' }],
    ['/a?b=1&c=2#d=3', { b: '1', c: '2' }],
    ['/a?b', { b: '' }],
    ['/a?b=', { b: '' }],
    ['/a?b=1=2', { b: '1=2' }],
    ['/a?b=1&b=2', { b: '1' }],
    ['/a?b=%31+2?c', { b: '%31+2?c' }],
    ['/a?B=1&b=2', { B: '1', b: '2' }],
  ])('of %s is %j', ([path, query]) => {
    expect(Object.fromEntries(targetOf({ ...REQUEST, path }).query)).toEqual(query);
  });
});
