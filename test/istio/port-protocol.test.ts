import { describe, expect, test } from 'vitest';
import { isHeard, namedProtocol, protocolOfPort } from '../../src/istio/port-protocol.ts';

/** As Istio's own table has it: pkg/config/kube/conversion_test.go. */
describe('what Istio takes a port for', () => {
  test.for([
    [8888, '', 'TCP', undefined, undefined],
    [25, '', 'TCP', undefined, 'tcp'],
    [53, '', 'TCP', undefined, 'tcp'],
    [3306, '', 'TCP', undefined, 'tcp'],
    [27017, '', 'TCP', undefined, 'tcp'],
    [8888, 'http', 'TCP', undefined, 'http'],
    [8888, 'http-test', 'TCP', undefined, 'http'],
    [8888, 'http', 'UDP', undefined, 'udp'],
    [8888, 'httptest', 'TCP', undefined, undefined],
    [25, 'httptest', 'TCP', undefined, 'tcp'],
    [8888, 'HTTP', 'TCP', undefined, 'http'],
    [8888, 'http2-test', 'TCP', undefined, 'http'],
    [8888, 'grpc', 'TCP', undefined, 'http'],
    [8888, 'grpc-web', 'TCP', undefined, 'http'],
    [8888, 'GRPC-WEB-test', 'TCP', undefined, 'http'],
    [8888, 'https-a', 'TCP', undefined, 'tls'],
    [8888, 'tls', 'TCP', undefined, 'tls'],
    [8888, 'mysql-test', 'TCP', undefined, 'tcp'],
    [8888, 'http', 'TCP', 'tcp', 'tcp'],
    [8888, 'tcp', 'TCP', 'http', 'http'],
    [8888, 'tcp', 'TCP', 'kubernetes.io/h2c', 'http'],
    [8888, 'tcp', 'TCP', 'kubernetes.io/ws', 'http'],
    [8888, 'http', 'TCP', 'kubernetes.io/wss', 'tls'],
    [8888, 'http', 'TCP', 'my.company/protocol', undefined],
    [8888, 'constructor', 'TCP', undefined, undefined],
  ] as const)('port %i "%s" %s, appProtocol %s: %s', ([number, name, transport, appProtocol, protocol]) => {
    expect(
      protocolOfPort({ number, name, transport, ...(appProtocol !== undefined && { appProtocol }) }),
    ).toBe(protocol);
  });

  test('a ServiceEntry says it in its own field', () => {
    expect(['HTTP', 'HTTPS', 'TLS', 'MONGO', 'GRPC-WEB', ''].map(namedProtocol)).toEqual([
      'http',
      'tls',
      'tls',
      'tcp',
      'http',
      undefined,
    ]);
  });
});

test('which lists of routes sidecars look at', () => {
  const kinds = ['http', 'tls', 'tcp'] as const;
  const heard = (['http', 'tls', 'tcp', 'udp', undefined] as const).map((protocol) =>
    kinds.filter((kind) => isHeard(kind, protocol)),
  );
  expect(heard).toEqual([['http'], ['tls'], ['tcp'], [], ['http', 'tcp']]);
});
