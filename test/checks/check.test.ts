import { describe, expect, test } from 'vitest';
import type { Labels, Match, PodView, Route, RouteDestination, ServiceView } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import type { Listing, Snapshot } from '../../src/plan/types.ts';
import type { Finding } from '../../src/base/findings.ts';
import { destinationRule, intentOf, play, snapshotOf, virtualService } from '../support/plane.ts';

const RULE = destinationRule({ v1: { app: 'api', build: '1' }, v2: { app: 'api', build: '2' } });
const HOST = 'api.shop.svc.cluster.local';
const SERVICE: ServiceView = {
  kind: 'Service',
  name: 'api',
  namespace: 'shop',
  hosts: [HOST],
  ports: [80],
  selector: { app: 'api' },
};

const pod = (build: string, ready = true, more: Labels = {}): PodView => ({
  name: `api-${build}`,
  labels: { app: 'api', build, ...more },
  ready,
});
const to = (subset: string, more: Partial<RouteDestination['destination']> = {}): RouteDestination => ({
  destination: { host: 'api', ...(subset !== '' && { subset }), ...more },
});
const known = <T>(...items: readonly T[]): Listing<T> => ({ state: 'known', items });

/** A cluster where nothing speaks against anything, but for what is given. */
function cluster(http: readonly Route[] = [{ route: [to('v1')] }], given: Partial<Snapshot> = {}): Snapshot {
  return {
    ...snapshotOf([virtualService({ http })], [RULE]),
    source: 'kubernetes',
    pods: known(pod('1'), pod('2')),
    services: known(SERVICE),
    ...given,
  };
}

const BUILD = { 'pod-selector': 'app=api,build=2' };
const WEIGHT = { operation: 'weight', ...BUILD, weight: '20' };
const HEADERS = { operation: 'headers', ...BUILD, headers: 'x-a=1' };
const PROMOTE = { operation: 'promote', ...BUILD };
const STABLE = { 'stable-pod-selector': 'app=api,build=1' };

type Words = Readonly<Record<string, string>>;

/** `error code`, and `error† code` where `force` may overrule it. */
function codes(snapshot: Snapshot, words: Words = WEIGHT): string[] {
  return findings(snapshot, words).map(
    ({ severity, forceable, code }) => `${severity}${forceable ? '†' : ''} ${code}`,
  );
}

function findings(snapshot: Snapshot, words: Words = WEIGHT): readonly Finding[] {
  return plan(snapshot, intentOf(words)).findings;
}

test('nothing is wrong with', () => {
  for (const words of [WEIGHT, HEADERS, PROMOTE]) expect(codes(cluster(), words)).toEqual([]);
});

describe('pods', () => {
  test.for<[says: RegExp, pods: PodView[], words?: Words, services?: ServiceView[]]>([
    [/^There is no pod with the labels app=api,build=2 in/, [pod('1')]],
    [/^There is no pod/, [pod('1')], HEADERS],
    [/^There is no pod/, [pod('1')], PROMOTE],
    [/^The one pod with the labels app=api,build=2 is not ready/, [pod('1'), pod('2', false)]],
    [/^None of the 2 pods with the labels/, [pod('2', false), pod('2', false)]],
    [
      /selects none of them: .* Correct the pods' labels/,
      [pod('2')],
      WEIGHT,
      [{ ...SERVICE, selector: { build: '1' } }],
    ],
  ])('%s', ([says, pods, words, services = [SERVICE]]) => {
    const snapshot = cluster(undefined, { pods: known(...pods), services: known(...services) });
    expect(codes(snapshot, words)).toEqual(['error† no-ready-pod']);
    expect(findings(snapshot, words)[0]?.message).toMatch(says);
  });

  test.for<[string, Partial<Snapshot>, Words]>([
    ['one of them is ready', { pods: known(pod('2', false), pod('2')) }, WEIGHT],
    ['nobody knows them', { pods: { state: 'none' } }, WEIGHT],
    ['the build gets nothing', { pods: known(pod('1')) }, { ...WEIGHT, weight: '0' }],
    ['the Service has no selector', { services: known(withoutSelector(SERVICE)) }, WEIGHT],
  ])('are no matter where %s', ([, given, words]) => {
    expect(codes(cluster(undefined, given), words)).toEqual([]);
  });

  test('of the stable subset have to be ready, too', () => {
    const snapshot = cluster([{ route: [to('')] }], { pods: known(pod('2')) });
    const [found, ...more] = findings(snapshot, { ...WEIGHT, ...STABLE });
    expect(found?.message).toMatch(/app=api,build=1 .* correct `stable-pod-selector`/);
    expect(more).toEqual([]);
  });

  describe('after something is reverted', () => {
    const shared = play(cluster(), { ...WEIGHT, weight: '100' });
    const rollback = { operation: 'rollback', ...BUILD };

    test('of the build that gets its requests again', () => {
      const snapshot = { ...shared, pods: known(pod('1', false), pod('2')) };
      expect(codes(snapshot, rollback)).toEqual(['warning no-ready-pod']);
      expect(findings(snapshot, rollback)[0]?.message).toMatch(
        /^Subset v1 of api\.shop\.svc\.cluster\.local gets requests back, and none of its pods \(app=api,build=1\) is ready/,
      );
    });

    test('not of the build that is rolled back, nor of one that is ready', () => {
      expect(codes({ ...shared, pods: known(pod('1')) }, rollback)).toEqual([]);
    });

    test('not of one that had as much before', () => {
      const http = [{ match: [{ port: 81 }], route: [to('v1')] }, { route: [to('v1')] }];
      const previewed = play(cluster(http), HEADERS);
      expect(codes({ ...previewed, pods: known(pod('2')) }, rollback)).toEqual([]);
    });
  });
});

function withoutSelector({ selector: _, ...service }: ServiceView): ServiceView {
  return service;
}

describe('the service', () => {
  const elsewhere = 'api.web.svc.cluster.local';
  const outside = 'api.example.com';
  const entry: ServiceView = {
    ...withoutSelector(SERVICE),
    kind: 'ServiceEntry',
    hosts: ['api.example.com'],
  };

  /** The route and the rule are for another host. */
  function at(host: string, services: Listing<ServiceView>): Snapshot {
    return cluster([{ route: [to('v1', { host })] }], {
      services,
      destinationRules: [{ ...RULE, spec: { ...RULE.spec, host } }],
    });
  }

  test.for<[string, Snapshot, expected: string[], words?: Words]>([
    ['is missing', at(HOST, known()), ['error† service-missing']],
    ['is missing outside', at(outside, known()), ['error† service-missing']],
    ['has another name', at(HOST, known({ ...SERVICE, hosts: [elsewhere] })), ['error† service-missing']],
    [
      'is of another namespace',
      at(elsewhere, known()),
      ['notice service-unseen', 'warning subset-unseen', 'notice other-namespaces-unread'],
    ],
    [
      'is of another namespace, and known',
      at(elsewhere, known({ ...SERVICE, hosts: [elsewhere] })),
      ['warning subset-unseen', 'notice other-namespaces-unread'],
    ],
    ['is not known', at(HOST, { state: 'none' }), []],
    ['comes from a ServiceEntry', at(outside, known(entry)), []],
    ['of a ServiceEntry is another', at('api.example.org', known(entry)), ['error† service-missing']],
    [
      'is behind the wildcard of a ServiceEntry',
      at(outside, known({ ...entry, hosts: ['*.example.com'] })),
      ['error† service-missing'],
    ],
    ['has the port', cluster([{ route: [to('v1', { port: { number: 80 } })] }]), []],
    [
      'lacks the port',
      cluster([{ route: [to('v1', { port: { number: 81 } })] }]),
      ['error† service-port-missing'],
    ],
    [
      'lacks the port asked for',
      cluster(),
      ['error† service-port-missing'],
      { ...WEIGHT, hostname: 'api', port: '81' },
    ],
    ['has no port that counts', cluster(), [], { ...WEIGHT, hostname: 'api' }],
  ])('%s', ([, snapshot, expected, words]) => {
    expect(codes(snapshot, words)).toEqual(expected);
  });

  test.for<[Snapshot, message: string]>([
    [
      at(HOST, known()),
      'Neither a Service nor a ServiceEntry in namespace shop gives the host api.shop.svc.cluster.local: requests sent there would be answered with 503. Correct `hostname`, or create the Service.',
    ],
    [
      at(elsewhere, known()),
      'api.web.svc.cluster.local is a Service of another namespace than shop: whether it exists and has the port was not checked.',
    ],
  ])('is not there: what was looked for, and what to do', ([snapshot, message]) => {
    const service = findings(snapshot).filter(({ code }) => code.startsWith('service-'));
    expect(service.map((found) => found.message)).toEqual([message]);
  });

  test('is reported with the ports that it has', () => {
    const http = [{ route: [to('v1', { port: { number: 81 } })] }];
    expect(findings(cluster(http))[0]?.message).toMatch(/has no port 81 \(it has 80\)/);
    expect(findings(cluster(http, { services: known({ ...SERVICE, ports: [] }) }))[0]?.message).toMatch(
      /has no port 81 \(it has none\)/,
    );
  });
});

describe('a base route without a subset', () => {
  const open = [{ route: [to('')] }];

  test.for<[string, words: Words, expected: string[], given?: Partial<Snapshot>]>([
    ['gives a weight more than was asked', WEIGHT, ['error† base-reaches-target']],
    ['is no other way for 0', { ...WEIGHT, weight: '0' }, []],
    ['is another way to a preview', HEADERS, ['warning base-reaches-target']],
    ['is replaced by promote', PROMOTE, []],
    ['is pinned', { ...WEIGHT, ...STABLE }, []],
    [
      'may reach it in manifests',
      WEIGHT,
      ['warning base-reaches-target'],
      { source: 'manifests', pods: { state: 'none' } },
    ],
    [
      'does not, for the Service leaves its pods out',
      HEADERS,
      ['error† no-ready-pod'],
      { services: known({ ...SERVICE, selector: { build: '1' } }) },
    ],
    [
      'does, if one Service of several takes them',
      WEIGHT,
      ['error† base-reaches-target'],
      { services: known({ ...SERVICE, selector: { build: '1' } }, SERVICE) },
    ],
    [
      'does, as far as a Service without selector tells',
      WEIGHT,
      ['error† base-reaches-target'],
      { services: known(withoutSelector(SERVICE)) },
    ],
    [
      'does, as far as anybody knows',
      WEIGHT,
      ['error† base-reaches-target'],
      { services: { state: 'none' } },
    ],
    ['does not, without a ready pod', HEADERS, ['error† no-ready-pod'], { pods: known(pod('1')) }],
  ])('%s', ([, words, expected, given]) => {
    expect(codes(cluster(open, given), words)).toEqual(expected);
  });

  test('beside a subset', () => {
    expect(codes(cluster([{ route: [to('v1'), { ...to(''), weight: 5 }] }]))).toEqual([
      'error† base-reaches-target',
    ]);
  });

  test('of another host does not', () => {
    const http = [
      {
        route: [
          { ...to('v1'), weight: 50 },
          { ...to('', { host: 'web' }), weight: 50 },
        ],
      },
    ];
    expect(codes(cluster(http), { ...WEIGHT, hostname: 'api' })).toEqual([]);
  });
});

describe('a preview', () => {
  const asked = (name: string): Match => ({ headers: { [name]: { exact: '1' } } });
  const main: Route = { route: [to('v1')] };

  test.for<[string, http: Route[], expected: string[], headers?: string]>([
    ['is reached', [{ match: [asked('x-b')], route: [to('qa')] }, main], []],
    [
      'is not, for a route above takes its requests',
      [{ match: [asked('x-a')], route: [to('qa')] }, main],
      ['error† preview-unreachable'],
    ],
    [
      'is not, for a redirect above does',
      [{ match: [asked('x-a')], redirect: {} }, main],
      ['error† preview-unreachable'],
    ],
    [
      'is not, alternative by alternative',
      [{ match: [asked('x-a'), asked('x-b')], route: [to('qa')] }, main],
      ['error† preview-unreachable'],
      'x-a=1\nx-b=1',
    ],
    [
      'is, by one of its alternatives',
      [{ match: [asked('x-a')], route: [to('qa')] }, main],
      ['warning partly-unreachable'],
      'x-a=1\nx-b=1',
    ],
    [
      'is, by the other',
      [{ match: [asked('x-b')], route: [to('qa')] }, main],
      ['warning partly-unreachable'],
      'x-a=1\nx-b=1',
    ],
    [
      'is not needed, for the route above leads there, too',
      [{ match: [asked('x-a')], route: [to('v2')] }, main],
      [],
    ],
    [
      'is not needed, for the preview above what hides it leads there, too',
      [main, { match: [{ uri: { prefix: '/b' } }], timeout: '1s', route: [to('v1')] }],
      [],
    ],
    [
      'is hidden though a route to the same build stands below',
      [{ match: [asked('x-a')], route: [to('qa')] }, { match: [asked('x-a')], route: [to('v2')] }, main],
      ['error† preview-unreachable'],
    ],
    [
      'is hidden though the route above sends some requests to the build',
      [
        {
          match: [asked('x-a')],
          route: [
            { ...to('v2'), weight: 50 },
            { ...to('v1'), weight: 50 },
          ],
        },
        main,
      ],
      ['error† preview-unreachable'],
    ],
  ])('%s', ([, http, expected, headers = 'x-a=1']) => {
    const rule = { ...RULE, spec: { ...RULE.spec, subsets: [...(RULE.spec.subsets ?? []), { name: 'qa' }] } };
    const found = codes(cluster(http, { destinationRules: [rule] }), { ...HEADERS, headers });
    expect(found).toEqual(expected);
  });

  test('is no matter to a weight', () => {
    const previewed = play(cluster(), HEADERS);
    const hidden = previewed.virtualServices.map((object) => ({
      ...object,
      spec: { ...object.spec, http: [{ match: [asked('x-a')], redirect: {} }, ...(object.spec.http ?? [])] },
    }));
    expect(codes({ ...previewed, virtualServices: hidden })).toEqual([]);
  });
});

describe('who else writes the objects', () => {
  const metadata = (more: object): Snapshot => {
    const [object] = cluster().virtualServices;
    if (object === undefined) throw new Error('There is one.');
    return cluster(undefined, {
      virtualServices: [{ ...object, metadata: { ...object.metadata, ...more } }],
    });
  };
  const canary = { kind: 'Canary', apiVersion: 'flagger.app/v1beta1' };
  const rollout = { kind: 'Rollout', apiVersion: 'argoproj.io/v1alpha1' };

  test.for<[says: RegExp | null, Snapshot]>([
    [/belongs to Flagger/, metadata({ ownerReferences: [{ kind: 'A' }, canary] })],
    [/belongs to Flagger/, metadata({ managedFields: [{ manager: 'kubectl' }, { manager: 'flagger' }] })],
    [null, metadata({ ownerReferences: [{ ...canary, kind: 'Deployment' }] })],
    [null, metadata({ ownerReferences: [{ ...canary, apiVersion: 'my.flagger.app/v1' }] })],
    [null, metadata({ ownerReferences: 'flagger', managedFields: ['flagger'] })],
    [/belongs to Argo Rollouts/, metadata({ managedFields: [{ manager: 'rollouts-controller' }] })],
    [
      /belongs to Argo Rollouts/,
      metadata({ annotations: { 'argo-rollouts.argoproj.io/managed-by-rollouts': 'a' } }),
    ],
    [/belongs to Argo Rollouts/, metadata({ ownerReferences: [rollout] })],
    [/delivered by Argo CD/, metadata({ managedFields: [{ manager: 'argocd-controller' }] })],
    [/delivered by Flux.*ssa/, metadata({ managedFields: [{ manager: 'kustomize-controller' }] })],
    [/delivered by Argo CD/, metadata({ labels: { app: 'api', 'argocd.argoproj.io/instance': 'a' } })],
    [/delivered by Argo CD/, metadata({ annotations: { 'argocd.argoproj.io/tracking-id': 'a' } })],
    [
      /delivered by Flux.*ssa: IfNotPresent/,
      metadata({ labels: { app: 'api', 'kustomize.toolkit.fluxcd.io/name': 'a' } }),
    ],
    [
      /delivered by Flux.*HelmRelease/,
      metadata({ labels: { app: 'api', 'helm.toolkit.fluxcd.io/name': 'a' } }),
    ],
    [null, metadata({ labels: { app: 'api' }, annotations: { a: 'b' } })],
  ])('%s', ([says, snapshot]) => {
    const found = findings(snapshot);
    if (says === null) expect(found).toEqual([]);
    else expect(found.map(({ message }) => message)).toEqual([expect.stringMatching(says)]);
    const isOwned = says?.source.startsWith('belongs') === true;
    const expected = isOwned ? 'error† controller-owned' : 'warning gitops-delivered';
    expect(codes(snapshot)).toEqual(says === null ? [] : [expected]);
    // In a repository, delivering is what the change is for.
    const manifests: Snapshot = { ...snapshot, source: 'manifests' };
    expect(codes(manifests)).toEqual(isOwned ? [expected] : []);
  });
});

test('a DestinationRule of Argo Rollouts counts where only routes change', () => {
  const defined = play(cluster(), WEIGHT);
  const hash = { 'rollouts-pod-template-hash': '1' };
  const snapshot = {
    ...defined,
    destinationRules: defined.destinationRules.map((rule) => ({
      ...rule,
      spec: {
        ...rule.spec,
        subsets: [...(rule.spec.subsets ?? []), { name: 'canary', labels: hash }],
      },
    })),
  };
  expect(codes(snapshot, { ...WEIGHT, weight: '30' })).toEqual(['error† controller-owned']);
  expect(codes(snapshot, WEIGHT)).toEqual([]);
});

describe('a subset that no DestinationRule defines', () => {
  const gone = { match: [{ uri: { prefix: '/gone' } }], route: [to('gone')] };
  const [selected] = cluster().virtualServices;
  const other = {
    ...virtualService({ http: [gone] }, 'other'),
    metadata: { name: 'other', namespace: 'shop' },
  };

  test.for<[string, Snapshot, expected: string[], words?: Words]>([
    ['was missing before', cluster([gone, { route: [to('v1')] }]), ['warning subset-missing']],
    [
      'was missing before, in a VirtualService that stays as it is',
      cluster(undefined, { virtualServices: [...(selected ? [selected] : []), other] }),
      // Both are for the same host, and neither says how old it is.
      ['warning reach-unknown'],
    ],
    [
      'is of a host whose rules nobody sees',
      cluster([{ ...gone, route: [to('gone', { host: 'web' })] }, { route: [to('v1')] }]),
      [],
      { ...WEIGHT, hostname: 'api' },
    ],
    [
      'gets requests again',
      {
        ...play(cluster(), { ...WEIGHT, weight: '100' }),
        destinationRules: [destinationRule({ v2: { app: 'api', build: '2' } })],
      },
      ['error† subset-missing'],
      { operation: 'rollback', ...BUILD },
    ],
    [
      'keeps what it had',
      {
        ...play(cluster(), HEADERS),
        destinationRules: [destinationRule({ v2: { app: 'api', build: '2' } })],
      },
      ['warning subset-missing'],
      { operation: 'rollback', ...BUILD },
    ],
  ])('%s', ([, snapshot, expected, words]) => {
    expect(codes(snapshot, words)).toEqual(expected);
  });
});

describe('rights', () => {
  const forbidden = { state: 'forbidden', reason: 'no right to' } as const;

  test.for<[string, Partial<Snapshot>, expected: string[]]>([
    ['pods', { pods: forbidden }, ['warning pods-unreadable']],
    ['services', { services: forbidden }, ['warning services-unreadable']],
    [
      'both',
      { pods: forbidden, services: forbidden },
      ['warning pods-unreadable', 'warning services-unreadable'],
    ],
  ])('to read %s are missing', ([, given, expected]) => {
    expect(codes(cluster(undefined, given))).toEqual(expected);
    expect(findings(cluster(undefined, given))[0]?.message).toMatch(/not checked: no right to$/);
  });
});
