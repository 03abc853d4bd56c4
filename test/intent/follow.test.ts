import { describe, expect, test } from 'vitest';
import { parseFollow, parsePropagate } from '../../src/intent/follow.ts';
import { intentOf } from '../support/plane.ts';
import { problemsOf, valueOf } from '../support/parsed.ts';

describe('services to follow', () => {
  test('are names, or requests to them, in order', () => {
    const services = valueOf(
      parseFollow('api.shop->orders.shop:8080 ->\n POST http://stock.shop/v1?x=1 → pay.shop/charge'),
    );
    expect(
      services.map(({ text, isAnyRequest, request }) => [
        text,
        isAnyRequest,
        request.method,
        request.authority,
        request.path,
      ]),
    ).toEqual([
      ['api.shop', true, 'GET', 'api.shop', '/'],
      ['orders.shop:8080', true, 'GET', 'orders.shop:8080', '/'],
      ['POST http://stock.shop/v1?x=1', false, 'POST', 'stock.shop', '/v1?x=1'],
      ['pay.shop/charge', false, 'GET', 'pay.shop', '/charge'],
    ]);
  });

  test.for<[string, string]>([
    ['api', 'it names one service only: write the services in order, with -> between'],
    [`a${' -> a'.repeat(20)}`, 'it names 21 services: 20 at most'],
    ['api ->', 'service 2: there is no service between two arrows'],
    ['api -> GET http://x y', 'service 2: "GET http://x y" is more than a method and a URL'],
    ['api -> http://a_b@c/', 'service 2: leave out the user and password: a proxy never sees them in a URL'],
  ])('%s: %s', ([text, problem]) => {
    expect(problemsOf(parseFollow(text))).toEqual([problem]);
  });
});

describe('headers that are passed on', () => {
  test('are names in lower case, each once', () => {
    expect(valueOf(parsePropagate('Baggage, x-preview\nbaggage'))).toEqual(['baggage', 'x-preview']);
  });

  test('are names of headers', () => {
    expect(problemsOf(parsePropagate('a:b, x=y'))).toHaveLength(2);
  });
});

describe('explain', () => {
  const explain = { operation: 'explain', 'label-selector': 'app=api' };

  test('passes on baggage and the context of a trace, unless other headers are named', () => {
    expect(intentOf({ ...explain, follow: 'a -> b' })).toMatchObject({
      propagate: ['baggage', 'traceparent', 'tracestate'],
    });
    expect(intentOf({ ...explain, follow: 'a -> b', propagate: 'x-a' })).toMatchObject({
      propagate: ['x-a'],
    });
  });

  test.for<[string, Readonly<Record<string, string>>]>([
    ['propagate without follow', { requests: 'http://api/', propagate: 'x-a' }],
    ['a request in two places', { requests: 'http://api/', follow: 'http://api/v1 -> b' }],
    ['nothing to explain', {}],
  ])('refuses %s', ([, words], { expect: check }) => {
    check(() => intentOf({ ...explain, ...words })).toThrowErrorMatchingSnapshot();
  });
});
