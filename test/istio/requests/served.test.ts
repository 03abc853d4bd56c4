import { describe, expect, test } from 'vitest';
import { serversOf } from '../../../src/istio/gateways.ts';
import { unservedRequest, unservedRoute } from '../../../src/istio/requests/served.ts';
import type { GatewaySight } from '../../../src/istio/requests/server-hosts.ts';
import type { Match, VirtualService } from '../../../src/istio/types.ts';

function gateway(...servers: readonly object[]): GatewaySight {
  return { gatewayServers: { 'edge/public': serversOf({ servers }) } };
}

function http(hosts: readonly string[], more: object = {}): object {
  return { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts, ...more };
}

function https(hosts: readonly string[]): object {
  return { port: { number: 443, name: 'https', protocol: 'HTTPS' }, hosts, tls: { mode: 'SIMPLE' } };
}

function virtualService(hosts: readonly string[], namespace = 'shop'): VirtualService {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'api', namespace },
    spec: { hosts, gateways: ['edge/public'], http: [{ route: [{ destination: { host: 'api' } }] }] },
  };
}

describe('whether a route gets requests by a gateway', () => {
  /** As Istio's own analyzer has it: pkg/config/analysis/analyzers/virtualservice/gateways.go. */
  test.for([
    [['a.example.com'], ['a.example.com'], true],
    [['b.example.com'], ['a.example.com'], false],
    [['*'], ['a.example.com'], true],
    [['a.example.com'], ['*'], true],
    [['*.example.com'], ['a.example.com'], true],
    [['a.example.com'], ['*.example.com'], true],
    [['*.example.com'], ['*.a.example.com'], true],
    [['*.example.com'], ['example.com'], false],
    [['*.example.com'], ['*.example.net'], false],
    [['A.Example.com'], ['a.example.COM'], true],
    [['shop/a.example.com'], ['a.example.com'], true],
    [['shop/*'], ['a.example.com'], true],
    [['other/*'], ['a.example.com'], false],
    [['*/a.example.com'], ['a.example.com'], true],
    [['./*.example.com'], ['a.example.com'], false],
    [['b.example.com'], ['a.example.com', 'b.example.com'], true],
    [['api.shop.svc.cluster.local'], ['api'], true],
  ] as const)('server %j, VirtualService %j: %s', ([served, hosts, isServed]) => {
    const unserved = unservedRoute('http', 'edge/public', {}, virtualService(hosts), gateway(http(served)));
    expect(unserved === undefined).toBe(isServed);
  });

  test('./ stands for the namespace of the Gateway', () => {
    const known = gateway(http(['./*.example.com']));
    const from = (namespace: string): string | undefined =>
      unservedRoute('http', 'edge/public', {}, virtualService(['a.example.com'], namespace), known)?.why;
    expect(from('edge')).toBeUndefined();
    expect(from('shop')).toContain('and not a.example.com of VirtualServices of namespace shop');
  });

  test('the port of the match is one of a server', () => {
    const known = gateway(http(['*']), https(['a.example.com']));
    const at = (match: readonly Match[]): boolean =>
      unservedRoute('http', 'edge/public', { match }, virtualService(['a.example.com']), known) === undefined;
    expect([at([{ port: 80 }]), at([{ port: 443 }]), at([{ port: 8443 }])]).toEqual([true, true, false]);
    expect(at([{ port: 8443 }, { uri: { prefix: '/' } }])).toBe(true);
  });

  test('a server that only redirects serves no route', () => {
    const redirect = http(['*'], { tls: { httpsRedirect: true } });
    const api = virtualService(['a.example.com']);
    expect(unservedRoute('http', 'edge/public', {}, api, gateway(redirect))?.why).toContain('httpsRedirect');
    expect(unservedRoute('http', 'edge/public', {}, api, gateway(redirect, https(['*'])))).toBeUndefined();
    const both = { ...api, spec: { ...api.spec, gateways: ['edge/public', 'edge/secure'] } };
    expect(unservedRoute('http', 'edge/public', {}, both, gateway(redirect))).toBeUndefined();
  });

  /** As pkg/config/gateway/gateway.go has it; a mode that is not there is PASSTHROUGH. */
  test.for([
    ['HTTP', undefined, 'http'],
    ['HTTP2', undefined, 'http'],
    ['GRPC', undefined, 'http'],
    ['grpc-web', undefined, 'http'],
    ['HTTPS', { mode: 'SIMPLE' }, 'http'],
    ['HTTPS', { mode: 'OPTIONAL_MUTUAL' }, 'http'],
    ['HTTPS', { mode: 'PASSTHROUGH' }, 'tls'],
    ['HTTPS', { credentialName: 'shop' }, 'tls'],
    ['TLS', { mode: 'PASSTHROUGH' }, 'tls'],
    ['TLS', { mode: 'SIMPLE' }, 'tcp'],
    ['TCP', undefined, 'tcp'],
    ['MONGO', undefined, 'tcp'],
    ['TLS', { mode: 'AUTO_PASSTHROUGH' }, 'none'],
  ] as const)('a server of protocol %s with TLS %j is for %s routes', ([protocol, tls, kind]) => {
    const known = gateway({
      port: { number: 443, name: 'one', protocol },
      hosts: ['*'],
      ...(tls && { tls }),
    });
    const heard = (['http', 'tls', 'tcp'] as const).filter(
      (one) => unservedRoute(one, 'edge/public', {}, virtualService(['a.example.com']), known) === undefined,
    );
    expect(heard).toEqual(kind === 'none' ? [] : [kind]);
  });

  test('hosts and ports count for connections, too', () => {
    const tls = { port: { number: 443, name: 'tls', protocol: 'TLS' }, tls: { mode: 'PASSTHROUGH' } };
    const known = gateway({ ...tls, hosts: ['a.example.com'] });
    const why = (hosts: readonly string[], match: readonly Match[]): string | undefined =>
      unservedRoute('tls', 'edge/public', { match }, virtualService(hosts), known)?.why;
    expect(why(['a.example.com'], [{ port: 443, sniHosts: ['a.example.com'] }])).toBeUndefined();
    expect(why(['a.example.com'], [{ port: 8443 }])).toContain('at port 443 alone');
    expect(why(['b.example.com'], [{}])).toBe(
      'Gateway edge/public passes TLS through for a.example.com, and not b.example.com',
    );
  });

  test('of a Gateway that is not in sight nothing is said', () => {
    const api = virtualService(['a.example.com']);
    expect(unservedRoute('http', 'edge/public', {}, api, {})).toBeUndefined();
    expect(unservedRoute('http', 'edge/other', {}, api, gateway(http(['b.example.com'])))).toBeUndefined();
    const absent = { gatewayServers: {}, absentGateways: ['edge/other'] };
    expect(unservedRoute('http', 'edge/other', {}, api, absent)?.why).toBe(
      'there is no Gateway edge/other in the cluster',
    );
    expect(unservedRoute('http', 'constructor', {}, api, gateway(http(['b.example.com'])))).toBeUndefined();
  });
});

test('of https that is passed through no request is read', () => {
  const passing = { ...https(['a.example.com']), tls: { mode: 'PASSTHROUGH' } };
  const known = gateway(http(['*'], { tls: { httpsRedirect: true } }), passing);
  const sight = { ...known, virtualServices: [] };
  const ask = (scheme: string, authority: string): string | undefined =>
    unservedRequest({ gateway: 'edge/public', authority, scheme }, ['shop'], sight)?.why;
  expect(ask('https', 'a.example.com')).toBe(
    'Gateway edge/public passes TLS through at port 443, and looks at no http route there',
  );
  expect(ask('https', 'b.example.com')).toBeUndefined();
  expect(ask('http', 'a.example.com')).toContain('httpsRedirect');
});

test('a plain request is redirected, one by https has its route', () => {
  const known = gateway(http(['a.example.com'], { tls: { httpsRedirect: true } }), https(['a.example.com']));
  const sight = { ...known, virtualServices: [] };
  const ask = (scheme: string, authority: string): boolean | undefined =>
    unservedRequest({ gateway: 'edge/public', authority, scheme }, ['shop'], sight)?.isRedirected;
  expect([ask('http', 'a.example.com'), ask('https', 'a.example.com'), ask('http', 'b.example.com')]).toEqual(
    [true, undefined, false],
  );
});

/** What Envoy does was seen on a real one: test/cluster/explain-gateways.test.ts. */
describe('a request comes by the servers at its port', () => {
  const REDIRECT = { tls: { httpsRedirect: true } };
  const other = (hosts: readonly string[], more: object = {}): object => ({
    ...http(hosts, more),
    port: { number: 8080, name: 'http-other', protocol: 'HTTP' },
  });
  const answerAt = (known: GatewaySight, port: number, authority: string, host?: string): string => {
    const virtualServices = host === undefined ? [] : [virtualService([host])];
    const asked = { gateway: 'edge/public', authority, scheme: 'http', port };
    const found = unservedRequest(asked, ['shop'], { ...known, virtualServices }, host);
    return found === undefined ? 'served' : found.isRedirected ? 'redirected' : 'unserved';
  };

  test('one of another port neither serves it nor keeps it from being redirected', () => {
    const known = gateway(http(['a.example.com'], REDIRECT), other(['a.example.com', 'b.example.com']));
    expect(answerAt(known, 80, 'a.example.com', 'a.example.com')).toBe('redirected');
    expect(answerAt(known, 8080, 'a.example.com', 'a.example.com')).toBe('served');
    expect(answerAt(known, 80, 'b.example.com', 'b.example.com')).toBe('unserved');
    expect(answerAt(known, 8080, 'b.example.com', 'b.example.com')).toBe('served');
  });

  test('a port of no server is that of a load balancer: it may come by any', () => {
    const known = gateway(other(['a.example.com']));
    expect(answerAt(known, 80, 'a.example.com', 'a.example.com')).toBe('served');
  });

  test('of several at one port, one that redirects does so for its hosts alone', () => {
    const known = gateway(http(['a.example.com'], REDIRECT), http(['*.example.com']));
    expect(answerAt(known, 80, 'a.example.com', 'a.example.com')).toBe('redirected');
    expect(answerAt(known, 80, 'a.example.com', '*.example.com')).toBe('redirected');
    expect(answerAt(known, 80, 'b.example.com', '*.example.com')).toBe('served');
    const wide = gateway(http(['*'], REDIRECT), http(['a.example.com']));
    expect(answerAt(wide, 80, 'a.example.com', 'a.example.com')).toBe('redirected');
    expect(answerAt(wide, 80, 'b.example.com')).toBe('redirected');
  });
});
