import { describe, expect, test } from 'vitest';
import type { ListedRoute } from '../../../src/istio/requests/kept-routes.ts';
import { virtualHost } from '../../../src/istio/requests/route-list.ts';
import type { EntryPoint } from '../../../src/istio/requests/request.ts';
import type { Match, Route, VirtualService } from '../../../src/istio/types.ts';
import { changed, listed, PLAIN, REQUEST, vs, type Changes } from '../../support/requests.ts';

/** IsCatchAllRoute in pilot/pkg/networking/core/route/route.go, of what TranslateRouteMatch makes of the block. */
describe('at a gateway', () => {
  const listOf = (block: Match): string =>
    listed([vs('a', { http: [{ match: [block] }, PLAIN] }), vs('b', {})]);

  test.for<Match>([
    {},
    { uri: { prefix: '/' } },
    { uri: { prefix: '/' }, ignoreUriCase: true },
    { uri: { regex: '.*' } },
    { uri: {} },
    { headers: {} },
    { withoutHeaders: {} },
    { queryParams: {} },
    { port: 80 },
    { gateways: ['edge'] },
    { sourceLabels: {} },
    { statPrefix: 'a' },
  ])('%j comes last, and nothing of its own after it', (block) => {
    expect(listOf(block)).toBe('shop.io: b0 a0');
  });

  test.for<Match>([
    { uri: { exact: '/' } },
    { uri: { prefix: '/a' } },
    { uri: { prefix: '' } },
    { uri: { regex: '.+' } },
    { uri: { regex: '/.*' } },
    { uri: { regex: '' } },
    { method: { exact: 'GET' } },
    { method: {} },
    { authority: { prefix: 'shop' } },
    { scheme: { exact: 'https' } },
    { scheme: { exact: 'https' }, method: { exact: 'GET' } },
    { headers: { 'x-cid': {} } },
    { headers: { '@request.auth.claims.group': {} } },
    { withoutHeaders: { 'x-cid': {} } },
    { queryParams: { a: {} } },
    { uri: { prefix: '/' }, queryParams: { a: {} } },
  ])('%j stays in its place', (block) => {
    expect(listOf(block)).toBe('shop.io: a0 a1 b0');
  });
});

/** What BuildHTTPRoutesForVirtualService makes of the routes for `shop.io`: the blocks that each is left with. */
function kept(http: readonly Route[], entry: Changes = {}): unknown {
  const found = virtualHost([vs('a', { http })], changed(REQUEST, entry));
  return found?.routes.map(({ index, route }) => [index, route.match]);
}

describe('a route keeps', () => {
  const http = { port: 80, uri: { exact: '/a' } };
  const https = { port: 443, uri: { exact: '/a' } };
  const inner = { gateways: ['shop/inner'] };

  test('the blocks for the port and the proxy', () => {
    expect(kept([{ match: [http, https, inner] }])).toEqual([[0, [https]]]);
  });

  test('is the route itself, where all of its blocks are kept', () => {
    const route: Route = { match: [https, { uri: { exact: '/b' } }] };
    const found = virtualHost([vs('a', { http: [route] })], REQUEST);
    expect(found?.routes[0]?.route).toBe(route);
  });

  test('none that comes after a catch-all route', () => {
    expect(kept([{ match: [https, {}, { uri: { exact: '/b' } }] }, PLAIN])).toEqual([
      [0, [https]],
      [0, [{}]],
    ]);
  });

  test.for<[rule: string, block: Match, entry: Changes]>([
    ['port', { port: 80 }, { port: undefined }],
    ['source', { sourceNamespace: 'web' }, { sourceNamespace: undefined }],
  ])('the next ones, too, where its %s is not known', ([, block, entry]) => {
    const narrow = { uri: { exact: '/b' } };
    expect(kept([{ match: [narrow, block] }, { match: [narrow] }], entry)).toEqual([
      [0, [narrow]],
      [1, [narrow]],
      [0, [block]],
    ]);
  });
});

describe('out of scope', () => {
  const outOfScope = (all: readonly VirtualService[], request: EntryPoint): readonly ListedRoute[] => {
    const { routes = [], written = [] } = virtualHost(all, request) ?? {};
    return written.filter((one) => !routes.includes(one));
  };

  /** `a0 a1`: those that the proxy never hears of. */
  function unheard(all: readonly VirtualService[], entry: Changes = {}): string {
    return outOfScope(all, changed(REQUEST, entry))
      .map(({ from, fromIndex }) => `${from.metadata.name}${fromIndex}`)
      .join(' ');
  }
  const other: Route = { match: [{ port: 80 }] };

  test.for<[rule: string, all: readonly VirtualService[], expected: string, entry?: Changes]>([
    ['a route for another port', [vs('a', { http: [PLAIN, other] })], 'a1'],
    ['for another gateway', [vs('a', { http: [{ match: [{ gateways: ['mesh'] }] }, PLAIN] })], 'a0'],
    ['for others each', [vs('a', { http: [{ match: [{ port: 80 }, { port: 81 }] }, PLAIN] })], 'a0'],
    ['not with one block for it', [vs('a', { http: [{ match: [{ port: 80 }, { port: 443 }] }] })], ''],
    ['not without any block', [vs('a', { http: [{}] })], ''],
    ['not with an empty list of them', [vs('a', { http: [{ match: [] }] })], ''],
    ['not for a port that is not known', [vs('a', { http: [other, PLAIN] })], '', { port: undefined }],
    ['not what stands after one that takes everything', [vs('a', { http: [PLAIN, {}, other] })], ''],
    ['what a VirtualService has that has nothing else', [vs('a', {}), vs('b', { http: [other] })], 'b0'],
    ['nothing of another host', [vs('a', {}), vs('b', { hosts: ['b.io'], http: [other, PLAIN] })], ''],
    [
      'of several in the list, the oldest first',
      [vs('b', { http: [other, PLAIN] }), vs('a', { http: [PLAIN, other] })],
      'a1 b0',
    ],
    [
      "a delegate's, where it is written",
      [
        vs('a', { http: [PLAIN, { delegate: { name: 'leaf' } }] }),
        vs('leaf', { hosts: [], gateways: [], http: [PLAIN, other] }),
      ],
      'leaf1',
    ],
  ])('is %s', ([, all, expected, entry]) => {
    expect(unheard(all, entry)).toBe(expected);
  });

  test('is reported as the proxy would have it', () => {
    const http = [PLAIN, { match: [{ gateways: ['inner'] }] }];
    const a = vs('a', { http });
    expect(outOfScope([a], REQUEST)).toEqual([
      {
        virtualService: a,
        index: 1,
        from: a,
        fromIndex: 1,
        route: { match: [{ gateways: ['shop/inner'] }] },
      },
    ]);
  });
});
