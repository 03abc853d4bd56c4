import { describe, expect, test } from 'vitest';
import { actionOf, answer, type Action, type RouteAnswer } from '../../../src/istio/requests/answer.ts';
import { virtualHost } from '../../../src/istio/requests/route-list.ts';
import type { JsonObject } from '../../../src/base/json.ts';
import type { Match, Route } from '../../../src/istio/types.ts';
import { REQUEST, vs } from '../../support/requests.ts';

const to = (subset: string): Route => ({ route: [{ destination: { host: 'api', subset } }] });

/** Where a request for `/v2/cart` with `x-cid: seu_madruga` goes. */
function ask(...http: readonly Route[]): RouteAnswer {
  return answer(virtualHost([vs('a', { http })], REQUEST)?.routes ?? [], REQUEST);
}

const cart: Match = { uri: { exact: '/v2/cart' } };
const other: Match = { uri: { exact: '/other' } };
const put: Match = { method: { exact: 'PUT' } };
const claim: Match = { headers: { '@request.auth.claims.group': { exact: 'admin' } } };
const regex: Match = { uri: { regex: '/(?=v2)' } };

describe('of a list of routes', () => {
  test('the first route that the request matches answers it, by the block that it matches', () => {
    const { result } = ask({ match: [other, cart, {}], ...to('a') }, to('b'));
    expect(result).toMatchObject({ kind: 'route', taker: { listed: { index: 0 }, block: cart } });
  });

  test.for([
    ['none', to('b')],
    ['an empty list', { match: [], ...to('b') }],
  ] as const)('one with blocks, %s, takes everything, by none', ([, open]) => {
    const { result } = ask({ match: [other], ...to('a') }, open);
    expect(result).toMatchObject({ kind: 'route', taker: { listed: { index: 1 }, block: null } });
  });

  test('those above are passed, each with a reason for each of its blocks', () => {
    const { passed, result } = ask({ match: [other, put], ...to('a') }, { match: [put] });
    expect(passed.map(({ listed, predicates }) => [listed.index, predicates])).toEqual([
      [0, ['uri is "/other": the path is "/v2/cart"', 'method is "PUT": it is "GET"']],
      [1, ['method is "PUT": it is "GET"']],
    ]);
    expect(result).toEqual({ kind: 'none' });
  });

  test('one that nobody can decide leaves the next ones open, up to the one that matches', () => {
    const { passed, result } = ask(
      { match: [put, claim, regex], ...to('a') },
      { match: [other] },
      { match: [cart], ...to('c') },
      to('d'),
    );
    expect(passed.map(({ listed }) => listed.index)).toEqual([1]);
    expect(result).toMatchObject({
      kind: 'undecided',
      candidates: [
        {
          taker: { listed: { index: 0 }, block: claim },
          predicate: 'header @request.auth.claims.group is "admin": claims of a JWT are not known',
        },
        { taker: { listed: { index: 2 }, block: cart }, predicate: null },
      ],
    });
  });

  test('where no other matches, it may get no answer', () => {
    expect(ask({ match: [claim] }, { match: [other] }).result).toMatchObject({
      kind: 'undecided',
      candidates: [{ taker: { listed: { index: 0 } } }, { taker: null, predicate: null }],
    });
  });

  test('one block that the request meets decides, though another is open', () => {
    const { result } = ask({ match: [claim, cart] });
    expect(result).toMatchObject({ kind: 'route', taker: { block: cart } });
  });

  test('an empty one answers nothing', () => {
    expect(answer([], REQUEST)).toEqual({ passed: [], result: { kind: 'none' } });
  });
});

const plain = { abort: null, mirrors: [] } as const;

/** TranslateRoute, ApplyRedirect, ApplyDirectResponse in pilot/pkg/networking/core/route/route.go. */
describe('a route', () => {
  test('sends to hosts of the namespace that they are written in, by their weights', () => {
    const route = {
      route: [
        { destination: { host: 'api', subset: 'a' }, weight: 1 },
        { destination: { host: 'api.web.svc.cluster.local' }, weight: 2 },
        { destination: { host: 'idle' } },
      ],
    };
    expect(actionOf(route, 'shop')).toStrictEqual({
      kind: 'send',
      destinations: [
        {
          destination: { host: 'api', subset: 'a' },
          host: 'api.shop.svc.cluster.local',
          share: 33.33,
        },
        {
          destination: { host: 'api.web.svc.cluster.local' },
          host: 'api.web.svc.cluster.local',
          share: 66.67,
        },
        { destination: { host: 'idle' }, host: 'idle.shop.svc.cluster.local', share: 0 },
      ],
      ...plain,
    });
  });

  test.for<[rule: string, redirect: JsonObject, status: number, to: JsonObject]>([
    ['301 where it says nothing', {}, 301, {}],
    ['301 where it says 0', { redirectCode: 0 }, 301, {}],
    ['its own status', { redirectCode: 307 }, 307, {}],
    [
      'what it says',
      { scheme: 'https', authority: 'shop.io', uri: '/a', port: 8443, redirectCode: 308 },
      308,
      { scheme: 'https', authority: 'shop.io', uri: '/a', port: 8443 },
    ],
    ['nothing that is said empty', { scheme: '', authority: '', uri: '' }, 301, {}],
    ['nothing that is null', { scheme: null, authority: null, uri: null, port: null }, 301, {}],
    ['the port of the request', { derivePort: 'FROM_REQUEST_PORT' }, 301, { keepsPort: true }],
    ["the scheme's port", { derivePort: 'FROM_PROTOCOL_DEFAULT' }, 301, {}],
  ])('redirects with %s', ([, redirect, status, target]) => {
    expect(actionOf({ redirect }, 'shop')).toStrictEqual({ kind: 'redirect', status, to: target, ...plain });
  });

  test.for<[rule: string, directResponse: JsonObject, status: number, body: string | null]>([
    ['a status', { status: 503 }, 503, null],
    ['a text', { status: 200, body: { string: 'closed' } }, 200, 'closed'],
    ['an empty text', { status: 204, body: { string: '' } }, 204, ''],
    ['bytes, which are no text', { status: 200, body: { bytes: 'Y2xvc2Vk' } }, 200, null],
    ['a body that says nothing', { status: 200, body: null }, 200, null],
    ['no status (istiod refuses it)', { body: { string: 'closed' } }, 200, 'closed'],
  ])('answers itself with %s', ([, directResponse, status, body]) => {
    expect(actionOf({ directResponse }, 'shop')).toStrictEqual({
      kind: 'direct-response',
      status,
      body,
      ...plain,
    });
  });

  test.for<[rule: string, route: Route, kind: Action['kind']]>([
    [
      'a redirect before all',
      { ...to('a'), redirect: { uri: '/' }, directResponse: { status: 503 } },
      'redirect',
    ],
    [
      'an answer of its own before destinations',
      { ...to('a'), directResponse: { status: 503 } },
      'direct-response',
    ],
    ['destinations where the others are null', { ...to('a'), redirect: null, directResponse: null }, 'send'],
    ['nowhere', {}, 'send'],
  ])('of several does %s', ([, route, kind]) => {
    expect(actionOf(route, 'shop').kind).toBe(kind);
  });

  test('mirrors whatever it does', () => {
    const mirror = { host: 'copy' };
    expect(actionOf({ ...to('a'), mirror }, 'shop').mirrors).toEqual([mirror]);
    expect(actionOf({ redirect: {}, mirror }, 'shop').mirrors).toEqual([mirror]);
    expect(actionOf({ directResponse: {}, mirror }, 'shop').mirrors).toEqual([mirror]);
  });
});

/** TranslateFault; https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPFaultInjection-Abort */
describe('a fault', () => {
  const all = { value: 100 };
  test.for<[rule: string, abort: JsonObject, expected: Action['abort']]>([
    ['a status', { httpStatus: 503, percentage: all }, { percent: 100, status: '503' }],
    ['of gRPC', { grpcStatus: 'UNAVAILABLE', percentage: all }, { percent: 100, status: 'gRPC UNAVAILABLE' }],
    ['for few', { httpStatus: 500, percentage: { value: 0.1 } }, { percent: 0.1, status: '500' }],
    ['for none', { httpStatus: 500, percentage: { value: 0 } }, null],
    ['for nobody knows how many', { httpStatus: 500, percentage: {} }, null],
    ['without a percentage, which is 0', { httpStatus: 500 }, null],
    ['a percentage without a status', { percentage: all }, null],
    ['of HTTP/2, which istiod leaves out', { http2Error: 'REFUSED_STREAM', percentage: all }, null],
  ])('aborts: %s', ([, abort, expected]) => {
    expect(actionOf({ ...to('a'), fault: { abort } }, 'shop').abort).toStrictEqual(expected);
  });

  test.for<[rule: string, fault: JsonObject | null]>([
    ['that delays', { delay: { fixedDelay: '1s', percentage: all } }],
    ['that is null', null],
    ['with an abort that is null', { abort: null }],
  ])('%s aborts nothing', ([, fault]) => {
    expect(actionOf({ ...to('a'), fault }, 'shop').abort).toBeNull();
  });

  test('stands before a redirect and a direct response, too', () => {
    const fault = { abort: { httpStatus: 500, percentage: { value: 50 } } };
    const expected = { percent: 50, status: '500' };
    expect(actionOf({ redirect: {}, fault }, 'shop').abort).toEqual(expected);
    expect(actionOf({ directResponse: {}, fault }, 'shop').abort).toEqual(expected);
  });
});
