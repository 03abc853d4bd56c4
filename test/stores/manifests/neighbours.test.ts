import { describe, expect, test } from 'vitest';
import { neighboursIn, type Neighbours } from '../../../src/stores/manifests/neighbours.ts';
import { withDocuments } from '../../../src/stores/manifests/source-documents.ts';

function read(...texts: readonly string[]): Neighbours {
  const steps = neighboursIn(
    texts.map((text) => withDocuments({ text })),
    'shop',
  );
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: api}
spec:
  clusterIP: None
  selector: {app: api}
  ports: [{port: 80, name: tcp-api}, {port: 81}]
`;

const GATEWAY = `apiVersion: networking.istio.io/v1beta1
kind: Gateway
metadata: {name: public, namespace: edge}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [api.example.com]}]
`;

describe('what else is in the files', () => {
  test('a Service, by its ports and its address', () => {
    expect(read(SERVICE).declared).toEqual([
      {
        kind: 'Service',
        name: 'api',
        namespace: 'shop',
        hosts: ['api.shop.svc.cluster.local'],
        ports: [80, 81],
        protocols: new Map([[80, 'tcp']]),
        isHeadless: true,
        selector: { app: 'api' },
      },
    ]);
  });

  test('a Gateway, by what it serves', () => {
    expect(read(`${SERVICE}---\n${GATEWAY}`).gatewayServers?.['edge/public']).toMatchObject([
      { scheme: 'http', port: 80, hosts: ['api.example.com'] },
    ]);
  });

  test('those of a list, and of JSON', () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n${SERVICE.replaceAll(/^/gm, '    ').replace('    ', '  - ')}`;
    expect(read(list.trimEnd()).declared?.map(({ name }) => name)).toEqual(['api']);
    const json = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'api' },
      spec: { ports: [{ port: 80 }] },
    };
    expect(read(JSON.stringify(json, null, 2)).declared?.map(({ ports }) => ports)).toEqual([[80]]);
  });

  test.for([
    ['a base and its overlay', [SERVICE, SERVICE.replace('None', '10.0.0.1')]],
    ['a template', [SERVICE.replace('tcp-api', '"{{ .Values.name }}"')]],
    ['what is no YAML', [`${SERVICE}  x: [`]],
    [
      'another kind of the same name',
      [SERVICE.replace('apiVersion: v1', 'apiVersion: serving.knative.dev/v1')],
    ],
    ['a VirtualService', [SERVICE.replace('kind: Service', 'kind: VirtualService')]],
  ] as const)('nothing is said by %s', ([, texts]) => {
    expect(read(...texts)).toEqual({});
  });
});
