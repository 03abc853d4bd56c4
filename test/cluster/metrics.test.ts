import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { podState, type CanaryPods, type Meter } from '../../src/gates/index.ts';
import { parseGates } from '../../src/intent/gates.ts';
import { parseMetrics } from '../../src/intent/metrics.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import type { Store } from '../../src/ports/store.ts';
import { asker, clock } from '../../src/run/effects.ts';
import { measure, openMetrics, startMeasuring, type Measured } from '../../src/run/measure.ts';
import { kubernetesStore } from '../../src/stores/kubernetes/store.ts';
import { proxyRoleYaml } from '../../src/stores/kubernetes/role.ts';
import { ensure, paths } from './plane/api.ts';
import { until } from './plane/processes.ts';
import type { Prometheus } from './plane/prometheus.ts';
import type { SampleApp } from './plane/sample-app.ts';
import { ask } from './plane/traffic.ts';
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
}, 600_000);

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
async function send(count: number): Promise<Record<string, { requests: number; failed: number }>> {
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

/** Reads until nothing comes any more, and says what came in all. */
async function drain(
  start: Meter,
  metrics: Metrics,
  isDone: (seen: Seen) => boolean,
): Promise<{ meter: Meter; seen: Seen }> {
  let meter = start;
  let seen: Seen = { v1: [0, 0], v2: [0, 0], slow: 0 };
  await until(`the counters are as they must be: ${JSON.stringify(seen)}`, async () => {
    const reading = await measure(meter, metrics, await readPods());
    if ('unread' in reading.counts) throw new Error(reading.counts.unread);
    meter = reading.meter;
    const { build, stable, slow } = reading.counts;
    seen = {
      v1: [seen.v1[0] + stable.requests, seen.v1[1] + stable.failed],
      v2: [seen.v2[0] + build.requests, seen.v2[1] + build.failed],
      slow: seen.slow + (slow[0]?.build.slow ?? 0),
    };
    return isDone(seen);
  });
  return { meter, seen };
}

interface Seen {
  readonly v1: readonly [number, number];
  readonly v2: readonly [number, number];
  /** Of the build. */
  readonly slow: number;
}

describe.each(['service', 'url'] as const)('a real Prometheus, asked as a %s', (way) => {
  test('counts every request of both builds', async () => {
    await split(0);
    const metrics = metricsAt(way === 'service' ? prometheus.service : prometheus.url);
    const { meter, lag, notes } = await begin(metrics);
    expect(lag).toBe(1);
    expect(notes).toEqual([
      "Prometheus' series of the two builds are told apart by the label pod.",
      "400 ms lies between two bounds of Istio's buckets, so answers slower than 500 ms are counted.",
    ]);
    // What the trickle has sent since the last reading.
    const pause = await measure(meter, metrics, await readPods());
    await clock.sleep(2_500);
    const quiet = (await measure(pause.meter, metrics, await readPods())).meter;

    await split(50);
    const switched = await drainQuietly(quiet, metrics);
    await app.behave('v2', { status: 500, share: 0.3 });
    const sent = await send(60);
    const { meter: then, seen } = await drain(switched, metrics, ({ v1, v2 }) => v1[0] + v2[0] >= 60);
    expect(seen).toMatchObject({
      v1: [sent['v1']?.requests, 0],
      v2: [sent['v2']?.requests, sent['v2']?.failed],
    });

    await app.behave('v2', { delayMs: 600 });
    const late = await send(10);
    const { seen: slow } = await drain(then, metrics, ({ v1, v2 }) => v1[0] + v2[0] >= 10);
    expect(slow.slow).toBe(late['v2']?.requests);
    await app.behave('v2', {});
  });
});

/** The meter once the requests of a switch are counted. */
async function drainQuietly(start: Meter, metrics: Metrics): Promise<Meter> {
  await clock.sleep(2_500);
  return (await measure(start, metrics, await readPods())).meter;
}

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
