import { describe, expect, test } from 'vitest';
import { gatewayApiRoute, gatewaysClaimed, meshClaims } from '../../src/istio/gateway-api.ts';
import type { JsonObject } from '../../src/base/json.ts';
import type { ServiceView } from '../../src/istio/types.ts';

const HOST = 'api.shop.svc.cluster.local';

function attached(parent: JsonObject, namespace = 'shop', hostnames: readonly string[] = []) {
  const object = { metadata: { name: 'r', namespace }, spec: { parentRefs: [parent], hostnames } };
  return gatewayApiRoute('HTTPRoute', object);
}

describe('what a route of the Gateway API claims in the mesh', () => {
  test.for<readonly [string, JsonObject, string, readonly unknown[]]>([
    ['a Service', { group: '', kind: 'Service', name: 'api' }, 'shop', [{ host: HOST }]],
    ['one of core', { group: 'core', kind: 'Service', name: 'api' }, 'shop', [{ host: HOST }]],
    [
      'a port of it',
      { group: '', kind: 'Service', name: 'api', port: 80 },
      'shop',
      [{ host: HOST, port: 80 }],
    ],
    [
      'for callers of its namespace',
      { group: '', kind: 'Service', name: 'api', namespace: 'shop' },
      'web',
      [{ host: HOST, callers: 'web' }],
    ],
    ['another Service', { group: '', kind: 'Service', name: 'web' }, 'shop', []],
    ['a Gateway', { name: 'api' }, 'shop', []],
    [
      'a Service of another group',
      { group: 'serving.knative.dev', kind: 'Service', name: 'api' },
      'shop',
      [],
    ],
  ])('%s', ([, parent, namespace, claims]) => {
    expect(meshClaims(attached(parent, namespace), [HOST], [])).toEqual(claims);
  });

  const entry: ServiceView = {
    kind: 'ServiceEntry',
    namespace: 'shop',
    name: 'partner',
    hosts: ['api.partner.example'],
    ports: [],
  };
  const parent = { group: 'networking.istio.io', kind: 'ServiceEntry', name: 'partner' };

  test('the hosts of a ServiceEntry', () => {
    const hosts = ['api.partner.example', 'www.partner.example', HOST];
    expect(meshClaims(attached(parent), hosts, [entry])).toEqual([{ host: 'api.partner.example' }]);
  });
  test('any host from outside the cluster, where the ServiceEntry is not in sight', () => {
    const hosts = ['api.partner.example', HOST];
    expect(meshClaims(attached(parent), hosts, [])).toEqual([{ host: 'api.partner.example' }]);
  });
  test('the own host of a Service, of a wildcard', () => {
    const service = { group: '', kind: 'Service', name: 'api' };
    expect(meshClaims(attached(service), ['*.shop.svc.cluster.local'], [])).toEqual([
      { host: '*.shop.svc.cluster.local' },
    ]);
  });
});

test('a route at a Gateway is for its hostnames there', () => {
  const route = attached({ name: 'edge', namespace: 'infra' }, 'shop', ['*.Example.com']);
  expect(gatewaysClaimed(route, ['api.example.com'])).toEqual({ serves: ['infra/edge'], mayServe: [] });
  expect(gatewaysClaimed(route, ['api.example.org'])).toEqual({ serves: [], mayServe: [] });
  expect(gatewaysClaimed(attached({ name: 'edge' }), ['api.example.com'])).toEqual({
    serves: [],
    mayServe: ['shop/edge'],
  });
});
