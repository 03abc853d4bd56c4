import { describe, expect, test } from 'vitest';
import { pathText, shapeFaults } from '../../src/istio/shape.ts';

const METADATA = { name: 'api' };

function messages(kind: string, spec: unknown, metadata: unknown = METADATA): string[] {
  return shapeFaults({ apiVersion: 'networking.istio.io/v1', kind, metadata, spec }).map(
    ({ message }) => message,
  );
}

describe('a VirtualService', () => {
  test('with everything that we read, and much that we do not, has no fault', () => {
    const spec = {
      hosts: ['api'],
      gateways: ['mesh'],
      http: [
        {
          name: 'a',
          match: [
            {},
            { uri: { prefix: '/' }, headers: { 'x-a': {} }, port: 80, ignoreUriCase: true, new: 1 },
          ],
          route: [
            { destination: { host: 'api', subset: 'v1', port: { number: 80 } }, weight: 0, headers: {} },
          ],
          retries: null,
        },
        { redirect: { uri: '/' } },
      ],
      tls: [{ match: [{ sniHosts: ['a'], port: 443 }], route: [{ destination: { host: 'a' } }] }],
      tcp: [],
      future: 5,
    };
    expect(messages('VirtualService', spec)).toEqual([]);
  });

  test.for<[spec: unknown, message: string]>([
    [undefined, 'spec is missing'],
    [null, 'spec must be an object with fields, not nothing (null)'],
    [{ http: {} }, 'spec.http must be a list, not an object'],
    [{ http: ['api'] }, 'spec.http[0] must be an object with fields, not text ("api")'],
    [{ tcp: [{ match: {} }] }, 'spec.tcp[0].match must be a list, not an object'],
    [
      { http: [{ match: [null] }] },
      'spec.http[0].match[0] must be an object with fields, not nothing (null)',
    ],
    [{ http: [{ match: null }] }, 'spec.http[0].match must be a list, not nothing (null)'],
    [{ http: [{ route: [{ weight: 1 }] }] }, 'spec.http[0].route[0].destination is missing'],
    [{ http: [{ route: [{ destination: {} }] }] }, 'spec.http[0].route[0].destination.host is missing'],
    [
      { http: [{ route: [{ destination: { host: '' } }] }] },
      'spec.http[0].route[0].destination.host is empty',
    ],
    [
      { http: [{ route: [{ destination: { host: 'a' }, weight: '20' }] }] },
      'spec.http[0].route[0].weight must be a whole number from 0 to 2147483647, not text ("20")',
    ],
    [
      { http: [{ route: [{ destination: { host: 'a' }, weight: 2.5 }] }] },
      'spec.http[0].route[0].weight must be a whole number from 0 to 2147483647, not 2.5',
    ],
    [
      { http: [{ route: [{ destination: { host: 'a' }, weight: -1 }] }] },
      'spec.http[0].route[0].weight must be a whole number from 0 to 2147483647, not -1',
    ],
    [
      { http: [{ route: [{ destination: { host: 'a', port: { number: 0 } } }] }] },
      'spec.http[0].route[0].destination.port.number must be a whole number from 1 to 65535, not 0',
    ],
    [
      { http: [{ route: [{ destination: { host: 'a' }, weight: 2 ** 31 }] }] },
      'spec.http[0].route[0].weight must be a whole number from 0 to 2147483647, not 2147483648',
    ],
    [
      { http: [{ route: [{ destination: { host: 5 } }] }] },
      'spec.http[0].route[0].destination.host must be text, not 5: write it in quotes',
    ],
    [{ http: [{ name: 20 }] }, 'spec.http[0].name must be text, not 20: write it in quotes'],
    [
      { http: [{ match: [{ headers: { 'x-cid': { exact: true } } }] }] },
      'spec.http[0].match[0].headers.x-cid.exact must be text, not true: write it in quotes',
    ],
    [
      { http: [{ match: [{ uri: { exact: 'a', regex: 'b' } }] }] },
      'spec.http[0].match[0].uri has exact and regex: only one of them is allowed',
    ],
    [
      { http: [{ match: [{ uri: null }] }] },
      'spec.http[0].match[0].uri must be an object with fields, not nothing (null)',
    ],
    [
      { http: [{ match: [{ headers: ['x-cid'] }] }] },
      'spec.http[0].match[0].headers must be an object with fields, not a list',
    ],
    [
      { http: [{ match: [{ ignoreUriCase: 'yes' }] }] },
      'spec.http[0].match[0].ignoreUriCase must be true or false, not text ("yes")',
    ],
    [
      { http: [{ match: [{ ignoreUriCase: null }] }] },
      'spec.http[0].match[0].ignoreUriCase must be true or false, not nothing (null)',
    ],
    [{ hosts: 'api' }, 'spec.hosts must be a list, not text ("api")'],
    [{ hosts: 'x'.repeat(60) }, `spec.hosts must be a list, not text ("${'x'.repeat(60)}")`],
    [{ hosts: 'x'.repeat(61) }, `spec.hosts must be a list, not text ("${'x'.repeat(60)}…")`],
  ])('%j: %s', ([spec, message]) => {
    expect(messages('VirtualService', spec)).toEqual([message]);
  });

  test.for<[metadata: unknown, message: string]>([
    [null, 'metadata must be an object with fields, not nothing (null)'],
    [{}, 'metadata.name is missing'],
    [{ name: 5 }, 'metadata.name must be text, not 5: write it in quotes'],
    [
      { name: '{{ .Values.name }}' },
      'metadata.name must be a name of lower-case letters, digits, "-" and ".", not text ("{{ .Values.name }}")',
    ],
    [{ name: 'a', labels: { build: 10 } }, 'metadata.labels.build must be text, not 10: write it in quotes'],
    [
      { name: 'a', annotations: { 'istiops/baseline': [] } },
      'metadata.annotations["istiops/baseline"] must be text, not a list',
    ],
  ])('%j: %s', ([metadata, message]) => {
    expect(messages('VirtualService', {}, metadata)).toEqual([message]);
  });

  test.for(['a', 'a1', 'shop-api.v2', 'a--b', 'a.b-c.d', 'a.b-1-c', '1', 'x'.repeat(253)])(
    'may be called %s',
    (name) => {
      expect(messages('VirtualService', {}, { name })).toEqual([]);
    },
  );

  test.for([
    '',
    '-a',
    'a-',
    '.a',
    'a.',
    'a..b',
    'a.-b',
    'a.b-',
    'A',
    'a_b',
    'a/b',
    'a b',
    'a.B',
    'x'.repeat(254),
  ])('may not be called %j', (name) => {
    expect(messages('VirtualService', {}, { name })).toEqual([
      expect.stringMatching(/^metadata\.name must be a name of lower-case letters/),
    ]);
  });

  test.for([0, 1, 2 ** 31 - 1])('may give a weight of %d', (weight) => {
    const route = [{ destination: { host: 'a' }, weight }];
    expect(messages('VirtualService', { http: [{ route }] })).toEqual([]);
  });

  test.for([1, 65535])('may send to port %d', (number) => {
    const route = [{ destination: { host: 'a', port: { number } } }];
    expect(messages('VirtualService', { http: [{ route }] })).toEqual([]);
  });

  test('may have nothing below what Kubernetes reads as absent', () => {
    const metadata = { name: 'a', namespace: null, labels: null, annotations: null };
    expect(messages('VirtualService', {}, metadata)).toEqual([]);
  });

  test('all faults come at once', () => {
    expect(messages('VirtualService', { http: [{ name: 1 }, { name: 2 }] }, { name: '' })).toHaveLength(3);
  });
});

describe('a DestinationRule', () => {
  test.for<[spec: unknown, messages: string[]]>([
    [
      { host: 'api', subsets: [{ name: 'v1', labels: { a: 'b' }, trafficPolicy: {} }], trafficPolicy: {} },
      [],
    ],
    [{}, ['spec.host is missing']],
    [{ host: 'api', subsets: {} }, ['spec.subsets must be a list, not an object']],
    [{ host: 'api', subsets: [{}] }, ['spec.subsets[0].name is missing']],
    [
      { host: 'api', subsets: [{ name: 'a', labels: { version: 1 } }] },
      ['spec.subsets[0].labels.version must be text, not 1: write it in quotes'],
    ],
  ])('%j: %j', ([spec, expected]) => {
    expect(messages('DestinationRule', spec)).toEqual(expected);
  });
});

test.for([null, 'text', 5, []])('%j is no object at all', (value) => {
  expect(shapeFaults(value)[0]?.message).toMatch(/^the object must be an object/);
});

test('a path is written as people write it', () => {
  expect(pathText(['spec', 'http', 0, 'match', 1, 'headers', 'x.y'])).toBe(
    'spec.http[0].match[1].headers["x.y"]',
  );
});
