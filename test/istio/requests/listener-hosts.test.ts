import { describe, expect, test } from 'vitest';
import { serversOf } from '../../../src/istio/gateways.ts';
import type { GatewayPodsSight } from '../../../src/istio/requests/gateway-pods.ts';
import { moreSpecificByPods, redirectFor } from '../../../src/istio/requests/listener-hosts.ts';
import type { VirtualService } from '../../../src/istio/types.ts';

/** What Envoy does was seen on a real one: test/cluster/explain-gateways.test.ts. */

function virtualService(name: string, host: string, gateway: string, namespace = 'shop'): VirtualService {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace },
    spec: {
      hosts: [host],
      gateways: [`shop/${gateway}`],
      http: [{ route: [{ destination: { host: name } }] }],
    },
  };
}

interface Server {
  readonly hosts: readonly string[];
  readonly redirects?: boolean;
  readonly port?: number;
  readonly protocol?: string;
}

interface Edge {
  readonly servers: readonly Server[];
  readonly selector?: Readonly<Record<string, string>>;
  readonly created?: string;
}

const PODS = { istio: 'ingressgateway' };

function sight(
  edges: Readonly<Record<string, Edge>>,
  virtualServices: readonly VirtualService[],
): GatewayPodsSight {
  const gatewayServers = Object.entries(edges).map(([name, { servers, selector = PODS, created }]) => {
    const written = servers.map(({ hosts, redirects = false, port = 80, protocol = 'HTTP' }) => ({
      port: { number: port, protocol },
      hosts,
      ...(redirects && { tls: { httpsRedirect: true } }),
    }));
    return [`shop/${name}`, serversOf({ selector, servers: written }, created)] as const;
  });
  return { gatewayServers: Object.fromEntries(gatewayServers), virtualServices };
}

const request = { gateway: 'shop/one', authority: 'a.example.com', port: 80, scheme: 'http' };
const own = virtualService('own', 'a.example.com', 'one');
const other = virtualService('other', 'a.example.com', 'two');
const [WIDE, NARROW] = [{ hosts: ['*.example.com'] }, { hosts: ['a.example.com'] }];

describe('what gets a request in place of the routes of its gateway', () => {
  const found = (known: GatewayPodsSight, host: string | undefined, more: object = {}): string | undefined =>
    moreSpecificByPods(known, { ...request, ...more }, host)?.host;
  const known = (one: Server, two: Server, more: object = {}): GatewayPodsSight =>
    sight({ one: { servers: [one] }, two: { servers: [two], ...more } }, [own, other]);

  test('a more specific host at another Gateway of the same pods', () => {
    expect(found(known(WIDE, NARROW), '*.example.com')).toBe('a.example.com');
    expect(found(known(WIDE, NARROW), undefined)).toBe('a.example.com');
    expect(found(known(WIDE, NARROW), 'a.example.com')).toBeUndefined();
    expect(found(known(WIDE, NARROW), '*.example.com', { authority: 'b.example.com' })).toBeUndefined();
    expect(found(known(WIDE, NARROW), '*.example.com', { port: 8080 })).toBeUndefined();
    expect(found(known(WIDE, NARROW, { selector: { istio: 'egress' } }), '*.example.com')).toBeUndefined();
  });

  test('with TLS, only where that Gateway has the more specific server as well', () => {
    const tls = { port: 443, protocol: 'HTTPS' };
    const asked = { port: 443, scheme: 'https' };
    expect(found(known({ ...WIDE, ...tls }, { ...NARROW, ...tls }), '*.example.com', asked)).toBe(
      'a.example.com',
    );
    expect(found(known({ ...NARROW, ...tls }, { ...WIDE, ...tls }), undefined, asked)).toBeUndefined();
  });

  test('even where its own gateway redirects a wider host, and not where it redirects this one', () => {
    const redirecting = (server: Server, all: readonly VirtualService[]): GatewayPodsSight =>
      sight({ one: { servers: [{ ...server, redirects: true }] }, two: { servers: [NARROW] } }, all);
    expect(found(redirecting(WIDE, [other]), undefined)).toBe('a.example.com');
    expect(found(redirecting(WIDE, [own, other]), undefined)).toBeUndefined();
    expect(found(redirecting(NARROW, [other]), undefined)).toBeUndefined();
  });
});

describe('which Gateway redirects a plain request', () => {
  const redirects = (...hosts: string[]): Server => ({ hosts, redirects: true });
  const found = (known: GatewayPodsSight, host: string | undefined): string | undefined => {
    const redirect = redirectFor(known, request, host);
    return redirect === undefined ? undefined : `${redirect.gateway} ${redirect.host}`;
  };

  test.for<[string, readonly Server[], readonly Server[], string | undefined]>([
    ['its own', [redirects('a.example.com')], [], 'shop/one a.example.com'],
    [
      'one of the same pods, for the same host',
      [NARROW],
      [redirects('a.example.com')],
      'shop/two a.example.com',
    ],
    ['its own before another', [redirects('*')], [redirects('a.example.com')], 'shop/one a.example.com'],
    ['none, for another redirects a wider host', [NARROW], [redirects('*.example.com')], undefined],
    ['none of another port', [NARROW], [{ ...redirects('a.example.com'), port: 81 }], undefined],
    ['none for a host of a namespace without routes', [WIDE], [redirects('team/a.example.com')], undefined],
    ['one for a host of any namespace', [WIDE], [redirects('*/a.example.com')], 'shop/two a.example.com'],
  ])('%s', ([, one, two, expected]) => {
    const known = sight({ one: { servers: one }, two: { servers: two } }, [own]);
    const host = one.some((server) => server.redirects !== true) ? 'a.example.com' : undefined;
    expect(found(known, host)).toBe(expected);
  });

  test('a wide server of its own gateway redirects the host of a VirtualService there, whoever has another', () => {
    const wide = virtualService('wide', '*.example.com', 'one', 'team');
    const servers = [redirects('team/a.example.com', '*.a.example.com'), { hosts: ['*', './a.example.com'] }];
    expect(found(sight({ one: { servers } }, [own, wide]), 'a.example.com')).toBe('shop/one a.example.com');
  });

  test('a server that redirects a host of one before it is left out, with its other hosts', () => {
    const [first, second] = [redirects('*.b.com', 'a.b.com'), redirects('a.b.com', '*.example.com')];
    expect(found(sight({ one: { servers: [first, second] } }, []), undefined)).toBeUndefined();
    expect(found(sight({ one: { servers: [second, first] } }, []), undefined)).toBe('shop/one *.example.com');
    const [old, young] = ['2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'];
    const byAge = (one: string, two: string): GatewayPodsSight =>
      sight({ one: { servers: [second], created: one }, two: { servers: [first], created: two } }, []);
    expect(found(byAge(young, old), undefined)).toBeUndefined();
    expect(found(byAge(old, young), undefined)).toBe('shop/one *.example.com');
  });
});
