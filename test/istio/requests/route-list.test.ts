import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../src/istio/requests/request.ts';
import { virtualHost } from '../../../src/istio/requests/route-list.ts';
import type { Route, VirtualService } from '../../../src/istio/types.ts';
import { PLAIN, vs } from './objects.ts';

/** `shop.io: a0 b0`: the host that counts, and the routes in their order. */
function listed(all: readonly VirtualService[], entry: Partial<Entry> = {}): string {
  const found = virtualHost(all, {
    authority: 'shop.io',
    gateway: 'shop/edge',
    port: 80,
    sourceLabels: {},
    ...entry,
  });
  if (found === undefined) return 'none';
  const routes = found.routes.map(
    ({ from, fromIndex, route }) =>
      `${from.metadata.name}${fromIndex}${route.match === undefined || route.match.length === 0 ? '*' : ''}`,
  );
  return `${found.host}: ${routes.join(' ')}`;
}

const ALL: Route = {};

/** Each with where istiod does it: pilot/pkg/networking/core/gateway.go, httproute.go, pilot/pkg/model/push_context.go. */
describe('at a gateway', () => {
  test.for<[rule: string, all: readonly VirtualService[], expected: string, entry?: Partial<Entry>]>([
    [
      'port and case of the host header do not count',
      [vs('a', {})],
      'shop.io: a0',
      { authority: 'SHOP.io:8080' },
    ],
    ['another gateway is none of ours', [vs('a', { gateways: ['other'] })], 'none'],
    ['a name without namespace is of its own', [vs('a', { gateways: ['edge'] })], 'shop.io: a0'],
    ['so is one in full', [vs('a', { gateways: ['edge.shop.svc.cluster.local'] })], 'shop.io: a0'],
    ['without gateways it is for the mesh', [vs('a', { gateways: [] })], 'none'],
    [
      'the exact host comes before a wildcard, the longest before others',
      [vs('a', { hosts: ['*'] }), vs('b', { hosts: ['*.io'] }), vs('c', { hosts: ['*shop.io'] })],
      '*.io: b0',
    ],
    ['a wildcard needs something before it', [vs('a', { hosts: ['*.shop.io'] })], 'none'],
    [
      'and takes any depth',
      [vs('a', { hosts: ['*.shop.io'] })],
      '*.shop.io: a0',
      { authority: 'a.b.shop.io' },
    ],
    [
      'one host of several: the oldest first, whatever its name',
      [vs('a', { created: '2026-01-02T00:00:00Z' }), vs('b', { created: '2026-01-01T00:00:00Z' })],
      'shop.io: b0 a0',
    ],
    [
      'of one age by name, then by namespace',
      [vs('b', {}), vs('a', { namespace: 'web' }), vs('a', {})],
      'shop.io: a0 a0 b0',
    ],
    [
      'what takes everything comes last, and nothing of its own after it',
      [vs('a', { http: [ALL, PLAIN] }), vs('b', {})],
      'shop.io: b0 a0*',
    ],
    [
      'one block that takes everything goes alone',
      [
        vs('a', { http: [{ match: [{ uri: { exact: '/x' } }, { uri: { regex: '.*' } }] }, PLAIN] }),
        vs('b', {}),
      ],
      'shop.io: a0 b0 a0',
    ],
    [
      '.+ is not one of those',
      [vs('a', { http: [{ match: [{ uri: { regex: '.+' } }] }, PLAIN] }), vs('b', {})],
      'shop.io: a0 a1 b0',
    ],
    [
      'one for another port does not cut the list',
      [vs('a', { http: [{ match: [{ port: 81 }] }, PLAIN] })],
      'shop.io: a1',
    ],
    [
      'without a route for the port its host is not there either',
      [vs('a', { http: [{ match: [{ port: 81 }] }] }), vs('b', { hosts: ['*.io'] })],
      '*.io: b0',
    ],
    ['exported to nobody', [vs('a', { exportTo: ['~'] })], 'none'],
    [
      "exported to its own namespace, not the gateway's",
      [vs('a', { namespace: 'web', exportTo: ['.'] })],
      'none',
    ],
    [
      'exported by name comes before the public, its own namespace first',
      [
        vs('a', {}),
        vs('b', { namespace: 'web', exportTo: ['shop'] }),
        vs('c', { exportTo: ['.'], created: '2026-01-01T00:00:00Z' }),
      ],
      'shop.io: c0 b0 a0',
    ],
  ])('%s', ([, all, expected, entry]) => {
    expect(listed(all, entry)).toBe(expected);
  });
});

describe('in the mesh', () => {
  const mesh = { gateway: 'mesh', sourceNamespace: 'shop' };
  const api = { hosts: ['api'], gateways: [] };
  test.for<[rule: string, all: readonly VirtualService[], expected: string, entry: Partial<Entry>]>([
    [
      "a short name is of the caller's namespace",
      [vs('a', api)],
      'api.shop.svc.cluster.local: a0',
      { authority: 'api' },
    ],
    ['and of no other', [vs('a', { ...api, namespace: 'web' })], 'none', { authority: 'api' }],
    ['with its namespace', [vs('a', api)], 'api.shop.svc.cluster.local: a0', { authority: 'api.shop:8080' }],
    [
      'in full, with a final dot',
      [vs('a', api)],
      'api.shop.svc.cluster.local: a0',
      { authority: 'api.shop.svc.cluster.local.' },
    ],
    [
      'several are not merged: the oldest alone',
      [
        vs('a', { ...api, created: '2026-01-02T00:00:00Z' }),
        vs('b', { ...api, created: '2026-01-01T00:00:00Z' }),
      ],
      'api.shop.svc.cluster.local: b0',
      { authority: 'api' },
    ],
    [
      'one without a route for the caller leaves the host to the next',
      [vs('a', { ...api, http: [{ match: [{ sourceLabels: { app: 'web' } }] }] }), vs('b', api)],
      'api.shop.svc.cluster.local: b0',
      { authority: 'api' },
    ],
    ['a wildcard', [vs('a', { hosts: ['*.io'], gateways: ['mesh'] })], '*.io: a0', { authority: 'shop.io' }],
  ])('%s', ([, all, expected, entry]) => {
    expect(listed(all, { ...mesh, ...entry })).toBe(expected);
  });
});
