import { describe, expect, test } from 'vitest';
import type { Match, VirtualService } from '../../../src/istio/types.ts';
import { asked, explained, MAIN, on } from '../../support/explaining.ts';

describe('the gateway that requests come by', () => {
  test.for<[string, VirtualService[], gateway: string]>([
    ['is the mesh, where none is named', [on({ hosts: ['shop.io'] })], 'mesh'],
    ['is the mesh, where the list is empty', [on({ hosts: ['shop.io'], gateways: [] })], 'mesh'],
    ['is the one that is named', [on({ hosts: ['shop.io'], gateways: ['edge'] })], 'shop/edge'],
    ['is that of another namespace', [on({ hosts: ['shop.io'], gateways: ['istio/edge'] })], 'istio/edge'],
    ['is a real one before the mesh', [on({ hosts: ['shop.io'], gateways: ['mesh', 'edge'] })], 'shop/edge'],
    [
      'is that of the host',
      [on({ hosts: ['shop.io'], gateways: ['a'] }), on({ hosts: ['web.io'], gateways: ['b'] }, 'web')],
      'shop/a',
    ],
    [
      'is that of one of several hosts',
      [
        on({ hosts: ['x.io', 'shop.io'], gateways: ['a'] }),
        on({ hosts: ['web.io'], gateways: ['b'] }, 'web'),
      ],
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
      'is not that of a delegate, where none is for the host either',
      [
        on({ hosts: ['web.io'], gateways: ['a'] }),
        on({ gateways: ['b'] }, 'delegate'),
        on({ hosts: [], gateways: ['c'] }, 'another'),
      ],
      'shop/a',
    ],
    [
      'is not that of a VirtualService that nobody asks about',
      [
        on({ hosts: ['shop.io'], gateways: ['a'] }),
        on({ hosts: ['shop.io'], gateways: ['b'] }, 'web', { labels: { app: 'web' } }),
        on({ hosts: ['shop.io'], gateways: ['c'] }, 'api', { namespace: 'other' }),
      ],
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
    ['API:8080', 'shop/a'],
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

  test.for<[of: string, VirtualService[]]>([
    ['of one VirtualService', [on({ hosts: ['shop.io'], gateways: ['mesh', 'a', 'b'] })]],
    [
      'of two, one for the mesh by default',
      [on({ hosts: ['shop.io'] }, 'inside'), on({ hosts: ['shop.io'], gateways: ['a', 'b'] })],
    ],
  ])('has to be named where there are several: %s', ([, all]) => {
    const question = (): unknown => explained('http://shop.io/', all);
    expect(question).toThrow(
      'Requests for shop.io may come by several gateways: mesh, shop/a, shop/b. Name one with `gateway`.',
    );
    expect(question).toThrow(expect.objectContaining({ reason: 'ambiguous' }));
  });

  test.for<[words: string, gateway: string]>([
    ['b', 'shop/b'],
    ['istio/b', 'istio/b'],
    ['mesh', 'mesh'],
  ])('is the one that is said, in full: %s', ([words, gateway]) => {
    const both = [on({ hosts: ['shop.io'], gateways: ['a', 'b'] })];
    expect(explained('http://shop.io/', both, { gateway: words }).request.gateway).toBe(gateway);
  });
});

describe('the port that requests come to', () => {
  test.for<[request: string, port: number]>([
    ['http://shop.io/', 80],
    ['https://shop.io/', 443],
    ['http://shop.io:8080/', 8080],
    ['https://shop.io:80/', 80],
    ['http://[::1]/', 80],
    ['http://[::1]:8080/', 8080],
  ])("is the URL's: %s to %d", ([request, port]) => {
    expect(asked(request, MAIN).request.port).toBe(port);
  });

  test('is the given one, whatever the URL has', () => {
    const { request } = explained('http://shop.io:8080/', [on({ hosts: ['shop.io'] })], { port: '8443' });
    expect(request.port).toBe(8443);
  });
});

describe('the source of requests', () => {
  test.for<[string, gateways: string[], words: Record<string, string>, namespace: string | null]>([
    ['is not known in the mesh', [], {}, null],
    [
      'is not known at a gateway, whose pods need not be where the Gateway is',
      ['istio-system/public'],
      {},
      null,
    ],
    ['is in the namespace that is said', [], { 'source-namespace': 'web' }, 'web'],
    [
      'is in the namespace that is said, also for a gateway',
      ['istio-system/public'],
      { 'source-namespace': 'web' },
      'web',
    ],
  ])('%s', ([, gateways, words, namespace]) => {
    const { request } = explained('http://shop.io/', [on({ hosts: ['shop.io'], gateways })], words);
    expect(request.sourceNamespace).toBe(namespace);
  });

  const sources = [
    on({
      hosts: ['shop.io'],
      http: [
        { name: 'labels', match: [{ sourceLabels: { app: 'web' } }], ...MAIN },
        { name: 'namespace', match: [{ sourceNamespace: 'web' }], ...MAIN },
        { name: 'others', ...MAIN },
      ],
    }),
  ];

  test.for<[words: Record<string, string>, name: string]>([
    [{ 'source-labels': 'app=web', 'source-namespace': 'shop' }, 'labels'],
    [{ 'source-namespace': 'web' }, 'namespace'],
    [{ 'source-labels': 'app=api', 'source-namespace': 'shop' }, 'others'],
  ])('decides which routes its proxy has: %j', ([words, name]) => {
    expect(explained('http://shop.io/', sources, words).result).toMatchObject({
      kind: 'route',
      route: { name },
    });
  });

  test('may depend on a namespace that nobody has given', () => {
    expect(explained('http://shop.io/', sources).result).toMatchObject({
      kind: 'undecided',
      candidates: [
        {
          route: { name: 'namespace' },
          unknown: 'from namespace web: the namespace of its source is not known',
        },
        { route: { name: 'others' }, unknown: null },
      ],
    });
  });
});

test('a request is told back with all that is known of it', () => {
  const words = {
    headers: 'x-cid=a',
    'source-labels': 'app=web',
    'source-namespace': 'web',
  };
  const { request } = explained('POST https://shop.io/a?b=1', [on({ hosts: ['shop.io'] })], words);
  expect(request).toEqual({
    text: 'POST https://shop.io/a?b=1',
    headers: { 'x-cid': 'a' },
    gateway: 'mesh',
    port: 443,
    sourceLabels: { app: 'web' },
    sourceNamespace: 'web',
  });
  expect(asked('http://shop.io/', MAIN).request).toMatchObject({ headers: {}, sourceLabels: {} });
});

test.for<[title: string, match: Match]>([
  ['method', { method: { exact: 'POST' } }],
  ['scheme', { scheme: { exact: 'https' } }],
  ['authority', { authority: { exact: 'shop.io:8443' } }],
  ['path', { uri: { exact: '/a' } }],
  ['query', { queryParams: { b: { exact: '1' } } }],
  ['headers', { headers: { 'x-cid': { exact: 'a' } } }],
  ['port', { port: 8443 }],
])('what a route asks is held against the %s of the request', ([, match]) => {
  const routes = [on({ hosts: ['shop.io'], http: [{ match: [match], ...MAIN }] })];
  const line = 'POST https://shop.io:8443/a?b=1';
  expect(explained(line, routes, { headers: 'x-cid=a' }).result.kind).toBe('route');
  expect(explained('http://shop.io/', routes).result.kind).not.toBe('route');
});
