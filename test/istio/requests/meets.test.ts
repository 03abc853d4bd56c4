import { describe, expect, test } from 'vitest';
import { isClaim, meets } from '../../../src/istio/requests/meets.ts';
import type { HttpRequest } from '../../../src/istio/requests/request.ts';
import type { Match } from '../../../src/istio/types.ts';
import { REQUEST } from '../../support/requests.ts';

/** What stands in the way, in words; null where the request meets the block. */
function obstacle(block: Match, request: Partial<HttpRequest> = {}): string | null {
  const meeting = meets(block, { ...REQUEST, ...request });
  if (meeting.state === 'met') return null;
  return meeting.state === 'unmet' ? meeting.predicate : `unknown ${meeting.predicate}`;
}

type Row = readonly [rule: string, block: Match, obstacle: string | null, request?: Partial<HttpRequest>];

/** https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPMatchRequest, else as said. */
const ROWS: Readonly<Record<string, readonly Row[]>> = {
  uri: [
    ['an empty block takes everything', {}, null],
    ['the query is no part of an exact path', { uri: { exact: '/v2/cart' } }, null],
    ['nor of a regex, which is for the whole path', { uri: { regex: '/v2/c.rt' } }, null],
    ['a regex for a part is not met', { uri: { regex: '/v2' } }, 'uri matches "/v2": the path is "/v2/cart"'],
    ['a prefix is text, not whole segments', { uri: { prefix: '/v2/ca' } }, null],
    [
      'a prefix with a query is never met',
      { uri: { prefix: '/v2/cart?page' } },
      'uri starts with "/v2/cart?page": the path is "/v2/cart"',
    ],
    ['case counts', { uri: { prefix: '/V2' } }, 'uri starts with "/V2": the path is "/v2/cart"'],
    ['unless it is ignored', { uri: { prefix: '/V2' }, ignoreUriCase: true }, null],
    ['in an exact path too', { uri: { exact: '/V2/Cart' }, ignoreUriCase: true }, null],
    [
      'but never in a regex (Envoy, RouteMatch.case_sensitive)',
      { uri: { regex: '/V2/.*' }, ignoreUriCase: true },
      'uri matches "/V2/.*", ignoring case: the path is "/v2/cart"',
    ],
    ['an uri that asks nothing takes every path (TranslateRouteMatch)', { uri: {} }, null],
    ['so does an empty prefix', { uri: { prefix: '' } }, null],
    ['the path is normalised first', { uri: { exact: '/cart' } }, null, { path: '/v2/./../cart?x=..' }],
    ['with slashes left alone', { uri: { exact: '//cart' } }, null, { path: '//cart' }],
    [
      'what is no RE2 is not known',
      { uri: { regex: '/(?=v2)' } },
      'unknown uri matches "/(?=v2)": this is no RE2 regex, and Envoy may refuse the whole list for it',
    ],
  ],
  'method, authority, scheme': [
    ['method exact', { method: { exact: 'GET' } }, null],
    ['case counts', { method: { exact: 'get' } }, 'method is "get": it is "GET"'],
    ['asking nothing is met', { method: {}, authority: {}, scheme: {} }, null],
    ['nor does the regex * ask anything', { method: { regex: '*' } }, null],
    [
      'what is no RE2 is not known',
      { method: { regex: '(?=G)' } },
      'unknown method matches "(?=G)": this is no RE2 regex, and Envoy may refuse the whole list for it',
    ],
    ['scheme', { scheme: { exact: 'http' } }, 'scheme is "http": it is "https"'],
    [
      'authority is the host header as sent, port and case included',
      { authority: { exact: 'shop.io' } },
      'authority is "shop.io": it is "Shop.io:8443"',
      { authority: 'Shop.io:8443' },
    ],
  ],
  headers: [
    ['exact', { headers: { 'x-cid': { exact: 'seu_madruga' } } }, null],
    ['names have no case', { headers: { 'X-Cid': { prefix: 'seu' } } }, null],
    ['present', { headers: { 'x-cid': {} } }, null],
    ['present though empty', { headers: { empty: {} } }, null],
    ['absent', { headers: { 'x-a': {} } }, 'header x-a is present: the request has none'],
    ['the regex * means present (istio#20629)', { headers: { 'x-cid': { regex: '*' } } }, null],
    [
      'an absent header does not meet .*',
      { headers: { 'x-a': { regex: '.*' } } },
      'header x-a matches ".*": the request has none',
    ],
    [
      'an inherited name is no header',
      { headers: { constructor: {} } },
      'header constructor is present: the request has none',
    ],
    ['host is the authority (Envoy header_map_impl.cc)', { headers: { host: { exact: 'shop.io' } } }, null],
    ['pseudo headers', { headers: { ':method': { exact: 'GET' }, ':scheme': { prefix: 'https' } } }, null],
    [':authority is, too', { headers: { ':authority': { exact: 'shop.io' } } }, null],
    [
      ':path is the path as sent, with its query',
      { headers: { ':path': { prefix: '/v2/cart?page=2' } } },
      null,
    ],
    ['x-forwarded-proto is the scheme', { headers: { 'X-Forwarded-Proto': { exact: 'https' } } }, null],
    [
      'what is no RE2 is not known',
      { headers: { 'x-cid': { regex: '(?=s)' } } },
      'unknown header x-cid matches "(?=s)": this is no RE2 regex, and Envoy may refuse the whole list for it',
    ],
    ['Envoy gives every request an id', { headers: { 'x-request-id': {} } }, null],
    [
      'which it makes itself',
      { headers: { 'x-request-id': { exact: '1' } } },
      'unknown header x-request-id is "1": the proxy sets it',
    ],
    ['nor knows the client its own address', { headers: { 'X-Forwarded-For': {} } }, null],
    [
      'in the mesh both are what the caller sends',
      { headers: { 'x-request-id': { exact: '1' } } },
      null,
      { gateway: 'mesh', headers: { 'x-request-id': '1' } },
    ],
    [
      'or does not send',
      { headers: { 'x-request-id': {} } },
      'header x-request-id is present: the request has none',
      { gateway: 'mesh' },
    ],
    [
      'claims of a JWT are not known',
      { headers: { '@request.auth.claims.group': { exact: 'admin' } } },
      'unknown header @request.auth.claims.group is "admin": claims of a JWT are not known',
    ],
    [
      'the first of two decides what is said',
      { headers: { '@request.auth.claims.a': { exact: '1' }, '@request.auth.claims.b': { exact: '2' } } },
      'unknown header @request.auth.claims.a is "1": claims of a JWT are not known',
    ],
    [
      'but what is not met decides before that',
      { headers: { '@request.auth.claims[group]': {}, 'x-cid': { exact: 'a' } } },
      'header x-cid is "a": the request has "seu_madruga"',
    ],
    [
      'in another field of the block, too',
      { headers: { '@request.auth.claims.group': {} }, queryParams: { a: {} } },
      'query parameter a is present: the request has none',
    ],
    [
      'the first that is not met is said',
      { headers: { 'x-a': {}, 'x-b': {} } },
      'header x-a is present: the request has none',
    ],
  ],
  /** Upgrade notes of 1.22: an absent header is treated as empty. */
  withoutHeaders: [
    ['absent, asked for as present', { withoutHeaders: { 'x-a': {} } }, null],
    [
      'there',
      { withoutHeaders: { 'x-cid': {} } },
      'not (header x-cid is present): the request has "seu_madruga"',
    ],
    ['another value', { withoutHeaders: { 'x-cid': { exact: 'chaves' } } }, null],
    [
      'the value',
      { withoutHeaders: { 'x-cid': { prefix: 'seu' } } },
      'not (header x-cid starts with "seu"): the request has "seu_madruga"',
    ],
    ['absent is empty, which an exact value is not', { withoutHeaders: { 'x-a': { exact: 'a' } } }, null],
    [
      'absent is empty, which .* is for',
      { withoutHeaders: { 'x-a': { regex: '.*' } } },
      'not (header x-a matches ".*"): the request has none, which counts as empty',
    ],
    ['the regex * means present', { withoutHeaders: { 'x-a': { regex: '*' } } }, null],
    [
      'claims are not known here either',
      { withoutHeaders: { '@request.auth.claims.a': {} } },
      'unknown not (header @request.auth.claims.a is present): claims of a JWT are not known',
    ],
    [
      'what the proxy sets is there',
      { withoutHeaders: { 'x-request-id': {} } },
      'not (header x-request-id is present): the proxy sets it',
    ],
    [
      'with what value, is not known',
      { withoutHeaders: { 'x-request-id': { prefix: 'a' } } },
      'unknown not (header x-request-id starts with "a"): the proxy sets it',
    ],
    [
      'absent is empty, which an empty value is for',
      { withoutHeaders: { 'x-a': { exact: '' } } },
      'not (header x-a is ""): the request has none, which counts as empty',
    ],
    [
      'what is no RE2 is not known',
      { withoutHeaders: { 'x-cid': { regex: '(?=s)' } } },
      'unknown not (header x-cid matches "(?=s)"): this is no RE2 regex, and Envoy may refuse the whole list for it',
    ],
  ],
  queryParams: [
    ['the first of two counts', { queryParams: { page: { exact: '2' } } }, null],
    [
      'the second does not',
      { queryParams: { page: { exact: '3' } } },
      'query parameter page is "3": the request has "2"',
    ],
    ['without a value it is empty', { queryParams: { flag: { exact: '' } } }, null],
    ['present', { queryParams: { flag: {} } }, null],
    ['values are compared undecoded', { queryParams: { q: { exact: 'a%20b' } } }, null],
    [
      'names have case',
      { queryParams: { Page: {} } },
      'query parameter Page is present: the request has none',
    ],
    [
      'absent',
      { queryParams: { a: { regex: '.*' } } },
      'query parameter a matches ".*": the request has none',
    ],
    [
      'what is no RE2 is not known',
      { queryParams: { page: { regex: '(?=2)' } } },
      'unknown query parameter page matches "(?=2)": this is no RE2 regex, and Envoy may refuse the whole list for it',
    ],
  ],
  /** sourceMatchHTTP in route.go. */
  scope: [
    ['port', { port: 443 }, null],
    ['another port', { port: 80 }, 'port 80: the request is for port 443'],
    ['port 0 is none', { port: 0 }, null],
    ['gateway', { gateways: ['mesh', 'shop/edge'] }, null],
    ['another gateway', { gateways: ['mesh'] }, 'gateway mesh: the request comes by gateway shop/edge'],
    [
      'a gateway of the mesh',
      { gateways: ['shop/edge', 'shop/inner'] },
      'gateway shop/edge, shop/inner: the request comes from within the mesh',
      { gateway: 'mesh' },
    ],
    [
      'an empty list names none',
      { gateways: [], sourceNamespace: 'web' },
      'from namespace web: the request comes from shop',
    ],
    ['labels of the proxy', { sourceLabels: { app: 'edge' } }, null],
    ['other labels', { sourceLabels: { app: 'web' } }, 'from pods app=web: its source has app=edge'],
    [
      'no labels',
      { sourceLabels: { app: 'web' } },
      'from pods app=web: no labels of its source are given',
      { sourceLabels: {} },
    ],
    ['asking no labels', { sourceLabels: {} }, null, { sourceLabels: {} }],
    [
      'labels are not looked at where gateways are named',
      { gateways: ['shop/edge'], sourceLabels: { app: 'web' } },
      null,
    ],
    ['namespace', { sourceNamespace: 'shop' }, null],
    ['a namespace that is empty is none', { sourceNamespace: '' }, null],
    ['another namespace', { sourceNamespace: 'web' }, 'from namespace web: the request comes from shop'],
  ],
};

describe.for(Object.entries(ROWS))('%s', ([, rows]) => {
  test.for(rows)('%s', ([, block, expected, request]) => {
    expect(obstacle(block, request)).toBe(expected);
  });
});

test('what is not known of a request is reported', () => {
  const { port: _port, sourceNamespace: _namespace, ...request } = REQUEST;
  const predicateOf = (block: Match): unknown => ({ ...meets(block, request) });
  expect(predicateOf({ port: 80 })).toEqual({
    state: 'unknown',
    predicate: 'port 80: the port is not known',
  });
  expect(predicateOf({ sourceNamespace: 'web' })).toEqual({
    state: 'unknown',
    predicate: 'from namespace web: the namespace of its source is not known',
  });
  expect(predicateOf({ port: 80, gateways: ['shop/edge'] })).toMatchObject({ state: 'unknown' });
  expect(predicateOf({ port: 80, gateways: ['mesh'] })).toMatchObject({ state: 'unmet' });
  expect(predicateOf({ sourceNamespace: '', port: 0 })).toEqual({ state: 'met' });
});

/** ToRoutingClaim in pkg/jwt/routing.go. */
test.for([
  ['@request.auth.claims.group', true],
  ['@request.auth.claims[group]', true],
  ['@request.auth.claims[a][b]', true],
  ['@request.auth.claims.a.b', true],
  ['@Request.Auth.Claims.group', true],
  ['@request.auth.claims', false],
  ['@request.auth.claims.', false],
  ['@request.auth.claims[]', false],
  ['@request.auth.claims[group', false],
  ['@request.auth.claims[group]x', false],
  ['@request.auth.claimsgroup', false],
  ['x-@request.auth.claims.group', false],
] as const)('%s is a claim of a JWT: %j', ([name, is]) => {
  expect(isClaim(name)).toBe(is);
});
