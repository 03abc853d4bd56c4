import { describe, expect, test } from 'vitest';
import type { VirtualService } from '../../../src/istio/types.ts';
import type { Explanation } from '../../../src/plan/explanation.ts';
import type { Finding } from '../../../src/base/findings.ts';
import { explainAll, MAIN, on, withRule } from '../../support/explaining.ts';

function expected(
  file: string,
  words: Readonly<Record<string, string>> = {},
  virtualServices: readonly VirtualService[] = [on({ hosts: ['shop.io'] })],
): readonly Explanation[] {
  return explainAll(withRule(virtualServices), words, file).explanations;
}

test('requests come first and are held against nothing, then expectations with their verdicts', () => {
  const file = `
- { name: all to v1, request: http://shop.io/b, expect: { subset: v1 } }
- { request: POST http://shop.io/c, expect: { status: 404 } }`;
  const found = expected(file, { requests: 'http://shop.io/a' });
  const verdict = { file: 'routing.yaml', found: '100 % v1' };
  expect(found.map(({ request, verdict }) => [request.text, verdict])).toEqual([
    ['GET http://shop.io/a', null],
    ['GET http://shop.io/b', { ...verdict, name: 'all to v1', line: 2, met: true, expected: '100 % v1' }],
    [
      'POST http://shop.io/c',
      { ...verdict, name: 'POST http://shop.io/c', line: 3, met: false, expected: 'status 404' },
    ],
  ]);
});

describe('how the request of an expectation comes in', () => {
  const words = {
    headers: 'x-cid=a,x-team=qa',
    gateway: 'edge',
    port: '8080',
    'source-labels': 'app=web',
    'source-namespace': 'web',
  };

  test.for<[title: string, keys: string, request: object]>([
    [
      'is as the inputs say for all',
      '',
      {
        headers: { 'x-cid': 'a', 'x-team': 'qa' },
        gateway: 'shop/edge',
        port: 8080,
        sourceLabels: { app: 'web' },
        sourceNamespace: 'web',
      },
    ],
    [
      'is as the file says, where it does',
      'headers: { x-cid: b, x-more: c }, gateway: mesh, port: 9000, source-labels: app=api, source-namespace: shop,',
      {
        headers: { 'x-cid': 'b', 'x-team': 'qa', 'x-more': 'c' },
        gateway: 'mesh',
        port: 9000,
        sourceLabels: { app: 'api' },
        sourceNamespace: 'shop',
      },
    ],
  ])('%s', ([, keys, request]) => {
    const [first] = expected(`- { request: http://shop.io/, ${keys} expect: { subset: v1 } }`, words);
    expect(first?.request).toEqual({ text: 'GET http://shop.io/', ...request });
  });

  test('is worked out from the VirtualServices, where neither says it', () => {
    const [first] = expected('- { request: https://shop.io/, expect: { subset: v1 } }');
    expect(first?.request).toMatchObject({ gateway: 'mesh', port: 443, sourceNamespace: null });
  });
});

describe('the host of an expected destination', () => {
  test.for<[written: string, wanted: string, met: boolean]>([
    ['api', 'api', true],
    ['api', 'api.shop.svc.cluster.local', true],
    ['api.shop.svc.cluster.local', 'api', true],
    ['api.shop.svc.cluster.local', 'api.shop.svc.cluster.local', true],
    ['api', 'web', false],
    ['api', 'api.web.svc.cluster.local', false],
    ['api.web.svc.cluster.local', 'api', false],
    ['example.com', 'example.com', true],
  ])('may be spelled otherwise than in the route: %s for %s', ([written, wanted, met]) => {
    const http = [{ route: [{ destination: { host: written } }] }];
    const file = `- { request: http://shop.io/, expect: { host: ${wanted} } }`;
    const [first] = expected(file, {}, [on({ hosts: ['shop.io'], http })]);
    expect(first?.verdict?.met).toBe(met);
  });

  describe('without a dot, is of the namespace of the VirtualService that says it', () => {
    const file = (wanted: string): string => `- { request: http://shop.io/, expect: { host: ${wanted} } }`;
    const wanted: [string, boolean][] = [
      ['api.team.svc.cluster.local', true],
      ['api.shop.svc.cluster.local', false],
      ['api', false],
    ];

    test.for(wanted)('one of another namespace: %s', ([host, met]) => {
      const other = on({ hosts: ['shop.io'] }, 'other', { namespace: 'team', labels: {} });
      const [first] = expected(file(host), {}, [on({ hosts: ['api.io'] }), other]);
      expect(first?.verdict?.met).toBe(met);
    });

    test.for(wanted)('a delegate of another namespace: %s', ([host, met]) => {
      const http = [{ delegate: { name: 'part', namespace: 'team' } }];
      const part = on({}, 'part', { namespace: 'team', labels: {} });
      const [first] = expected(file(host), {}, [on({ hosts: ['shop.io'], http }), part]);
      expect(first?.verdict?.met).toBe(met);
    });
  });

  test.for<[url: string, wanted: string, met: boolean]>([
    ['http://api.shop/', 'api', true],
    ['http://api.shop.svc/', 'api', true],
    ['http://api.shop.svc.cluster.local./', 'api', true],
    ['http://api.shop/', 'api.shop.svc.cluster.local', true],
    ['http://api.shop/', 'api.shop', true],
    ['http://api.team/', 'api', false],
    ['http://example.com/', 'example.com', true],
    ['http://example.com/', 'api', false],
  ])('is the service itself, by each of its names in the mesh: %s for %s', ([url, wanted, met]) => {
    const file = `- { request: ${url}, gateway: mesh, expect: { host: ${wanted} } }`;
    const [first] = expected(file);
    expect(first?.result.kind).toBe('service');
    expect(first?.verdict?.met).toBe(met);
  });

  test('may be the service itself, where no VirtualService is for it', () => {
    const file = `
- { request: http://web/, expect: { host: web } }
- { request: http://web/, expect: { host: web.shop.svc.cluster.local } }
- { request: http://web/, expect: { host: api } }`;
    const found = expected(file, { 'source-namespace': 'shop' });
    expect(found.map(({ verdict }) => verdict?.met)).toEqual([true, true, false]);
  });
});

describe('a VirtualService that no request is about', () => {
  /** `web` comes after `api`, and takes what that leaves; `zoo` is alone with its host. */
  const services = [
    on({ hosts: ['shop.io'], gateways: ['edge'], http: [{ match: [{ uri: { prefix: '/a' } }], ...MAIN }] }),
    on({ hosts: ['shop.io'], gateways: ['edge'] }, 'web', { labels: { app: 'web' } }),
    on({ hosts: ['zoo.io'], gateways: ['shop/edge'], http: [{ directResponse: { status: 200 } }] }, 'zoo', {
      namespace: 'animals',
    }),
  ];
  const notice = (object: string, request: string): Finding => ({
    code: 'taken-by-another',
    severity: 'notice',
    message: `${object}, which \`label-selector\` does not select, accepts ${request}: it is for the same host.`,
    object,
    forceable: false,
  });

  test.for<[title: string, requests: string[], notices: Finding[]]>([
    ['takes nothing, and nothing is said', ['http://shop.io/a'], []],
    [
      'takes a request, and gets a notice',
      ['http://shop.io/a', 'http://shop.io/b'],
      [notice('VirtualService shop/web', 'GET http://shop.io/b')],
    ],
    [
      'takes several, and gets one notice with the first',
      ['http://shop.io/c', 'http://shop.io/b'],
      [notice('VirtualService shop/web', 'GET http://shop.io/c')],
    ],
    [
      'is one of several, and each gets a notice',
      ['http://zoo.io/', 'http://shop.io/b'],
      [
        notice('VirtualService animals/zoo', 'GET http://zoo.io/'),
        notice('VirtualService shop/web', 'GET http://shop.io/b'),
      ],
    ],
    ['has no route for it either, and nothing is said', ['http://other.io/'], []],
  ])('%s', ([, requests, notices]) => {
    expect(explainAll(withRule(services), { requests: requests.join('\n') }).findings).toEqual(notices);
  });

  test('gets a notice for a request that something is expected of, too', () => {
    const file = '- { request: http://shop.io/b, expect: { subset: v1 } }';
    const { explanations, findings } = explainAll(withRule(services), {}, file);
    expect(explanations).toMatchObject([{ result: { route: { selected: false } }, verdict: { met: true } }]);
    expect(findings).toEqual([notice('VirtualService shop/web', 'GET http://shop.io/b')]);
  });
});

test('a selector that chooses no VirtualService is reported, whatever the requests are', () => {
  expect(() =>
    expected('- { request: http://shop.io/, expect: { subset: v1 } }', { 'label-selector': 'app=db' }),
  ).toThrow('No VirtualService in namespace shop has the labels app=db.');
});
