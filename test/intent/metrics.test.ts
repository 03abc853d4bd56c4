import { expect, test } from 'vitest';
import { parseMetrics } from '../../src/intent/metrics.ts';

test.for([
  [
    'istio-system/prometheus:9090',
    {
      kind: 'service',
      scheme: 'http',
      namespace: 'istio-system',
      name: 'prometheus',
      port: '9090',
      path: '',
    },
  ],
  ['prometheus:http', { kind: 'service', scheme: 'http', name: 'prometheus', port: 'http', path: '' }],
  ['https:mon/thanos:10902/', { scheme: 'https', namespace: 'mon', name: 'thanos', port: '10902', path: '' }],
  ['mon/https:thanos:10902', { scheme: 'https', namespace: 'mon', name: 'thanos', port: '10902' }],
  ['https:mon/https:thanos:web', { scheme: 'https', namespace: 'mon', name: 'thanos', port: 'web' }],
  ['mon/https:9090', { scheme: 'http', namespace: 'mon', name: 'https', port: '9090' }],
  ['mon/mimir:8080/prometheus/api/v1/query', { name: 'mimir', path: '/prometheus' }],
  ['https://prom.test', { kind: 'url', url: 'https://prom.test' }],
  ['https://prom.test:8443/prometheus/', { kind: 'url', url: 'https://prom.test:8443/prometheus' }],
  ['http://10.0.0.1:9090/api/v1', { kind: 'url', url: 'http://10.0.0.1:9090' }],
] as const)('%s is understood', ([text, expected]) => {
  expect(parseMetrics(text)).toMatchObject({ ok: true, value: expected });
});

test.for([
  ['istio-system/prometheus', 'did you mean "istio-system/prometheus:9090"?'],
  ['http:mon/https:thanos:10902', 'it is neither a Service'],
  ['prom.corp:9090', 'an address begins with https://'],
  ['Istio/prometheus:9090', 'is not the name of a namespace'],
  ['a/b/c:1', 'names no port'],
  ['prometheus:0', 'is no port'],
  ['prometheus:65536', 'is no port'],
  ['mon/prometheus:9090/../../secrets', 'is no base path'],
  ['mon/prometheus:9090/a?b', 'is no base path'],
  ['ftp://prom.test', 'neither https nor http'],
  ['https://ada:s3cret@prom.test', 'these go into `metrics-headers`'],
  ['https://prom.test/?a=1', 'has a query or a fragment'],
  ['', 'it is neither a Service'],
])('%s is refused', ([text = '', problem = '']) => {
  expect(parseMetrics(text)).toMatchObject({ ok: false, problems: [expect.stringContaining(problem)] });
});
