import { describe, expect, test } from 'vitest';
import type { Route, VirtualService } from '../../src/istio/types.ts';
import { explain, missesOf } from '../../src/plan/explain.ts';
import type { Explanation } from '../../src/plan/explanation.ts';
import { destinationRule, intentOf, snapshotOf, virtualService } from '../support/plane.ts';

const MAIN: Route = { route: [{ destination: { host: 'api', subset: 'v1' } }] };

function on(
  spec: { readonly hosts?: readonly string[]; readonly gateways?: readonly string[] },
  name = 'api',
): VirtualService {
  const { hosts: _, ...rest } = virtualService({ http: [MAIN] }, name).spec;
  return { ...virtualService({}, name), spec: { ...rest, ...spec } };
}

function explained(
  request: string,
  virtualServices: readonly VirtualService[],
  words: Readonly<Record<string, string>> = {},
): Explanation {
  const intent = intentOf({ operation: 'explain', requests: request, ...words });
  if (intent.operation !== 'explain') throw new Error('It is explain.');
  const rule = destinationRule({ v1: { app: 'api', build: '1' } });
  const [first] = explain(snapshotOf(virtualServices, [rule]), intent).explanations;
  if (first === undefined) throw new Error('One was asked for.');
  return first;
}

/** With these routes on `shop.io`. */
function asked(request: string, ...http: readonly Route[]): Explanation {
  return explained(request, [{ ...virtualService({}), spec: { hosts: ['shop.io'], http } }]);
}

function done(request: string, route: Route): unknown {
  const { result } = asked(request, route);
  return result.kind === 'route' ? result.does : result.kind;
}

describe('what is done with a request', () => {
  test.for<[string, Route, does: object]>([
    [
      'sent to a subset',
      MAIN,
      {
        destinations: [{ host: 'api', subset: 'v1', share: 100, labels: { app: 'api', build: '1' } }],
        status: null,
        redirect: null,
        abort: null,
        mirrors: [],
      },
    ],
    [
      'answered by the proxy',
      { directResponse: { status: 503 } },
      { destinations: [], status: 503, redirect: null, abort: null, mirrors: [] },
    ],
    [
      'redirected',
      { redirect: { uri: '/new' } },
      { destinations: [], status: 301, redirect: 'http://shop.io/new', abort: null, mirrors: [] },
    ],
    [
      'copied to a service and to a subset',
      {
        ...MAIN,
        mirrors: [{ destination: { host: 'copy' } }, { destination: { host: 'api', subset: 'v2' } }],
      },
      { mirrors: ['copy', 'api v2'] },
    ],
  ])('%s', ([, route, does]) => {
    expect(done('http://shop.io/old', route)).toMatchObject(does);
  });
});

describe('where a redirect leads', () => {
  test.for<[redirect: NonNullable<Route['redirect']>, from: string, to: string]>([
    [{}, 'http://shop.io/a?b=1', 'http://shop.io/a?b=1'],
    [{ uri: '/new' }, 'http://shop.io/a?b=1', 'http://shop.io/new?b=1'],
    [{ uri: '/new?c=2' }, 'http://shop.io/a?b=1', 'http://shop.io/new?c=2'],
    [{ authority: 'new.io' }, 'http://shop.io/a', 'http://new.io/a'],
    [{ scheme: 'https' }, 'http://shop.io/a', 'https://shop.io/a'],
    [{ scheme: 'https' }, 'http://shop.io:80/a', 'https://shop.io/a'],
    [{ scheme: 'https' }, 'http://shop.io:8080/a', 'https://shop.io:8080/a'],
    [{ port: 8443 }, 'http://shop.io/a', 'http://shop.io:8443/a'],
    [{ port: 8443 }, 'http://shop.io:8080/a', 'http://shop.io:8443/a'],
    [{ port: 80 }, 'http://shop.io/a', 'http://shop.io/a'],
    [{ port: 443, scheme: 'https' }, 'http://shop.io/a', 'https://shop.io/a'],
    [{ derivePort: 'FROM_REQUEST_PORT' }, 'http://shop.io:8080/a', 'http://shop.io:8080/a'],
  ])('%j of %s: %s', ([redirect, from, to]) => {
    const hosts = ['shop.io'];
    const found = explained(from, [{ ...virtualService({}), spec: { hosts, http: [{ redirect }] } }]);
    expect(found.result).toMatchObject({ kind: 'route', does: { redirect: to } });
  });
});

describe('the gateway that requests come by', () => {
  test.for<[string, VirtualService[], gateway: string]>([
    ['is the mesh, where none is named', [on({ hosts: ['shop.io'] })], 'mesh'],
    ['is the one that is named', [on({ hosts: ['shop.io'], gateways: ['edge'] })], 'shop/edge'],
    ['is a real one before the mesh', [on({ hosts: ['shop.io'], gateways: ['mesh', 'edge'] })], 'shop/edge'],
    [
      'is that of the host',
      [on({ hosts: ['shop.io'], gateways: ['a'] }), on({ hosts: ['web.io'], gateways: ['b'] }, 'web')],
      'shop/a',
    ],
    [
      'is that of a host with a wildcard',
      [on({ hosts: ['*.io'], gateways: ['a'] }), on({ hosts: ['*.shop'], gateways: ['b'] }, 'web')],
      'shop/a',
    ],
    [
      'is that of any host',
      [on({ hosts: ['*'], gateways: ['a'] }), on({ hosts: ['web.io'], gateways: ['b'] }, 'web')],
      'shop/a',
    ],
    [
      'is that of the others, where none is for the host',
      [on({ hosts: ['web.io'], gateways: ['b'] })],
      'shop/b',
    ],
    [
      'is not that of a delegate, which has none',
      [on({ hosts: ['shop.io'], gateways: ['a'] }), on({ gateways: ['b'] }, 'delegate')],
      'shop/a',
    ],
    [
      'is that of a host in capitals',
      [on({ hosts: ['Shop.io'], gateways: ['a'] }), on({ hosts: ['web.io'], gateways: ['b'] }, 'web')],
      'shop/a',
    ],
  ])('%s', ([, virtualServices, gateway]) => {
    expect(explained('http://shop.io/', virtualServices).request.gateway).toBe(gateway);
  });

  test.for<[host: string, gateway: string]>([
    ['api', 'shop/a'],
    ['api.shop', 'shop/a'],
    ['api.shop.svc', 'shop/a'],
    ['api.shop.svc.cluster.local', 'shop/a'],
    ['web', 'shop/b'],
  ])('is that of the service by any of its names: %s', ([host, gateway]) => {
    const both = [on({ hosts: ['api'], gateways: ['a'] }), on({ hosts: ['web'], gateways: ['b'] }, 'web')];
    expect(explained(`http://${host}/`, both).request.gateway).toBe(gateway);
  });

  test('is not that of a service whose name only begins alike', () => {
    const both = [
      on({ hosts: ['api.shop.io'], gateways: ['a'] }),
      on({ hosts: ['x.io'], gateways: ['b'] }, 'x'),
    ];
    expect(() => explained('http://api.sho/', both)).toThrow(/several gateways: shop\/a, shop\/b/);
  });

  test('has to be named where there are several', () => {
    const both = [on({ hosts: ['shop.io'], gateways: ['a', 'b'] })];
    expect(() => explained('http://shop.io/', both)).toThrow(
      'Requests for shop.io may come by several gateways: shop/a, shop/b. Name one with `gateway`.',
    );
    expect(explained('http://shop.io/', both, { gateway: 'b' }).request.gateway).toBe('shop/b');
  });
});

test.for<[request: string, port: number]>([
  ['http://shop.io/', 80],
  ['https://shop.io/', 443],
  ['http://shop.io:8080/', 8080],
])('%s comes in at port %d', ([request, port]) => {
  expect(asked(request, MAIN).request.port).toBe(port);
});

test('routes above say what they ask and why the request passed them', () => {
  const { passed, result } = asked(
    'http://shop.io/b',
    { name: 'a', match: [{ uri: { prefix: '/a' } }], redirect: {} },
    { ...MAIN, name: 'main' },
  );
  expect(passed.map(({ name, pick, match, why }) => ({ name, pick, match, why }))).toEqual([
    { name: 'a', pick: 'http[0]', match: 'uri starts with "/a"', why: [expect.stringContaining('/b')] },
  ]);
  expect(result).toMatchObject({ route: { name: 'main', pick: 'http[1]', match: 'every request' } });
});

test('what depends on something unknown has all that may happen, also that no route takes it', () => {
  const { result } = asked('http://shop.io/', {
    match: [{ headers: { '@request.auth.claims.group': { exact: 'dev' } } }],
    ...MAIN,
  });
  expect(result).toMatchObject({
    kind: 'undecided',
    candidates: [
      { route: { pick: 'http[0]' }, does: { destinations: [{ subset: 'v1' }] } },
      { route: null, does: null, unknown: null },
    ],
  });
});

test('expectations that are not met are told from those that are, and from plain questions', () => {
  const explanation = asked('http://shop.io/', MAIN);
  const judged = (met: boolean): Explanation => ({
    ...explanation,
    verdict: { name: 'a', file: 'a.yaml', line: 1, met, expected: 'v1', found: 'v1' },
  });
  const missed = judged(false);
  expect(missesOf([explanation, judged(true), missed])).toEqual([missed]);
});
