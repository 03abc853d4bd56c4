import { describe, expect, test } from 'vitest';
import { serversOf } from '../../../src/istio/gateways.ts';
import {
  hostsSharedByPods,
  moreSpecificByPods,
  narrowerHostsByPods,
  type GatewayPodsSight,
} from '../../../src/istio/requests/gateway-pods.ts';
import type { VirtualService } from '../../../src/istio/types.ts';

function virtualService(name: string, host: string, gateway: string): VirtualService {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace: 'shop' },
    spec: { hosts: [host], gateways: [gateway], http: [{ route: [{ destination: { host: name } }] }] },
  };
}

interface Edge {
  readonly selector?: Readonly<Record<string, string>>;
  readonly hosts?: readonly string[];
  readonly port?: number;
  readonly bind?: string;
  readonly protocol?: string;
}

function servers({ selector, hosts = ['*'], port = 80, protocol = 'HTTP', bind }: Edge) {
  const server = { port: { number: port, protocol }, hosts, ...(bind !== undefined && { bind }) };
  return serversOf({ selector, servers: [server] });
}

const own = virtualService('own', 'a.example.com', 'one');
const other = virtualService('other', 'a.example.com', 'two');
const PODS = { istio: 'ingressgateway' };

/** Two Gateways, and what is known of their pods. */
function sight(
  one: Edge,
  two: Edge,
  virtualServices: readonly VirtualService[] = [own, other],
  podsInCommon?: GatewayPodsSight['podsInCommon'],
): GatewayPodsSight {
  return {
    gatewayServers: { 'shop/one': servers(one), 'shop/two': servers(two) },
    virtualServices,
    ...(podsInCommon && { podsInCommon }),
  };
}

describe('do the same pods serve a host of two Gateways?', () => {
  const KNOWN = { 'shop/one': ['shop/two'] };
  const NONE = { 'shop/one': [] };
  test.for<[string, Edge, Edge, GatewayPodsSight['podsInCommon'], boolean]>([
    ['equal selectors', { selector: PODS }, { selector: PODS }, undefined, true],
    ['one narrower', { selector: PODS }, { selector: { ...PODS, tier: 'x' } }, undefined, true],
    [
      'one narrower, of which there is no pod',
      { selector: PODS },
      { selector: { ...PODS, tier: 'x' } },
      NONE,
      false,
    ],
    ['one for all gateways', { selector: PODS }, {}, undefined, true],
    ['other keys', { selector: PODS }, { selector: { app: 'gw' } }, undefined, false],
    ['other keys, of the same pods', { selector: PODS }, { selector: { app: 'gw' } }, KNOWN, true],
    ['other values', { selector: PODS }, { selector: { istio: 'egress' } }, undefined, false],
    ['another port', { selector: PODS }, { selector: PODS, port: 81 }, undefined, false],
    ['another address', { selector: PODS }, { selector: PODS, bind: '10.0.0.1' }, undefined, false],
    [
      'the same address',
      { selector: PODS, bind: '10.0.0.1' },
      { selector: PODS, bind: '10.0.0.1' },
      undefined,
      true,
    ],
  ])('%s', ([, one, two, podsInCommon, isShared]) => {
    const shared = hostsSharedByPods(sight(one, two, [own, other], podsInCommon), own, 'shop/one');
    expect(shared.map(({ other: { metadata }, host }) => [metadata.name, host])).toEqual(
      isShared ? [['other', 'a.example.com']] : [],
    );
  });
});

describe('what gets a request in place of the routes of its gateway', () => {
  const request = { gateway: 'shop/one', authority: 'a.example.com', port: 80, scheme: 'http' };
  const WIDE = { selector: PODS, hosts: ['*.example.com'] };
  const NARROW = { selector: PODS, hosts: ['a.example.com'] };
  const found = (known: GatewayPodsSight, host: string | undefined, more: object = {}): string | undefined =>
    moreSpecificByPods(known, { ...request, ...more }, host)?.host;

  test('a more specific host at another Gateway of the same pods', () => {
    const known = sight(WIDE, NARROW);
    expect(found(known, '*.example.com')).toBe('a.example.com');
    expect(found(known, undefined)).toBe('a.example.com');
    expect(found(known, 'a.example.com')).toBeUndefined();
    expect(found(known, '*.example.com', { authority: 'b.example.com' })).toBeUndefined();
    expect(found(known, '*.example.com', { port: 8080 })).toBeUndefined();
    expect(found(sight(WIDE, { ...NARROW, selector: { istio: 'egress' } }), '*.example.com')).toBeUndefined();
  });

  test('with TLS, only where that Gateway has the more specific server as well', () => {
    const tls = { port: 443, protocol: 'HTTPS' };
    const asked = { port: 443, scheme: 'https' };
    expect(found(sight({ ...WIDE, ...tls }, { ...NARROW, ...tls }), '*.example.com', asked)).toBe(
      'a.example.com',
    );
    expect(found(sight({ ...NARROW, ...tls }, { ...WIDE, ...tls }), undefined, asked)).toBeUndefined();
  });
});

test('hosts within a wildcard that another Gateway of the same pods has routes for', () => {
  const wide = virtualService('wide', '*.example.com', 'one');
  const known = sight({ selector: PODS }, { selector: PODS }, [wide, other]);
  expect(narrowerHostsByPods(known, wide, 'shop/one').map(({ host }) => host)).toEqual(['a.example.com']);
  expect(narrowerHostsByPods(known, other, 'shop/two')).toEqual([]);
});
