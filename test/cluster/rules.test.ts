/**
 * Which DestinationRule a proxy uses, asked of a real Envoy: where the one that we say lacks the subset, requests to
 * it get 503, and everywhere else they get the build.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { objectIn } from '../../src/base/json.ts';
import { consultedRule, subsetIn } from '../../src/istio/consulted-rule.ts';
import type { DestinationRule } from '../../src/istio/types.ts';
import { GATEWAY } from './plane/envoy.ts';
import { ROOT_NAMESPACE } from './plane/istiod.ts';
import { until } from './plane/processes.ts';
import type { SampleApp } from './plane/sample-app.ts';
import { istiops, type Inputs } from './support/doors.ts';
import { askMany } from './support/many.ts';
import { create } from './support/objects.ts';
import { sharedPlane, WAIT, type Plane } from './support/plane.ts';

const BUILDS = ['v1', 'v2'];
/** The proxy that is asked: the gateway's, which is in the root namespace. */
const CLIENT = { namespace: ROOT_NAMESPACE, labels: { istio: 'ingressgateway' } };

let plane: Plane;

beforeAll(async () => {
  plane = await sharedPlane();
});

interface Rule {
  /** `own`: the service's and the VirtualService's; `root`; `other`: a third one. */
  readonly in: 'own' | 'root' | 'other';
  /** `@host@` and `@namespace@` stand for the scenario's. */
  readonly spec: Readonly<Record<string, unknown>>;
}

const subsets = (...names: readonly string[]): { readonly subsets: readonly unknown[] } => ({
  subsets: names.map((build) => ({ name: build, labels: { build } })),
});
const both = subsets(...BUILDS);
const host = '@host@';
const wildcard = '*.@namespace@.svc.cluster.local';

async function deploy(rules: readonly Rule[], subset?: string): Promise<SampleApp> {
  const namespace = await plane.namespace('rules');
  const other = await plane.namespace('rules');
  const app = await plane.deployBuilds({ namespace, app: 'api', builds: BUILDS, traffic: false });
  const places = { own: namespace, root: ROOT_NAMESPACE, other };
  for (const [i, rule] of rules.entries()) {
    const spec = JSON.stringify(rule.spec)
      .replaceAll('@host@', app.host)
      .replaceAll('@namespace@', namespace);
    const metadata = { namespace: places[rule.in], name: `${namespace}-${i}`, labels: { app: 'api' } };
    await create(plane, 'DestinationRule', metadata, objectIn(JSON.parse(spec)));
  }
  const to = (name?: string): unknown => ({
    destination: { host: app.host, port: { number: 80 }, ...(name !== undefined && { subset: name }) },
  });
  const metadata = { namespace, name: 'api', labels: { app: 'api' } };
  await create(plane, 'VirtualService', metadata, {
    hosts: [app.host],
    gateways: [GATEWAY],
    http: [
      ...BUILDS.map((build) => ({
        match: [{ headers: { 'x-to': { exact: build } } }],
        route: [to(build)],
      })),
      { match: [{ uri: { exact: '/there' } }], directResponse: { status: 200 } },
      { route: [to(subset)] },
    ],
  });
  await until('the gateway has the routes', async () => {
    const counts = await askMany(plane, { host: app.host, path: '/there' }, 1);
    return counts['200 -'] === 1;
  });
  return app;
}

/** Every DestinationRule that there is, whoever made it: as istiod sees them. */
async function allRules(): Promise<readonly DestinationRule[]> {
  const { items } = await plane.api.get<{ items: readonly DestinationRule[] }>(
    '/apis/networking.istio.io/v1/destinationrules',
  );
  return items;
}

async function expected(app: SampleApp, subset: string): Promise<string> {
  const consulted = consultedRule(await allRules(), app.host, CLIENT, { serviceNamespace: app.namespace });
  if (consulted.kind === 'undecided') throw new Error(consulted.unknown);
  const labels = subsetIn(consulted, subset)?.subset.labels;
  return labels === undefined ? '503 -' : `200 ${labels['build'] ?? ''}`;
}

/** Envoy has the routes first and the clusters at once with them, but a test may be faster than a push. */
async function answers(app: SampleApp, build: string, wanted: string): Promise<void> {
  const ask = { host: app.host, headers: { 'x-to': build } };
  await until(
    `${build} is answered with ${wanted}`,
    async () => (await askMany(plane, ask, 1))[wanted] === 1,
  );
  expect(await askMany(plane, ask, 100)).toEqual({ [wanted]: 100 });
}

describe('a subset is there or gets 503, as we say', () => {
  test.for<[string, rules: readonly Rule[], v1: string, v2: string]>([
    ["the service's rule", [{ in: 'own', spec: { host, ...both } }], '200 v1', '200 v2'],
    [
      'for its own namespace alone',
      [{ in: 'own', spec: { host, exportTo: ['.'], ...both } }],
      '503 -',
      '503 -',
    ],
    [
      'exported to the gateway',
      [{ in: 'own', spec: { host, exportTo: [ROOT_NAMESPACE], ...both } }],
      '200 v1',
      '200 v2',
    ],
    ['of a third namespace', [{ in: 'other', spec: { host, ...both } }], '503 -', '503 -'],
    [
      'for some clients alone',
      [{ in: 'own', spec: { host, workloadSelector: { matchLabels: { app: 'batch' } }, ...both } }],
      '503 -',
      '503 -',
    ],
    ["a wildcard's", [{ in: 'own', spec: { host: wildcard, ...both } }], '200 v1', '200 v2'],
    [
      'nothing is merged between a wildcard and an exact host',
      [
        { in: 'own', spec: { host: wildcard, ...subsets('v1') } },
        { in: 'own', spec: { host, ...subsets('v2') } },
      ],
      '503 -',
      '200 v2',
    ],
    [
      'two of one host are merged',
      [
        { in: 'own', spec: { host, ...subsets('v1') } },
        { in: 'own', spec: { host, ...subsets('v2') } },
      ],
      '200 v1',
      '200 v2',
    ],
    [
      'two that are exported differently are not',
      [
        { in: 'own', spec: { host, ...subsets('v1') } },
        { in: 'own', spec: { host, exportTo: ['*'], ...subsets('v2') } },
      ],
      '503 -',
      '200 v2',
    ],
    ['of the root namespace', [{ in: 'root', spec: { host: wildcard, ...both } }], '200 v1', '200 v2'],
    [
      "the service's before the root namespace's",
      [
        { in: 'root', spec: { host, ...both } },
        { in: 'own', spec: { host: wildcard, ...subsets('v1') } },
      ],
      '200 v1',
      '503 -',
    ],
    [
      "what is for the gateway's namespace alone before the service's",
      [
        { in: 'root', spec: { host: wildcard, exportTo: ['.'], ...subsets('v2') } },
        { in: 'own', spec: { host, ...both } },
      ],
      '503 -',
      '200 v2',
    ],
    ['none', [], '503 -', '503 -'],
  ])('%s', async ([, rules, v1, v2]) => {
    const app = await deploy(rules);
    expect([await expected(app, 'v1'), await expected(app, 'v2')]).toEqual([v1, v2]);
    await answers(app, 'v1', v1);
    await answers(app, 'v2', v2);
  });

  test('`subset: ""` is the whole service', async () => {
    const app = await deploy([{ in: 'own', spec: { host, ...both } }], '');
    const counts = await askMany(plane, { host: app.host }, 100);
    expect(Object.keys(counts).sort()).toEqual(['200 v1', '200 v2']);
  });
});

describe('what we write is where the proxies look', () => {
  const inputs = (app: SampleApp): Inputs => ({
    namespace: app.namespace,
    'label-selector': 'app=api',
    'pod-selector': 'app=api,build=v2',
    routes: 'http[3]',
    'propagation-wait': WAIT,
  });

  test('a rule for a wildcard gets the subset, and loses it again', async () => {
    const app = await deploy([{ in: 'own', spec: { host: wildcard, ...subsets('v1') } }], 'v1');
    const shifted = await istiops(plane, 'weight', { ...inputs(app), weight: '100' });
    expect(shifted.result.failure).toBeNull();
    expect(await askMany(plane, { host: app.host }, 100)).toEqual({ '200 v2': 100 });
    const { result } = await istiops(plane, 'rollback', {
      namespace: app.namespace,
      'label-selector': 'app=api',
      'pod-selector': 'app=api,build=v2',
      'propagation-wait': WAIT,
    });
    expect(result.failure).toBeNull();
    expect(await askMany(plane, { host: app.host }, 100)).toEqual({ '200 v1': 100 });
  });

  test.for<[string, rule: Rule]>([
    ['for its own namespace alone', { in: 'own', spec: { host, exportTo: ['.'], ...subsets('v1') } }],
    [
      'for some clients alone',
      { in: 'own', spec: { host, workloadSelector: { matchLabels: { app: 'batch' } }, ...subsets('v1') } },
    ],
  ])('a rule %s is refused, and by force gets 503', async ([, rule]) => {
    const app = await deploy([rule]);
    const asked = { ...inputs(app), 'stable-pod-selector': 'app=api,build=v1', weight: '100' };
    const refused = await istiops(plane, 'weight', asked);
    expect(refused.result.failure?.message).toContain(`the proxies of gateway ${GATEWAY} do not`);
    const forced = await istiops(plane, 'weight', { ...asked, force: 'true' });
    expect(forced.result.failure).toBeNull();
    expect(await askMany(plane, { host: app.host }, 100)).toEqual({ '503 -': 100 });
  });
});
