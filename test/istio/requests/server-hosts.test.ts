import { describe, expect, test } from 'vitest';
import { serversOf } from '../../../src/istio/gateways.ts';
import { hostsAtGateway, hostsOfBoth, hostsOfServers } from '../../../src/istio/requests/server-hosts.ts';
import type { VirtualService } from '../../../src/istio/types.ts';

function forHosts(...hosts: string[]): VirtualService {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'api', namespace: 'shop' },
    spec: { hosts, gateways: ['edge/public'] },
  };
}

describe('the hosts of a VirtualService at a gateway are those that a server is for as well', () => {
  test.each([
    ['the server names one of all', ['*'], ['shop.io'], ['shop.io']],
    ['the server has a wildcard', ['shop.io'], ['*'], ['shop.io']],
    ['both have wildcards', ['*.io'], ['*.shop.io'], ['*.shop.io']],
    ['each of several', ['*.io', 'a.com'], ['b.io', '*.com'], ['b.io', 'a.com']],
    ['for its namespace', ['*'], ['shop/a.io', 'team/b.io', './c.io'], ['a.io']],
    ['in capitals', ['*'], ['Shop.IO'], ['shop.io']],
    ['a wildcard is not for its own domain', ['shop.io'], ['*.shop.io'], []],
    ['none', ['a.io'], ['b.io'], []],
  ])('%s', (_, hosts, served, expected) => {
    expect(hostsOfBoth(forHosts(...hosts), 'edge/public', served)).toEqual(expected);
  });

  test('its own, where the Gateway is not in sight or serves none of them', () => {
    expect(hostsAtGateway(forHosts('a.io'), 'edge/public', undefined)).toEqual(['a.io']);
    expect(hostsAtGateway(forHosts('a.io'), 'edge/public', ['b.io'])).toEqual(['a.io']);
  });
});

test('a request comes by the servers of its port, and not by those that only redirect', () => {
  const known = {
    gatewayServers: {
      'edge/public': serversOf({
        servers: [
          { port: { number: 80, protocol: 'HTTP' }, hosts: ['*'], tls: { httpsRedirect: true } },
          { port: { number: 443, protocol: 'HTTPS' }, hosts: ['shop.io'], tls: { mode: 'SIMPLE' } },
          { port: { number: 8443, protocol: 'HTTPS' }, hosts: ['team.io'], tls: { mode: 'SIMPLE' } },
        ],
      }),
    },
  };
  expect(hostsOfServers('edge/public', 443, known)).toEqual([['shop.io']]);
  expect(hostsOfServers('edge/public', 80, known)).toEqual([['shop.io'], ['team.io']]);
  expect(hostsOfServers('edge/other', 80, known)).toBeUndefined();
});
