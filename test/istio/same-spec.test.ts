import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { sameSpec, specDifference } from '../../src/istio/same-spec.ts';

const to = (subset: string, more: JsonObject = {}): JsonObject => ({
  destination: { host: 'api', subset },
  ...more,
});
const http = (...routes: readonly JsonObject[]): JsonObject => ({ hosts: ['api'], http: routes });
const match = (block: JsonObject): JsonObject => http({ match: [block], route: [to('v1')] });
const split = (first: JsonObject, second: JsonObject): JsonObject =>
  http({ route: [to('v1', first), to('v2', second)] });
const plain = http({ route: [to('v1')] });
const rule = (more: JsonObject): JsonObject => ({ host: 'api', ...more });

const SAME: readonly [string, string, JsonObject, JsonObject][] = [
  ['the order of keys', 'VirtualService', { hosts: ['a'], http: [] }, { http: [], hosts: ['a'] }],
  [
    'an absent weight among several is 0',
    'VirtualService',
    split({}, { weight: 100 }),
    split({ weight: 0 }, { weight: 100 }),
  ],
  [
    'a weight of null',
    'VirtualService',
    split({ weight: null }, { weight: 100 }),
    split({}, { weight: 100 }),
  ],
  ['an absent weight alone is 100', 'VirtualService', plain, http({ route: [to('v1', { weight: 100 })] })],
  ['weight 0 alone', 'VirtualService', plain, http({ route: [to('v1', { weight: 0 })] })],
  [
    'weights 0 and 100 alone',
    'VirtualService',
    http({ route: [to('v1', { weight: 0 })] }),
    http({ route: [to('v1', { weight: 100 })] }),
  ],
  [
    'the same in tcp',
    'VirtualService',
    { tcp: [{ route: [to('v1')] }] },
    { tcp: [{ match: [], route: [to('v1', { weight: 100 })] }] },
  ],
  [
    'the same in tls',
    'VirtualService',
    { tls: [{ match: [{ sniHosts: ['a'] }], route: [to('v1', { weight: 0 }), to('v2', { weight: 1 })] }] },
    {
      tls: [
        {
          match: [{ sniHosts: ['a'], port: 0, destinationSubnets: [] }],
          route: [to('v1'), to('v2', { weight: 1 })],
        },
      ],
    },
  ],
  [
    'an empty subset',
    'VirtualService',
    http({ route: [{ destination: { host: 'api', subset: '' } }] }),
    http({ route: [{ destination: { host: 'api' } }] }),
  ],
  [
    'an empty subset of a mirror',
    'VirtualService',
    http({ route: [to('v1')], mirror: { host: 'api', subset: '' } }),
    http({ route: [to('v1')], mirror: { host: 'api' } }),
  ],
  ['empty lists', 'VirtualService', { ...plain, gateways: [], exportTo: [], tls: [], tcp: [] }, plain],
  ['an empty list of matches', 'VirtualService', http({ match: [], route: [to('v1')] }), plain],
  [
    'what a match leaves out',
    'VirtualService',
    match({ uri: { prefix: '/a' } }),
    match({
      uri: { prefix: '/a' },
      headers: {},
      withoutHeaders: {},
      queryParams: {},
      sourceLabels: {},
      gateways: [],
      port: 0,
      ignoreUriCase: false,
      name: '',
      sourceNamespace: '',
      statPrefix: '',
    }),
  ],
  [
    'empty header operations',
    'VirtualService',
    http({ route: [to('v1', { headers: { request: { set: {}, remove: [] } } })] }),
    http({ route: [to('v1', { headers: { request: {} } })] }),
  ],
  ['null for a message', 'VirtualService', http({ route: [to('v1')], retries: null, timeout: null }), plain],
  ['a rule without subsets', 'DestinationRule', rule({ subsets: [] }), rule({})],
  [
    'a subset without labels',
    'DestinationRule',
    rule({ subsets: [{ name: 'all', labels: {} }] }),
    rule({ subsets: [{ name: 'all' }] }),
  ],
];

test.each(SAME)('the same: %s', (_, kind, first, second) => {
  expect(specDifference(kind, first, second)).toBeUndefined();
  expect(sameSpec(kind, second, first)).toBe(true);
});

const OTHER: readonly [string, string, JsonObject, JsonObject, string][] = [
  [
    'another weight',
    'VirtualService',
    split({ weight: 80 }, { weight: 20 }),
    split({ weight: 50 }, { weight: 50 }),
    'spec.http[0].route[0].weight',
  ],
  [
    'weights in the same proportion, which nobody wrote',
    'VirtualService',
    split({ weight: 1 }, { weight: 1 }),
    split({ weight: 50 }, { weight: 50 }),
    'spec.http[0].route[0].weight',
  ],
  [
    'an absent weight that becomes one',
    'VirtualService',
    split({}, { weight: 100 }),
    split({ weight: 1 }, { weight: 99 }),
    'spec.http[0].route[0].weight',
  ],
  [
    'another weight alone',
    'VirtualService',
    plain,
    http({ route: [to('v1', { weight: 50 })] }),
    'spec.http[0].route[0].weight',
  ],
  [
    'a destination more',
    'VirtualService',
    plain,
    split({ weight: 100 }, { weight: 0 }),
    'spec.http[0].route',
  ],
  [
    'destinations in another order',
    'VirtualService',
    http({ route: [to('v1', { weight: 1 }), to('v2', { weight: 1 })] }),
    http({ route: [to('v2', { weight: 1 }), to('v1', { weight: 1 })] }),
    'spec.http[0].route[0].destination.subset',
  ],
  [
    'another host',
    'VirtualService',
    plain,
    http({ route: [{ destination: { host: 'other', subset: 'v1' } }] }),
    'spec.http[0].route[0].destination.host',
  ],
  [
    'a host in full',
    'VirtualService',
    plain,
    http({ route: [{ destination: { host: 'api.shop.svc.cluster.local', subset: 'v1' } }] }),
    'spec.http[0].route[0].destination.host',
  ],
  [
    'routes in another order',
    'VirtualService',
    http({ name: 'a' }, { name: 'b' }),
    http({ name: 'b' }, { name: 'a' }),
    'spec.http[0].name',
  ],
  [
    'an empty match block, which takes everything',
    'VirtualService',
    match({}),
    http({ route: [to('v1')] }),
    'spec.http[0].match',
  ],
  [
    'retries that are switched off',
    'VirtualService',
    http({ route: [to('v1')], retries: {} }),
    plain,
    'spec.http[0].retries',
  ],
  [
    'a timeout of no time',
    'VirtualService',
    http({ route: [to('v1')], timeout: '0s' }),
    plain,
    'spec.http[0].timeout',
  ],
  [
    'a header that must be present',
    'VirtualService',
    match({ headers: { 'x-cid': {} } }),
    match({ headers: {} }),
    'spec.http[0].match[0].headers',
  ],
  [
    'an empty exact match',
    'VirtualService',
    match({ headers: { 'x-cid': { exact: '' } } }),
    match({ headers: { 'x-cid': {} } }),
    'spec.http[0].match[0].headers.x-cid.exact',
  ],
  [
    'a percentage of a wrapper',
    'VirtualService',
    http({ route: [to('v1')], mirrorPercent: 0 }),
    plain,
    'spec.http[0].mirrorPercent',
  ],
  [
    'a field that we do not know',
    'VirtualService',
    http({ route: [to('v1')], mystery: '' }),
    plain,
    'spec.http[0].mystery',
  ],
  [
    'a name that JavaScript knows',
    'VirtualService',
    http({ route: [to('v1')], constructor: '' }),
    plain,
    'spec.http[0].constructor',
  ],
  [
    'other labels of a subset',
    'DestinationRule',
    rule({ subsets: [{ name: 'v1', labels: { v: '1' } }] }),
    rule({ subsets: [{ name: 'v1', labels: { v: '2' } }] }),
    'spec.subsets[0].labels.v',
  ],
  ['a subset that is gone', 'DestinationRule', rule({ subsets: [{ name: 'v1' }] }), rule({}), 'spec.subsets'],
  ['an empty trafficPolicy', 'DestinationRule', rule({ trafficPolicy: {} }), rule({}), 'spec.trafficPolicy'],
  [
    'outlier detection that is switched on',
    'DestinationRule',
    rule({ trafficPolicy: { outlierDetection: {} } }),
    rule({ trafficPolicy: {} }),
    'spec.trafficPolicy.outlierDetection',
  ],
  ['another kind, of which we know nothing', 'Gateway', { servers: [] }, {}, 'spec.servers'],
];

describe.each(OTHER)('not the same: %s', (_, kind, first, second, field) => {
  test('and where', () => {
    expect(specDifference(kind, first, second)).toMatchObject({ field });
    expect(specDifference(kind, second, first)).toMatchObject({ field });
  });
});

test('what stands at the place that differs', () => {
  expect(
    specDifference('VirtualService', split({}, { weight: 100 }), split({ weight: 50 }, { weight: 50 })),
  ).toEqual({ field: 'spec.http[0].route[0].weight', first: undefined, second: 50 });
});

test('a deep spec with thousands of routes', () => {
  const many = (weight: JsonObject): JsonObject =>
    http(
      ...Array.from({ length: 5_000 }, (_, i) => ({
        name: `r${i}`,
        route: [to('v1', weight), to('v2', { weight: 1 })],
      })),
    );
  expect(sameSpec('VirtualService', many({}), many({ weight: 0 }))).toBe(true);
});
