import { describe, expect, test } from 'vitest';
import type { NamespaceObjects } from '../../../src/stores/kubernetes/lists.ts';
import { readGatewayNamespaces, readOthers, withOthers } from '../../../src/stores/kubernetes/mesh.ts';
import type { JsonObject } from '../../../src/base/json.ts';
import type { VirtualService } from '../../../src/istio/types.ts';
import { fakeTime } from '../../support/fake-time.ts';
import { wireTo } from '../../support/wire.ts';

const api: VirtualService = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'api', namespace: 'shop' },
  spec: { hosts: ['shop.io'], gateways: ['infra/edge', 'mesh'], http: [] },
};
const own: NamespaceObjects = {
  virtualServices: [api],
  destinationRules: [],
  pods: { state: 'none' },
  services: { state: 'none' },
};
const named = (namespace: string, name: string, spec: JsonObject = {}): JsonObject => ({
  metadata: { namespace, name },
  spec,
});

/** With a server that has these lists, by path and query; every other is forbidden. */
async function read(lists: Readonly<Record<string, readonly JsonObject[]>>) {
  const time = fakeTime();
  const { wire, asked } = wireTo((key) => {
    const items = lists[key];
    if (items === undefined) return [403, { message: 'no' }];
    const [path = ''] = key.split('?');
    const kind = KINDS[path.split('/').at(-1) ?? ''] ?? '';
    const apiVersion = path.replace(/^\/apis?\/(.*)\/[a-z]+$/, '$1');
    const whole = items.map((item) => ({ apiVersion, kind, ...item }));
    return [200, { apiVersion, kind: `${kind}List`, items: whole, metadata: {} }];
  });
  const patience = { perTry: 1_000, total: 1_000, unreached: 1_000 };
  const attempts = { wire, time: { ...time, limit: () => new AbortController().signal }, patience };
  const all = withOthers(own, await readOthers('shop', attempts));
  return { asked, found: { ...all, ...(await readGatewayNamespaces(own, 'shop', attempts)) } };
}

const KINDS: Readonly<Record<string, string>> = {
  virtualservices: 'VirtualService',
  destinationrules: 'DestinationRule',
  gateways: 'Gateway',
  pods: 'Pod',
};
const V1 = '/apis/networking.istio.io/v1';

describe('what other namespaces have', () => {
  test('is left out where we may not read it, which is no error', async () => {
    const { found } = await read({});
    expect(found).toEqual(own);
  });

  test('is read of all namespaces, and our own namespace is there once', async () => {
    const { found } = await read({
      [`${V1}/virtualservices`]: [
        { ...api, metadata: { ...api.metadata } },
        { ...api, metadata: { name: 'other', namespace: 'web' } },
      ],
      [`${V1}/destinationrules`]: [
        named('web', 'rule', { host: 'api.shop.svc.cluster.local' }),
        named('web', 'odd', { host: 5 }),
      ],
    });
    expect(found.virtualServices.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual([
      'shop/api',
      'web/other',
    ]);
    expect(found.destinationRules.map(({ metadata }) => metadata.name)).toEqual(['rule']);
    expect(found).toMatchObject({
      virtualServicesOf: 'all',
      rulesOf: 'all',
      notUnderstood: [{ kind: 'DestinationRule', namespace: 'web', name: 'odd', hosts: null }],
    });
  });

  test('says where the pods of a gateway are that a VirtualService of our namespace names', async () => {
    const { found, asked } = await read({
      [`${V1}/gateways`]: [
        named('infra', 'edge', { selector: { istio: 'ingress', app: 'gw' } }),
        named('infra', 'other', { selector: { istio: 'egress' } }),
      ],
      '/api/v1/pods?app=gw,istio=ingress': [named('ingress', 'b'), named('ingress', 'a'), named('edge', 'c')],
    });
    expect(found.gatewayNamespaces).toEqual(new Map([['infra/edge', ['edge', 'ingress']]]));
    expect(asked.filter((path) => path.startsWith('/api/v1/pods'))).toHaveLength(1);
  });

  test('says what such a gateway serves, and which of them is nowhere', async () => {
    const servers = [{ port: { number: 80, protocol: 'HTTP' }, hosts: ['shop.io'] }];
    const { found } = await read({ [`${V1}/gateways`]: [named('infra', 'edge', { servers })] });
    expect(Object.keys(found.gatewayServers ?? {})).toEqual(['infra/edge']);
    expect(found.absentGateways).toBeUndefined();
    const none = await read({ [`${V1}/gateways`]: [] });
    expect(none.found.absentGateways).toEqual(['infra/edge']);
    expect((await read({})).found.absentGateways).toBeUndefined();
  });

  test('says what Gateways with the pods of such a gateway serve, too', async () => {
    const [selector, servers] = [{ istio: 'ingress' }, [{ port: { number: 80, protocol: 'HTTP' } }]];
    const { found } = await read({
      [`${V1}/gateways`]: [
        named('infra', 'edge', { selector, servers }),
        named('team', 'own', { selector, servers }),
        named('team', 'egress', { selector: { istio: 'egress' }, servers }),
      ],
    });
    expect(Object.keys(found.gatewayServers ?? {})).toEqual(['infra/edge', 'team/own']);
  });

  test('says which Gateways have pods in common with such a gateway, whatever their selectors', async () => {
    const serversFor = (host: string, port = 80): JsonObject => ({
      servers: [{ port: { number: port, protocol: 'HTTP' }, hosts: [host] }],
    });
    const gateways = [
      named('infra', 'edge', { selector: { istio: 'ingress' }, ...serversFor('*.io') }),
      named('team', 'same', { selector: { istio: 'ingress' }, ...serversFor('team.com') }),
      named('team', 'by-app', { selector: { app: 'gw' }, ...serversFor('shop.io') }),
      named('team', 'nobodys', { selector: { app: 'none' }, ...serversFor('shop.io') }),
      named('team', 'of-all', serversFor('shop.io')),
      named('team', 'other-host', { selector: { app: 'a' }, ...serversFor('shop.com') }),
      named('team', 'other-port', { selector: { app: 'b' }, ...serversFor('shop.io', 81) }),
      named('team', 'other-pods', { selector: { istio: 'egress' }, ...serversFor('shop.io') }),
    ];
    const pods = {
      '/api/v1/pods?app=gw,istio=ingress': [named('infra', 'gw-1')],
      '/api/v1/pods?app=none,istio=ingress': [],
      '/api/v1/pods?istio=ingress': [named('infra', 'gw-1')],
    };
    const { found, asked } = await read({ [`${V1}/gateways`]: gateways, ...pods });
    expect(found.podsInCommon).toEqual({ 'infra/edge': ['team/same', 'team/by-app', 'team/of-all'] });
    const seen = ['infra/edge', 'team/same', 'team/by-app', 'team/of-all'];
    expect(Object.keys(found.gatewayServers ?? {})).toEqual(seen);
    expect(new Set(asked.filter((path) => path.startsWith('/api/v1/pods')))).toEqual(
      new Set(Object.keys(pods)),
    );
    const unread = await read({ [`${V1}/gateways`]: gateways });
    expect(unread.found.podsInCommon).toBeUndefined();
    expect(Object.keys(unread.found.gatewayServers ?? {})).toHaveLength(gateways.length);
  });

  test('does not say where pods are that may not be listed, or that there are none of', async () => {
    const gateways = [named('infra', 'edge', { selector: { istio: 'ingress' } })];
    expect((await read({ [`${V1}/gateways`]: gateways })).found.gatewayNamespaces).toBeUndefined();
    const none = await read({ [`${V1}/gateways`]: gateways, '/api/v1/pods?istio=ingress': [] });
    expect(none.found.gatewayNamespaces).toBeUndefined();
  });
});
