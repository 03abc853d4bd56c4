import { describe, expect, test } from 'vitest';
import { serversOf } from '../../../src/istio/gateways.ts';
import {
  hostsSharedByPods,
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
  readonly created?: string;
}

function servers({ selector, hosts = ['*'], port = 80, protocol = 'HTTP', bind, created }: Edge) {
  const server = { port: { number: port, protocol }, hosts, ...(bind !== undefined && { bind }) };
  return serversOf({ selector, servers: [server] }, created);
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

describe('a VirtualService that names both Gateways is in the list of the one anyway', () => {
  const both = (created: string): VirtualService => ({
    ...virtualService('both', 'a.example.com', 'one'),
    metadata: { name: 'both', namespace: 'shop', creationTimestamp: created },
    spec: { ...own.spec, gateways: ['one', 'two'] },
  });
  const alone = { ...own, metadata: { ...own.metadata, creationTimestamp: '2026-02-01T00:00:00Z' } };
  const found = (other: VirtualService, one: Edge, two: Edge): number =>
    hostsSharedByPods(
      sight({ selector: PODS, ...one }, { selector: PODS, ...two }, [alone, other]),
      alone,
      'shop/one',
    ).length;
  const [OLD, NEW] = [{ created: '2026-01-01T00:00:00Z' }, { created: '2026-03-01T00:00:00Z' }];

  test.for<[string, string, Edge, Edge, number]>([
    ['the younger one comes first by the older Gateway', NEW.created, NEW, OLD, 1],
    ['the older one comes first in any case', OLD.created, NEW, OLD, 0],
    ['the younger Gateway adds nothing new', NEW.created, OLD, NEW, 0],
    ['nobody knows the ages of Gateways', NEW.created, {}, {}, 0],
  ])('%s', ([, created, one, two, expected]) => {
    expect(found(both(created), one, two)).toBe(expected);
  });

  test('but not where the servers of the one are not for its namespace', () => {
    const foreign = both(OLD.created);
    const elsewhere = {
      ...foreign,
      metadata: { ...foreign.metadata, namespace: 'team' },
      spec: { ...foreign.spec, gateways: ['shop/one', 'shop/two'] },
    };
    expect(found(elsewhere, { ...OLD, hosts: ['./*'] }, NEW)).toBe(1);
  });
});

test('hosts within a wildcard that another Gateway of the same pods has routes for', () => {
  const wide = virtualService('wide', '*.example.com', 'one');
  const known = sight({ selector: PODS }, { selector: PODS }, [wide, other]);
  expect(narrowerHostsByPods(known, wide, 'shop/one').map(({ host }) => host)).toEqual(['a.example.com']);
  expect(narrowerHostsByPods(known, other, 'shop/two')).toEqual([]);
});
