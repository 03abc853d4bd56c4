import { describe, expect, test } from 'vitest';
import type {
  DestinationRule,
  Labels,
  Route,
  RouteDestination,
  ServiceView,
  VirtualService,
} from '../../src/istio/types.ts';
import { notUnderstood } from '../../src/istio/not-understood.ts';
import { safeToScaleDown } from '../../src/plan/scale-down.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { subsetLabels } from '../../src/plan/views.ts';
import { destinationRule, snapshotOf, virtualService } from '../support/plane.ts';

const rule = destinationRule({
  v1: { app: 'api', build: '1' },
  v2: { app: 'api', build: '2' },
  same: { build: '1', app: 'api' },
  app: { app: 'api' },
  blue: { colour: 'blue' },
});

const to = (subset: string, weight?: number, host = 'api'): RouteDestination => ({
  destination: { host, ...(subset !== '' && { subset }) },
  ...(weight !== undefined && { weight }),
});

/** What may be scaled down once the VirtualServices of a snapshot, the first of which is changed, are `after`. */
function safeAfter(
  snapshot: Snapshot,
  after: readonly VirtualService[],
  rules: readonly DestinationRule[],
): readonly string[] {
  const [[before], [changed]] = [snapshot.virtualServices, after];
  if (before === undefined || changed === undefined) throw new Error('no VirtualService');
  return safeToScaleDown(snapshot, {
    phases: [{ name: 'routes', writes: [{ kind: 'VirtualService', before, after: changed }] }],
    virtualServices: [before],
    after,
    subsets: subsetLabels(rules),
  });
}

const pod = (labels: Labels) => ({ name: 'p', labels, ready: true });
const web: ServiceView = {
  kind: 'Service',
  name: 'web',
  namespace: 'shop',
  hosts: ['web.shop.svc.cluster.local'],
  ports: [80],
  selector: { tier: 'web' },
};

test.for<[string, before: Route[], after: Route[], expected: string[], pods?: Labels[]]>([
  ['gets requests no more', [{ route: [to('v1')] }], [{ route: [to('v2')] }], ['app=api,build=1']],
  ['is at 0', [{ route: [to('v1')] }], [{ route: [to('v1', 0), to('v2', 100)] }], ['app=api,build=1']],
  [
    'was listed with 0, and is no more',
    [{ route: [to('v1', 0), to('v2', 100)] }],
    [{ route: [to('v2')] }],
    ['app=api,build=1'],
  ],
  [
    'stays listed with 0',
    [{ route: [to('v1', 0), to('v2', 100)] }],
    [{ route: [to('v1', 0), to('v2', 50), to('blue', 50)] }],
    [],
  ],
  ['still gets some elsewhere', [{ route: [to('v1')] }], [{ route: [to('v2')] }, { route: [to('v1')] }], []],
  [
    'still gets copies',
    [{ route: [to('v1')] }],
    [{ route: [to('v2')], mirror: { host: 'api', subset: 'v1' } }],
    [],
  ],
  ['is reached by another name', [{ route: [to('v1')] }], [{ route: [to('same')] }], []],
  ['is reached by fewer labels', [{ route: [to('v1')] }], [{ route: [to('app')] }], []],
  ['is reached by the whole service', [{ route: [to('v1')] }], [{ route: [to('')] }], []],
  ['reached the whole service only', [{ route: [to('')] }], [{ route: [to('v1')] }], []],
  ['is unknown', [{ route: [to('gone')] }], [{ route: [to('v1')] }], []],
  ['is reached by a subset that nobody knows', [{ route: [to('v1')] }], [{ route: [to('gone')] }], []],
  [
    'is left for a subset of another host that nobody knows',
    [{ route: [to('v1')] }],
    [{ route: [to('gone', undefined, 'web')] }],
    ['app=api,build=1'],
  ],
  [
    'two names, one selector',
    [{ route: [to('v1', 50), to('same', 50)] }],
    [{ route: [to('v2')] }],
    ['app=api,build=1'],
  ],
  [
    'two, sorted',
    [{ route: [to('v2', 50), to('v1', 50)] }],
    [{ route: [to('blue')] }],
    ['app=api,build=1', 'app=api,build=2'],
  ],
  [
    'shares a pod with a subset of other labels',
    [{ route: [to('v1')] }],
    [{ route: [to('blue')] }],
    [],
    [{ app: 'api', build: '1', colour: 'blue' }],
  ],
  [
    'shares no pod with it',
    [{ route: [to('v1')] }],
    [{ route: [to('blue')] }],
    ['app=api,build=1'],
    [
      { app: 'api', build: '1' },
      { app: 'api', colour: 'blue' },
    ],
  ],
  [
    'shares a pod with another service',
    [{ route: [to('v1')] }],
    [{ route: [to('', undefined, 'web')] }],
    [],
    [{ app: 'api', build: '1', tier: 'web' }],
  ],
  [
    'shares no pod with another service',
    [{ route: [to('v1')] }],
    [{ route: [to('', undefined, 'web')] }],
    ['app=api,build=1'],
    [{ app: 'api', build: '1' }],
  ],
])('a build that %s', ([, before, after, expected, pods]) => {
  const snapshot = {
    ...snapshotOf([virtualService({ http: before })], [rule]),
    source: 'kubernetes' as const,
    services: { state: 'known' as const, items: [web, { ...web, name: 'b', selector: { x: 'y' } }] },
    pods: { state: 'known' as const, items: (pods ?? []).map(pod) },
  };
  expect(safeAfter(snapshot, [virtualService({ http: after })], [rule])).toEqual(expected);
});

const NO_SELECTORS: readonly (readonly [string, Labels])[] = [
  ['no labels', {}],
  ['an empty key', { '': 'x' }],
  ['a value with another selector in it', { build: '9 app=victim' }],
  ['a value with a comma', { build: '9,app=victim' }],
  ['a value that is a flag', { build: '-A' }],
  ['a value of several lines', { build: '9\napp=victim' }],
  ['a key with a blank', { 'a b': 'x' }],
  ['a key that negates', { '!app': 'x' }],
  ['a value that is too long', { build: 'x'.repeat(64) }],
  ['one bad label among good ones', { app: 'api', build: '$(rm -rf ~)' }],
];

test.for(NO_SELECTORS)('a subset with %s is no selector', ([, labels]) => {
  const rules = [destinationRule({ v1: labels, v2: { app: 'api', build: '2' } })];
  const snapshot = {
    ...snapshotOf([virtualService({ http: [{ route: [to('v1')] }] })], rules),
    source: 'kubernetes' as const,
    pods: { state: 'known' as const, items: [] },
    services: { state: 'known' as const, items: [] },
  };
  const after = [virtualService({ http: [{ route: [to('v2')] }] })];
  expect(safeAfter(snapshot, after, rules)).toEqual([]);
});

test.for([
  ['manifests', { source: 'manifests' as const }],
  ['pods that may not be listed', { pods: { state: 'forbidden' as const, reason: 'no right' } }],
] as const)('nothing is safe with %s', ([, more]) => {
  const snapshot = {
    ...snapshotOf([virtualService({ http: [{ route: [to('v1')] }] })], [rule]),
    source: 'kubernetes' as const,
    pods: { state: 'known' as const, items: [] },
    ...more,
  };
  const after = [virtualService({ http: [{ route: [to('v2')] }] })];
  expect(safeAfter(snapshot, after, [rule])).toEqual([]);
});

describe('a VirtualService of another namespace sends to a subset of the same labels, of', () => {
  const entry = (more: Partial<ServiceView>): ServiceView => ({
    kind: 'ServiceEntry',
    name: 'partner',
    namespace: 'shop',
    hosts: ['api.partner.test'],
    ports: [80],
    ...more,
  });
  const safe = ['app=api,build=1'];

  test.for<[string, host: string, entries: ServiceView[], expected: string[]]>([
    ['a service there', 'api.other.svc.cluster.local', [], safe],
    ['the same service', 'api.shop.svc.cluster.local', [], []],
    ['a name from outside the cluster', 'api.partner.test', [], safe],
    ['a name that an entry of this namespace gives to names', 'api.partner.test', [entry({})], safe],
    [
      'a name that an entry of this namespace gives to its pods',
      'api.partner.test',
      [entry({ selector: { app: 'api' } })],
      [],
    ],
    [
      'a name that an entry of this namespace gives to addresses',
      'api.partner.test',
      [entry({ endpoints: [{ build: '1' }] })],
      [],
    ],
  ])('%s', ([, host, entries, expected]) => {
    const other = {
      ...destinationRule({ v1: { build: '1' } }),
      metadata: { name: 'other', namespace: 'other' },
      spec: { host, subsets: [{ name: 'v1', labels: { build: '1' } }] },
    };
    const sends = {
      ...virtualService({ http: [{ route: [to('v1', undefined, host)] }] }),
      metadata: { name: 'other', namespace: 'other' },
    };
    const before = virtualService({ http: [{ route: [to('v1')] }] });
    const rules = [other, rule];
    const snapshot = {
      ...snapshotOf([before, sends], rules),
      source: 'kubernetes' as const,
      services: { state: 'known' as const, items: entries },
      pods: { state: 'known' as const, items: [] },
    };
    const after = [virtualService({ http: [{ route: [to('v2')] }] }), sends];
    expect(safeAfter(snapshot, after, rules)).toEqual(expected);
  });
});

test.for([
  ['its own namespace', 'shop', { http: 'none' }, []],
  ['another namespace, that names its host', 'other', { http: 'API.shop.svc.cluster.local' }, []],
  ['another namespace, that names a subset alike', 'other', { http: ['api', 'v1'] }, ['app=api,build=1']],
] as const)('what nobody understands in %s', ([, namespace, spec, expected]) => {
  const metadata = { name: 'odd', namespace };
  const odd = notUnderstood('VirtualService', { metadata, spec }, namespace, 'spec.http must be a list');
  const own = virtualService({ http: [{ route: [to('v1')] }] });
  const snapshot = {
    ...snapshotOf([own], [rule]),
    source: 'kubernetes' as const,
    pods: { state: 'known' as const, items: [] },
    notUnderstood: [odd],
  };
  const after = [virtualService({ http: [{ route: [to('v2')] }] })];
  expect(safeAfter(snapshot, after, [rule])).toEqual(expected);
});

test('what nobody understands names its host, which the route spells in capitals', () => {
  const host = 'API.shop.svc.cluster.local';
  const spec = { http: host.toLowerCase() };
  const metadata = { name: 'odd', namespace: 'other' };
  const odd = notUnderstood('VirtualService', { metadata, spec }, 'other', 'spec.http must be a list');
  const spelled = { ...rule, spec: { ...rule.spec, host } };
  const snapshot = {
    ...snapshotOf([virtualService({ http: [{ route: [to('v1', undefined, host)] }] })], [spelled]),
    source: 'kubernetes' as const,
    pods: { state: 'known' as const, items: [] },
  };
  const after = [virtualService({ http: [{ route: [to('v2', undefined, host)] }] })];
  expect(safeAfter(snapshot, after, [spelled])).toEqual(['app=api,build=1']);
  expect(safeAfter({ ...snapshot, notUnderstood: [odd] }, after, [spelled])).toEqual([]);
});
