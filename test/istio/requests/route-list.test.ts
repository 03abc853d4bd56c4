import { describe, expect, test } from 'vitest';
import { virtualHost } from '../../../src/istio/requests/route-list.ts';
import type { Route, VirtualService } from '../../../src/istio/types.ts';
import { listed, PLAIN, REQUEST, vs, type Changes } from '../../support/requests.ts';

const ALL: Route = {};

/** Each with where istiod does it: pilot/pkg/networking/core/gateway.go, httproute.go, pilot/pkg/model/push_context.go. */
describe('at a gateway', () => {
  test.for<[rule: string, all: readonly VirtualService[], expected: string, entry?: Changes]>([
    [
      'port and case of the host header do not count',
      [vs('a', {})],
      'shop.io: a0',
      { authority: 'SHOP.io:8080' },
    ],
    ['another gateway does not count', [vs('a', { gateways: ['other'] })], 'none'],
    ['a name without namespace is of its own', [vs('a', { gateways: ['edge'] })], 'shop.io: a0'],
    ['so is one in full', [vs('a', { gateways: ['edge.shop.svc.cluster.local'] })], 'shop.io: a0'],
    ['without gateways it is for the mesh', [vs('a', { gateways: [] })], 'none'],
    ['one gateway of two', [vs('a', { gateways: ['other', 'edge'] })], 'shop.io: a0'],
    ['one host of two', [vs('a', { hosts: ['a.io', 'shop.io'] })], 'shop.io: a0'],
    ['another host', [vs('a', { hosts: ['a.io'] })], 'none'],
    ['a host in capitals', [vs('a', { hosts: ['Shop.IO'] })], 'shop.io: a0'],
    ['a host that ends like ours is another', [vs('a', {})], 'none', { authority: 'myshop.io' }],
    ['so is one that ours ends like', [vs('a', { hosts: ['myshop.io'] })], 'none'],
    ['* is for every host', [vs('a', { hosts: ['*'] })], '*: a0'],
    [
      'the exact host before a wildcard that is older',
      [vs('a', { hosts: ['*.io'] }), vs('b', {})],
      'shop.io: b0',
    ],
    ['and before one that is newer', [vs('a', {}), vs('b', { hosts: ['*.io'] })], 'shop.io: a0'],
    [
      'and before one that is as long',
      [vs('a', { hosts: ['*.shop.io'] }), vs('b', { hosts: ['a.shop.io'] })],
      'a.shop.io: b0',
      { authority: 'a.shop.io' },
    ],
    [
      'the longest wildcard, though it is newer',
      [vs('a', { hosts: ['*.io'] }), vs('b', { hosts: ['*.shop.io'] })],
      '*.shop.io: b0',
      { authority: 'a.shop.io' },
    ],
    [
      'and where it is older',
      [vs('a', { hosts: ['*.shop.io'] }), vs('b', { hosts: ['*.io', '*'] })],
      '*.shop.io: a0',
      { authority: 'a.shop.io' },
    ],
    [
      'all with one wildcard follow each other, others do not',
      [vs('a', { hosts: ['*.io'] }), vs('b', { hosts: ['*'] }), vs('c', { hosts: ['*.io'] })],
      '*.io: a0 c0',
    ],
    [
      'routes of a delegate, by its namespace and name',
      [
        vs('a', { http: [{ delegate: { name: 'leaf', namespace: 'web' } }] }),
        vs('leaf', { hosts: [], gateways: [], http: [{ name: 'x' }, PLAIN], namespace: 'shop' }),
        vs('leaf', { hosts: [], gateways: [], namespace: 'web' }),
      ],
      'shop.io: leaf0',
    ],
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
      'of one age by name, whatever its namespace',
      [vs('a', { namespace: 'web' }), vs('b', {})],
      'shop.io: a0 b0',
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
    [
      'server by server, whose hosts may be those of a namespace',
      [
        vs('a', { namespace: 'web', created: '2026-01-01T00:00:00Z' }),
        vs('b', { hosts: ['*'], created: '2026-02-01T00:00:00Z' }),
      ],
      'shop.io: b0 a0',
      { served: [['./shop.io'], ['shop.io', '*.com']] },
    ],
    [
      'within a server the order of its hosts does not count',
      [
        vs('a', { namespace: 'web', created: '2026-01-01T00:00:00Z' }),
        vs('b', { hosts: ['*'], created: '2026-02-01T00:00:00Z' }),
      ],
      'shop.io: a0 b0',
      { served: [['./shop.io', 'shop.io']] },
    ],
    ['exported to nobody', [vs('a', { exportTo: ['~'] })], 'none'],
    [
      "exported to the gateway's namespace",
      [vs('a', { gateways: ['infra/edge'], exportTo: ['infra'] })],
      'shop.io: a0',
      { gateway: 'infra/edge' },
    ],
    [
      'a time of creation that is none is before all others',
      [vs('a', { created: '2026-01-01T00:00:00Z' }), vs('b', { created: 'unknown' })],
      'shop.io: b0 a0',
    ],
    [
      "exported to its own namespace, not that of the gateway's pods",
      [vs('a', { namespace: 'web', exportTo: ['.'] })],
      'none',
      { sourceNamespace: 'shop' },
    ],
    [
      "exported to the namespace of the gateway's pods, which is not the Gateway's",
      [vs('a', { exportTo: ['ingress'] })],
      'shop.io: a0',
      { sourceNamespace: 'ingress' },
    ],
    [
      "exported to the Gateway's namespace, where its pods are not",
      [vs('a', { exportTo: ['.'] })],
      'none',
      { sourceNamespace: 'ingress' },
    ],
    [
      'exported by name comes before the public, its own namespace first',
      [
        vs('a', {}),
        vs('b', { namespace: 'web', exportTo: ['shop'] }),
        vs('c', { exportTo: ['.'], created: '2026-01-01T00:00:00Z' }),
      ],
      'shop.io: c0 b0 a0',
      { sourceNamespace: 'shop' },
    ],
  ])('%s', ([, all, expected, entry]) => {
    expect(listed(all, entry)).toBe(expected);
  });
});

describe('in the mesh', () => {
  const mesh = { gateway: 'mesh', sourceNamespace: 'shop' };
  const api = { hosts: ['api'], gateways: [] };
  test.for<[rule: string, all: readonly VirtualService[], expected: string, entry: Changes]>([
    [
      "a short name is of the caller's namespace",
      [vs('a', api)],
      'api.shop.svc.cluster.local: a0',
      { authority: 'api' },
    ],
    ['and of no other', [vs('a', { ...api, namespace: 'web' })], 'none', { authority: 'api' }],
    ['with its namespace', [vs('a', api)], 'api.shop.svc.cluster.local: a0', { authority: 'api.shop:8080' }],
    [
      'with its namespace and svc',
      [vs('a', api)],
      'api.shop.svc.cluster.local: a0',
      { authority: 'api.shop.svc' },
    ],
    [
      'of a namespace that is not known, any may be meant',
      [vs('a', api)],
      'api.shop.svc.cluster.local: a0',
      { authority: 'api', sourceNamespace: undefined },
    ],
    ['another short name', [vs('a', api)], 'none', { authority: 'web', sourceNamespace: undefined }],
    [
      'three parts without svc are no service',
      [
        vs('a', { hosts: ['a.b.c.cluster.local'], gateways: [] }),
        vs('b', { hosts: ['a.b.c.svc.cluster.local'], gateways: [] }),
      ],
      'none',
      { authority: 'a.b.c' },
    ],
    [
      'nor are five with it',
      [vs('a', { hosts: ['a.b.svc.c.d.cluster.local'], gateways: [] })],
      'none',
      { authority: 'a.b.svc.c.d' },
    ],
    ['a host outside of the cluster', [vs('a', { gateways: [] })], 'shop.io: a0', { authority: 'shop.io' }],
    [
      'another host leaves the service to itself',
      [vs('a', { hosts: ['a.io', 'b.io'], gateways: [] })],
      'none',
      { authority: 'shop.io' },
    ],
    ["a gateway's routes are not the mesh's", [vs('a', {})], 'none', { authority: 'shop.io' }],
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
    [
      'but not to a wildcard: the service gets it',
      [
        vs('a', { ...api, http: [{ match: [{ sourceLabels: { app: 'web' } }] }] }),
        vs('b', { hosts: ['*.local'], gateways: [] }),
      ],
      'none',
      { authority: 'api' },
    ],
    [
      'exported to the namespace of the caller',
      [vs('a', { ...api, namespace: 'web', hosts: ['shop.io'], exportTo: ['shop'] })],
      'shop.io: a0',
      { authority: 'shop.io' },
    ],
    [
      'exported to that of another',
      [vs('a', { ...api, hosts: ['shop.io'], exportTo: ['web'] })],
      'none',
      { authority: 'shop.io' },
    ],
    [
      'exported to some, with a caller that is not known',
      [vs('a', { ...api, hosts: ['shop.io'], exportTo: ['web'] })],
      'shop.io: a0',
      { authority: 'shop.io', sourceNamespace: undefined },
    ],
    [
      "the caller's own namespace before the public, though it is newer",
      [
        vs('a', { hosts: ['shop.io'], gateways: [] }),
        vs('b', { hosts: ['shop.io'], gateways: [], exportTo: ['.'] }),
      ],
      'shop.io: b0',
      { authority: 'shop.io' },
    ],
    ['a wildcard', [vs('a', { hosts: ['*.io'], gateways: ['mesh'] })], '*.io: a0', { authority: 'shop.io' }],
    [
      'the wildcard that covers the host, of several',
      [
        vs('a', { hosts: ['*.com'], gateways: ['mesh'] }),
        vs('b', { hosts: ['*.net', '*.io'], gateways: ['mesh'] }),
      ],
      '*.io: b0',
      { authority: 'shop.io' },
    ],
    ['* is for every host', [vs('a', { hosts: ['*'], gateways: [] })], '*: a0', { authority: 'shop.io' }],
    [
      'the longest wildcard of all names that are meant',
      [
        vs('a', { hosts: ['*.shop'], gateways: ['mesh'] }),
        vs('b', { hosts: ['*.svc.cluster.local'], gateways: ['mesh'] }),
      ],
      '*.svc.cluster.local: b0',
      { authority: 'api.shop' },
    ],
    [
      'a wildcard without a route for the caller',
      [
        vs('a', {
          hosts: ['*.io'],
          gateways: ['mesh'],
          http: [{ match: [{ sourceLabels: { app: 'web' } }] }],
        }),
      ],
      'none',
      { authority: 'shop.io' },
    ],
  ])('%s', ([, all, expected, entry]) => {
    expect(listed(all, { ...mesh, ...entry })).toBe(expected);
  });
});

test.for([
  ['shop', 'web'],
  ['web', 'shop'],
])('of one age and name, in %s and %s, they come by namespace', (namespaces) => {
  const found = virtualHost(
    namespaces.map((namespace) => vs('a', { namespace })),
    { ...REQUEST, authority: 'shop.io' },
  );
  expect(found?.routes.map(({ virtualService }) => virtualService.metadata.namespace)).toEqual([
    'shop',
    'web',
  ]);
});
