import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { podState, type CanaryPods } from '../../src/gates/index.ts';
import { parseGates } from '../../src/intent/gates.ts';
import { parseMetrics } from '../../src/intent/metrics.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import type { Store } from '../../src/ports/store.ts';
import { asker, clock } from '../../src/run/effects.ts';
import { measure, openMetrics } from '../../src/run/measure.ts';
import { startMeasuring, type Measured } from '../../src/run/start-measuring.ts';
import { kubernetesStore } from '../../src/stores/kubernetes/store.ts';
import { proxyRoleYaml } from '../../src/stores/kubernetes/role.ts';
import { ensure, paths } from './plane/api.ts';
import { until } from './plane/processes.ts';
import type { Prometheus } from './plane/prometheus.ts';
import type { SampleApp } from './plane/sample-app.ts';
import { METRICS_PATH } from './plane/sample-server.ts';
import { ask } from './plane/traffic.ts';
import { untilCounted } from './support/counted.ts';
import { sharedPlane, type Plane } from './support/plane.ts';

let plane: Plane;
let prometheus: Prometheus;
let app: SampleApp;
let store: Store;

const GATES = 'errors\nslower than 400ms\nrequests: sum(istio_requests_total) > 0';

beforeAll(async () => {
  plane = await sharedPlane();
  prometheus = await plane.prometheus();
  const namespace = await plane.namespace('metrics');
  app = await plane.deployBuilds({ namespace, app: 'api', builds: ['v1', 'v2'] });
  store = await kubernetesStore({
    kubeconfig: await readFile(plane.kubeconfig, 'utf8'),
    env: {},
    namespace,
  });
});

async function readPods(): Promise<CanaryPods> {
  const { pods } = await store.read();
  if (pods.state !== 'known') throw new Error('no pods');
  const of = (build: string) => pods.items.filter(({ labels }) => labels['build'] === build).map(podState);
  return { build: of('v2'), stable: of('v1') };
}

async function split(v2: number): Promise<void> {
  const { namespace, host } = app;
  const subsets = ['v1', 'v2'].map((name) => ({ name, labels: { build: name } }));
  await plane.api.patch(`${paths.destinationRules(namespace)}/api`, { spec: { subsets } });
  const to = (subset: string, weight: number) => ({
    destination: { host, subset, port: { number: 80 } },
    weight,
  });
  const http = [{ name: 'default', route: [to('v1', 100 - v2), to('v2', v2)] }];
  await plane.api.patch(`${paths.virtualServices(namespace)}/api`, { spec: { http } });
  const wanted = v2 > 0 ? 'v2' : 'v1';
  await until(
    `the gateway sends to ${wanted}`,
    async () => (await ask(plane, { host: app.host })).build === wanted,
  );
}

/** Sends requests, and says how many of which build were answered, and how. */
async function send(count: number): Promise<Record<'v1' | 'v2', { requests: number; failed: number }>> {
  const seen = { v1: { requests: 0, failed: 0 }, v2: { requests: 0, failed: 0 } };
  for (let sent = 0; sent < count; sent += 1) {
    const { build, status } = await ask(plane, { host: app.host });
    if (build !== 'v1' && build !== 'v2') throw new Error(`who is ${String(build)}?`);
    seen[build].requests += 1;
    if (status >= 500) seen[build].failed += 1;
  }
  return seen;
}

/** Measures as soon as the stable build's counter grows: for this, it gets requests meanwhile. */
async function begin(metrics: Metrics): Promise<Measured> {
  const over = new AbortController();
  const trickle = (async () => {
    while (!over.signal.aborted) await ask(plane, { host: app.host });
  })();
  try {
    return await startMeasuring(
      { metrics, namespace: app.namespace, gates: gates(), interval: 1000, clock },
      readPods,
    );
  } finally {
    over.abort();
    await trickle;
  }
}

function gates() {
  const parsed = parseGates(GATES);
  if (!parsed.ok) throw new Error(parsed.problems.join('; '));
  return parsed.value;
}

function metricsAt(text: string, from: Pick<Store, 'metrics'> = store): Metrics {
  const place = parseMetrics(text);
  if (!place.ok) throw new Error(place.problems.join('; '));
  return openMetrics(place.value, {}, from, asker({}));
}

/** Until Prometheus knows of every request that the pods have answered. */
async function scraped(metrics: Metrics): Promise<void> {
  const { items } = await plane.api.get<{ items: readonly Pod[] }>(paths.pods(app.namespace));
  await until('Prometheus has scraped the last request', async () => {
    const told = await Promise.all(items.map(answered));
    const answer = await metrics.query(`sum(istio_requests_total{namespace="${app.namespace}"})`);
    const known = answer.kind === 'samples' ? answer.samples[0]?.value : undefined;
    return known === told.reduce((sum, one) => sum + one, 0);
  });
}

interface Pod {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly status: { readonly podIP: string };
}

/** Requests that a pod has answered, as it says itself. */
async function answered({ metadata: { annotations }, status: { podIP } }: Pod): Promise<number> {
  const port = annotations['prometheus.io/port'] ?? '';
  const text = await (await fetch(`http://${podIP}:${port}${METRICS_PATH}`)).text();
  const counters = text.matchAll(/^istio_requests_total\{.*\} (\d+)$/gm);
  return [...counters].reduce((sum, [, value]) => sum + Number(value), 0);
}

describe.each(['service', 'url'] as const)('a real Prometheus, asked as a %s', (way) => {
  test('counts every request of both builds', async () => {
    await split(0);
    const metrics = metricsAt(way === 'service' ? prometheus.service : prometheus.url);
    await scraped(metrics);
    // Until the scrape interval is known, it is taken to be a minute.
    await untilCounted(prometheus, app.namespace);
    const { meter, notes } = await begin(metrics);
    expect(notes).toEqual([
      "Prometheus' series of the two builds are told apart by the label pod.",
      "400 ms lies between two bounds of Istio's buckets, so answers slower than 500 ms are counted.",
    ]);
    await split(50);
    await scraped(metrics);
    // What came before does not count.
    const quiet = (await measure(meter, metrics, await readPods())).meter;
    await app.behave('v2', { status: 500, share: 0.3 });
    const sent = await send(60);
    await scraped(metrics);
    const { counts, meter: then } = await measure(quiet, metrics, await readPods());
    expect(counts).toMatchObject({ stable: sent.v1, build: sent.v2 });

    await app.behave('v2', { delayMs: 600 });
    const late = await send(10);
    await scraped(metrics);
    const reading = await measure(then, metrics, await readPods());
    expect(reading.counts).toMatchObject({ slow: [{ bound: 500, build: { slow: late.v2.requests } }] });
    expect(reading.queries).toMatchObject({ 'requests: sum(istio_requests_total) > 0': { kind: 'value' } });
    await app.behave('v2', {});
  });
});

test('the right is named that is missing, and with it the question is answered', async () => {
  const namespace = 'istio-system';
  const token = await plane.serviceAccountToken(app.namespace, 'watcher');
  const kubeconfig = await readFile(await plane.writeKubeconfig('watcher', { user: { token } }), 'utf8');
  const own = await kubernetesStore({ kubeconfig, env: {}, namespace: app.namespace });
  const metrics = metricsAt(prometheus.service, own);
  const refused = await metrics.query('up');
  expect(refused).toMatchObject({ kind: 'none', reason: 'forbidden' });
  const why = refused.kind === 'none' ? refused.why : '';
  const yaml = why.slice(why.indexOf('\n\n'));
  expect(yaml.trim()).toBe(
    proxyRoleYaml(namespace, 'prometheus:9090', `system:serviceaccount:${app.namespace}:watcher`).trim(),
  );
  const [role, binding] = parseAllDocuments(yaml).map(
    (document) => document.toJS() as Record<string, unknown>,
  );
  if (role === undefined || binding === undefined) throw new Error('no Role');
  await ensure(plane.api, paths.roles(namespace), role);
  await ensure(plane.api, paths.roleBindings(namespace), binding);
  await until('the right is there', async () => (await metrics.query('up')).kind === 'samples');
});

test('what Prometheus refuses is said in its words', async () => {
  for (const metrics of [metricsAt(prometheus.service), metricsAt(prometheus.url)]) {
    expect(await metrics.query('sum(')).toMatchObject({
      kind: 'none',
      reason: 'rejected',
      why: expect.stringContaining('parse error') as unknown,
    });
    expect(await metrics.query('0/0')).toMatchObject({ kind: 'samples', samples: [{ value: Number.NaN }] });
    expect(await metrics.query('1/0')).toMatchObject({ samples: [{ value: Infinity }] });
  }
  expect(await metricsAt(`${prometheus.service}/nowhere`).query('up')).toMatchObject({ reason: 'not-found' });
});
