import { stringify } from 'yaml';
import { describe, expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import type { CanaryPods } from '../../src/gates/index.ts';
import { parseGates } from '../../src/intent/gates.ts';
import { parseMetrics } from '../../src/intent/metrics.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import { asker } from '../../src/run/effects.ts';
import { askHooks, measure, openMetrics } from '../../src/run/measure.ts';
import { startMeasuring, type Measured } from '../../src/run/start-measuring.ts';
import { kubernetesStore } from '../../src/stores/kubernetes/store.ts';
import { fakeTime } from '../support/fake-time.ts';
import { pod } from '../support/judging.ts';
import { valueOf } from '../support/parsed.ts';
import {
  startPrometheus,
  statusOf,
  vector,
  type Answer,
  type FakePrometheus,
} from '../support/prometheus.ts';

const PODS: CanaryPods = { build: [pod('api-10-a')], stable: [pod('api-9-a')] };

/** The two ways to ask: through the API server, and at an address. */
const WAYS = ['service', 'url'] as const;

async function metricsOf(
  prometheus: FakePrometheus,
  way: (typeof WAYS)[number],
  headers: Readonly<Record<string, string>> = {},
): Promise<Metrics> {
  const text = way === 'url' ? `${prometheus.url}/base` : 'istio-system/prometheus:9090/base';
  const kubeconfig = stringify({
    'current-context': 'ci',
    contexts: [{ name: 'ci', context: { cluster: 'ci', user: 'ci' } }],
    clusters: [{ name: 'ci', cluster: { server: prometheus.url } }],
    users: [{ name: 'ci', user: { token: 't0ken-of-ci' } }],
  });
  const store = await kubernetesStore({ kubeconfig, env: {}, namespace: 'shop', time: fakeTime() });
  return openMetrics(valueOf(parseMetrics(text)), headers, store, asker({}));
}

function clockOf() {
  const { now, sleep, pauses } = fakeTime();
  return { pauses, clock: { now: () => new Date(now()), sleep, random: () => 0 } };
}

/** The counters of both builds, one further with each question for them. */
function counting(step: (asked: number) => { readonly build: number; readonly stable: number }) {
  let asked = 0;
  return (query: string): Answer => {
    if (query.startsWith('count by (reporter'))
      return vector([{ reporter: 'destination', pod: 'api-9-a', destination_workload: 'api-9' }, 1]);
    if (query.includes('count_over_time')) return vector([{ seconds: '10' }, 1], [{ seconds: '300' }, 20]);
    if (query.startsWith('count by (le)'))
      return vector([{ le: '250' }, 1], [{ le: '500' }, 1], [{ le: '+Inf' }, 1]);
    if (query.includes('_bucket'))
      return vector([{ pod: 'api-9-a', le: '500' }, 9], [{ pod: 'api-9-a', le: '+Inf' }, 10]);
    if (query.startsWith('sum by (pod')) {
      const { build, stable } = step((asked += 1));
      const row = (name: string, value: number) => [{ pod: name, response_code: '200' }, value] as const;
      return vector(row('api-9-a', stable), ...(build === 0 ? [] : [row('api-10-a', build)]));
    }
    return vector([{}, 5]);
  };
}

async function start(
  metrics: Metrics,
  gates = 'errors',
): Promise<Measured & { readonly pauses: readonly number[] }> {
  const { clock, pauses } = clockOf();
  const all = valueOf(parseGates(gates));
  const measured = await startMeasuring(
    { metrics, namespace: 'shop', gates: all, interval: 15_000, clock },
    () => Promise.resolve(PODS),
  );
  return { ...measured, pauses };
}

async function refusalOf(
  answer: (query: string, path: string) => Answer,
  gates = 'errors',
  way: (typeof WAYS)[number] = 'url',
) {
  await using prometheus = await startPrometheus(answer);
  try {
    await start(await metricsOf(prometheus, way), gates);
  } catch (thrown) {
    if (thrown instanceof TrafficError) return { reason: thrown.reason, message: thrown.message };
    throw thrown;
  }
  return { reason: 'none', message: '' };
}

describe.each(WAYS)('asked as a %s', (way) => {
  test('finds out how to count, and counts', async () => {
    await using prometheus = await startPrometheus(
      counting((n) => ({ build: n > 2 ? 7 : 0, stable: 1000 * n })),
    );
    const metrics = await metricsOf(prometheus, way, { 'x-scope-orgid': 'shop' });
    const { meter, lag, notes, pauses } = await start(
      metrics,
      'errors\nslower than 400ms\nqueue: max(q) < 9',
    );
    expect({ lag, pauses, notes }).toEqual({
      lag: 1,
      pauses: [],
      notes: [
        "Prometheus' series of the two builds are told apart by the label pod.",
        "400 ms lies between two bounds of Istio's buckets, so answers slower than 500 ms are counted.",
      ],
    });
    const before = prometheus.asked.length;
    const reading = await measure(meter, metrics, PODS);
    expect(reading).toMatchObject({
      counts: { build: { requests: 7, failed: 0 }, stable: { requests: 1000, failed: 0 } },
      queries: { 'queue: max(q) < 9': { kind: 'value', value: 5 } },
    });
    // One for requests, one for times, one for each query.
    expect(prometheus.asked.length - before).toBe(3);
    const path =
      way === 'url'
        ? '/base/api/v1/query'
        : '/api/v1/namespaces/istio-system/services/prometheus:9090/proxy/base/api/v1/query';
    expect(new Set(prometheus.asked.map((one) => one.path))).toEqual(new Set([path]));
    expect(prometheus.asked.every(({ headers }) => headers['x-scope-orgid'] === 'shop')).toBe(true);
    expect(prometheus.asked[0]?.headers.authorization).toBe(way === 'url' ? undefined : 'Bearer t0ken-of-ci');
  });

  test('an answer that is none is said, and nothing is thrown', async () => {
    let answer: Answer = vector();
    await using prometheus = await startPrometheus(() => answer);
    const metrics = await metricsOf(prometheus, way);
    answer = { status: 422, body: { status: 'error', errorType: 'execution', error: 'too many samples' } };
    expect(await metrics.query('x')).toMatchObject({
      reason: 'rejected',
      why: 'status 422: too many samples',
    });
    answer = { status: 404, body: '404 page not found' };
    expect(await metrics.query('x')).toMatchObject({
      reason: 'not-found',
      why: expect.stringContaining('base path') as unknown,
    });
    answer = { status: 200, body: '<html>Log in</html>' };
    expect(await metrics.query('x')).toMatchObject({ kind: 'none' });
  });

  test('nobody there', async () => {
    const prometheus = await startPrometheus(() => vector());
    const metrics = await metricsOf(prometheus, way);
    await prometheus[Symbol.asyncDispose]();
    expect(await metrics.query('x')).toMatchObject({
      reason: 'unreachable',
      why: expect.stringContaining('connection') as unknown,
    });
  });

  test('an abort is thrown', async () => {
    await using prometheus = await startPrometheus(() => 'hang');
    const controller = new AbortController();
    const metrics = await metricsOf(prometheus, way);
    const asking = metrics.query('x', controller.signal);
    controller.abort(new TrafficError('cancelled', 'The run was cancelled.'));
    await expect(asking).rejects.toThrow('The run was cancelled.');
  });
});

describe('the API server between', () => {
  test('a right that is missing is named, with the Role that grants it', async () => {
    const words =
      'services "prometheus:9090" is forbidden: User "ci" cannot get resource "services/proxy" in API group "" in the namespace "istio-system"';
    await using prometheus = await startPrometheus(() => statusOf(403, words));
    const answer = await (await metricsOf(prometheus, 'service')).query('x');
    expect(answer).toMatchObject({ kind: 'none', reason: 'forbidden' });
    const why = answer.kind === 'none' ? answer.why : '';
    expect(why).toContain(words);
    expect(why).toContain('namespace: istio-system');
    expect(why).toMatch(
      /resources:\s+- services\/proxy\s+resourceNames:\s+- prometheus:9090\s+verbs:\s+- get/,
    );
    expect(why).toMatch(/kind: RoleBinding[\s\S]*name: ci/);
  });

  test('a Service that is not there, or has no pod', async () => {
    let answer = statusOf(404, 'services "prometheus" not found');
    await using prometheus = await startPrometheus(() => answer);
    const metrics = await metricsOf(prometheus, 'service');
    expect(await metrics.query('x')).toMatchObject({
      reason: 'not-found',
      why: expect.stringContaining('not found') as unknown,
    });
    answer = statusOf(503, 'no endpoints available for service "prometheus:9090"');
    expect(await metrics.query('x')).toMatchObject({
      reason: 'unreachable',
      why: expect.stringContaining('no endpoints') as unknown,
    });
  });

  test('a header that would not arrive is refused', async () => {
    await using prometheus = await startPrometheus(() => vector());
    await expect(metricsOf(prometheus, 'service', { authorization: 'Bearer s3cret' })).rejects.toThrow(
      /has the header authorization, which never reaches a Service/,
    );
    await expect(metricsOf(prometheus, 'service', { 'Impersonate-User': 'admin' })).rejects.toThrow(
      'never reaches',
    );
  });

  test('without a cluster there is no Service', () => {
    const place = valueOf(parseMetrics('prometheus:9090'));
    expect(() => openMetrics(place, {}, {}, asker({}))).toThrow('There is no cluster');
  });
});

describe('refused before the first write', () => {
  test('Prometheus knows nothing of the namespace', async () => {
    expect(await refusalOf(() => vector())).toEqual({
      reason: 'check-failed',
      message: expect.stringMatching(
        /nothing was changed: Prometheus knows no istio_requests_total.*The query was count by/,
      ) as unknown,
    });
  });

  test('the counter of the stable build does not grow', async () => {
    expect(await refusalOf(counting(() => ({ build: 0, stable: 5 })))).toEqual({
      reason: 'check-failed',
      message: expect.stringMatching(/did not grow within 30 s.*The query was sum by \(pod/) as unknown,
    });
  });

  test('a query with several series, or that Prometheus refuses', async () => {
    const usual = counting((n) => ({ build: 0, stable: n }));
    const several = (query: string) =>
      query === 'q' ? vector([{ a: '1' }, 1], [{ a: '2' }, 2]) : usual(query);
    expect((await refusalOf(several, 'n: q < 1')).message).toContain(
      'the query gives 2 series ({a="1"}, {a="2"})',
    );
    const wrong = (query: string): Answer =>
      query === 'q'
        ? { status: 400, body: { status: 'error', errorType: 'bad_data', error: 'parse error' } }
        : usual(query);
    expect((await refusalOf(wrong, 'n: q < 1')).message).toContain(
      'the gate "n: q < 1" can\'t be judged: status 400: parse error',
    );
  });

  test('a query that says bad already', async () => {
    const { message } = await refusalOf(
      counting((n) => ({ build: 0, stable: n })),
      'n: q < 5',
    );
    expect(message).toContain('a gate says bad already: n: 5, and it must be < 5');
  });

  test('a time beyond all buckets', async () => {
    const usual = counting((n) => ({ build: 0, stable: n }));
    expect((await refusalOf(usual, 'p99 < 2s')).message).toContain(
      'the largest bound of the buckets is 500 ms',
    );
  });

  test.for([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [500, 'unreachable'],
  ] as const)('status %i', async ([status, reason]) => {
    const { reason: given, message } = await refusalOf(() => ({ status, body: '' }));
    expect(given).toBe(reason);
    expect(message).toContain('gave no answer before anything was changed, to the query count by');
  });

  test('what passes is asked again', async () => {
    const usual = counting((n) => ({ build: 0, stable: n }));
    let failures = 2;
    const flaky = (query: string): Answer =>
      (failures -= 1) >= 0 ? { status: 502, body: '' } : usual(query);
    expect((await refusalOf(flaky)).reason).toBe('none');
  });
});

test('traffic of another time, a scrape of a minute', async () => {
  const usual = counting((n) => ({ build: 3, stable: n }));
  const slow = (query: string) =>
    query.includes('count_over_time') ? vector([{ seconds: '300' }, 5]) : usual(query);
  await using prometheus = await startPrometheus(slow);
  expect(await start(await metricsOf(prometheus, 'url'))).toMatchObject({ lag: 4 });
});

test('web hooks are asked once each', async () => {
  await using server = await startPrometheus((_, path) => ({
    status: path === '/no' ? 412 : 200,
    body: 'why',
  }));
  const gates = valueOf(parseGates(`errors\n${server.url}/no\n${server.url}/yes`));
  expect(await askHooks(gates, asker({}))).toMatchObject({
    [`${server.url}/no`]: { kind: 'answer', status: 412, body: 'why' },
    [`${server.url}/yes`]: { kind: 'answer', status: 200 },
  });
  expect(server.asked.map(({ path }) => path).sort()).toEqual(['/no', '/yes']);
});
