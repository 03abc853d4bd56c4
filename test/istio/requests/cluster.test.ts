import { describe, expect, test } from 'vitest';
import { notUnderstood } from '../../../src/istio/not-understood.ts';
import { clusterProblem } from '../../../src/istio/requests/cluster-words.ts';
import type { Client, ResolvedDestination } from '../../../src/istio/requests/cluster-state.ts';
import { clusterOf } from '../../../src/istio/requests/cluster.ts';
import type { Sight } from '../../../src/istio/requests/endpoints.ts';
import type { DestinationRule, PodView } from '../../../src/istio/types.ts';
import { HOST, SERVICE, withoutSelector } from '../../support/checked-cluster.ts';

const V1 = { name: 'v1', labels: { build: '1' } };

function rule(namespace: string, spec: Partial<DestinationRule['spec']> = {}, name = 'api'): DestinationRule {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name, namespace, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { host: HOST, subsets: [V1], ...spec },
  };
}

const WITHOUT_SELECTOR = withoutSelector(SERVICE);

const pod = (build: string, ready = true): PodView => ({
  name: `api-${build}`,
  labels: { app: 'api', build },
  ready,
});

/** A cluster of which everything was read. */
function cluster(destinationRules: readonly DestinationRule[], sight: Partial<Sight> = {}): Sight {
  return {
    source: 'kubernetes',
    namespace: 'shop',
    destinationRules,
    services: { state: 'known', items: [SERVICE] },
    pods: { state: 'known', items: [pod('1')] },
    rulesOf: 'all',
    ...sight,
  };
}

const manifests = (...destinationRules: readonly DestinationRule[]): Sight =>
  cluster(destinationRules, {
    source: 'manifests',
    services: { state: 'none' },
    pods: { state: 'none' },
  });

interface Case {
  readonly sight: Sight;
  readonly to?: Partial<ResolvedDestination>;
  readonly client?: Client;
  readonly port?: number;
  readonly kind: string;
  readonly problem?: string;
}

const cases: Readonly<Record<string, Case>> = {
  'the rule of the service': { sight: cluster([rule('shop')]), kind: 'ok' },
  'a rule of the client goes before that of the service': {
    sight: cluster([rule('shop'), rule('web', { subsets: [] })]),
    client: { namespaces: ['web'] },
    kind: 'subset-missing',
    problem: `503: subset v1 of ${HOST} is in no DestinationRule that this proxy uses (it uses DestinationRule web/api)`,
  },
  'a rule of another client says nothing': {
    sight: cluster([rule('shop'), rule('web', { subsets: [] })]),
    client: { namespaces: ['shop'] },
    kind: 'ok',
  },
  'clients that may be of either': {
    sight: cluster([rule('shop'), rule('web', { subsets: [] })]),
    client: { namespaces: ['shop', 'web'] },
    kind: 'undecided',
  },
  'a client of whatever namespace': {
    sight: cluster([rule('shop'), rule('web', { subsets: [] })]),
    client: {},
    kind: 'undecided',
  },
  'a rule that is not exported': {
    sight: cluster([rule('shop', { exportTo: ['.'] })]),
    client: { namespaces: ['web'] },
    kind: 'subset-missing',
    problem: `503: subset v1 of ${HOST} is in no DestinationRule that this proxy uses (it uses none for this host)`,
  },
  'the rule of the exact host hides that of a wildcard': {
    sight: cluster([
      rule('shop', { host: '*.shop.svc.cluster.local' }),
      rule('shop', { subsets: [] }, 'exact'),
    ]),
    kind: 'subset-missing',
  },
  'a wildcard alone': { sight: cluster([rule('shop', { host: '*.shop.svc.cluster.local' })]), kind: 'ok' },
  'a rule for some pods, and a client of unknown labels': {
    sight: cluster([rule('shop', { workloadSelector: { matchLabels: { app: 'web' } } })]),
    client: { namespaces: ['shop'] },
    kind: 'undecided',
  },
  'a rule for some pods, and one of them': {
    sight: cluster([rule('shop', { workloadSelector: { matchLabels: { app: 'web' } } })]),
    client: { namespaces: ['shop'], labels: { app: 'web' } },
    kind: 'ok',
  },
  'an empty subset is the whole service': { sight: cluster([]), to: { subset: '' }, kind: 'ok' },
  'no rule at all': { sight: cluster([]), kind: 'subset-missing' },
  'no rule in the manifests': {
    sight: manifests(),
    kind: 'undecided',
    problem: `not known whether subset v1 of ${HOST} exists: no DestinationRule for this host is in the manifests, and requests to it get 503 where none defines it`,
  },
  'a rule in the manifests': { sight: manifests(rule('shop')), kind: 'ok' },
  'a rule in the manifests without the subset': {
    sight: manifests(rule('shop', { subsets: [] })),
    kind: 'subset-missing',
  },
  'missing, but other rules may not be read': {
    sight: cluster([], { rulesOf: ['shop'] }),
    client: { namespaces: ['web'] },
    kind: 'undecided',
  },
  'a rule that nobody understands': {
    sight: cluster([rule('shop')], {
      notUnderstood: [notUnderstood('DestinationRule', { spec: { host: 'api' } }, 'shop', 'odd')],
    }),
    kind: 'undecided',
  },
  'a rule that nobody understands, for another host': {
    sight: cluster([rule('shop')], {
      notUnderstood: [notUnderstood('DestinationRule', { spec: { host: 'web' } }, 'shop', 'odd')],
    }),
    kind: 'ok',
  },
  'pods that are not ready': {
    sight: cluster([rule('shop')], { pods: { state: 'known', items: [pod('1', false), pod('2')] } }),
    kind: 'no-ready-pod',
    problem: `503: no pod of subset v1 of ${HOST} is ready`,
  },
  'pods that may not be read': {
    sight: cluster([rule('shop')], { pods: { state: 'forbidden' } }),
    kind: 'ok',
  },
  'a Service without selector has endpoints by hand': {
    sight: cluster([rule('shop')], {
      services: { state: 'known', items: [WITHOUT_SELECTOR] },
      pods: { state: 'known', items: [] },
    }),
    kind: 'ok',
  },
  'no such service': {
    sight: cluster([rule('shop')], { services: { state: 'known', items: [] } }),
    kind: 'no-service',
    problem: `503: there is no service ${HOST}`,
  },
  'a service of a namespace that was not read': {
    sight: cluster([rule('other', { host: 'api.other.svc.cluster.local' })]),
    to: { host: 'api.other.svc.cluster.local' },
    kind: 'ok',
  },
  'a port that the service lacks': {
    sight: cluster([rule('shop')]),
    to: { port: 5000 },
    kind: 'port-missing',
    problem: `503: ${HOST} has no port 5000 (it has 80)`,
  },
  'no port, and the service has one': { sight: cluster([rule('shop')]), port: 8080, kind: 'ok' },
  'no port, and the service has several': {
    sight: cluster([rule('shop')], {
      services: { state: 'known', items: [{ ...SERVICE, ports: [80, 9090] }] },
    }),
    port: 8080,
    kind: 'port-missing',
  },
  'an external host without ServiceEntry in sight': {
    sight: manifests(rule('shop', { host: 'api.domain.io' })),
    to: { host: 'api.domain.io' },
    client: { namespaces: ['istio-system'] },
    kind: 'ok',
  },
};

describe('what a proxy has behind a destination', () => {
  test.each(Object.entries(cases))(
    '%s',
    (_, { sight, to, client = { namespaces: ['shop'] }, port, kind, problem }) => {
      const destination = { host: HOST, subset: 'v1', ...to };
      const state = clusterOf(destination, client, sight, port);
      expect(state.kind).toBe(kind);
      if (problem !== undefined) expect(clusterProblem(destination, state)).toBe(problem);
    },
  );

  test('names the namespaces whose rules would go first if they could be read', () => {
    const state = clusterOf(
      { host: HOST, subset: 'v1' },
      { namespaces: ['istio-ingress'] },
      cluster([rule('shop')], { rulesOf: ['shop'] }),
    );
    expect(state).toMatchObject({ kind: 'ok', readyPods: 1, unread: ['istio-ingress'] });
  });
});
