import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  chooseBounds,
  chooseSeries,
  lagOf,
  questionsOf,
  readMeter,
  scrapeInterval,
  startMeter,
  withPods,
  boundNote,
  type CanaryPods,
  type Meter,
  type MetricsAnswer,
  type Sample,
} from '../../src/gates/index.ts';
import { increments } from '../../src/gates/counters.ts';
import type { Labels } from '../../src/istio/types.ts';

function podsOf(
  build: readonly string[],
  stable: readonly string[],
  more: (name: string) => object = () => ({}),
): CanaryPods {
  const pod = (name: string) => ({ name, labels: {}, ready: true, restarts: 0, troubles: [], ...more(name) });
  return { build: build.map(pod), stable: stable.map(pod) };
}

function sample(value: number, labels: Labels): Sample {
  return { value, labels };
}

function samples(...all: readonly Sample[]): MetricsAnswer {
  return { kind: 'samples', samples: all, warnings: [] };
}

describe('whose series', () => {
  const destination = { reporter: 'destination' };

  test('the pod tells them apart', () => {
    const rows = [sample(1, { ...destination, pod: 'api-9-a', destination_workload: 'api-9' })];
    expect(chooseSeries(rows, podsOf(['api-10-a'], ['api-9-a']), 'shop')).toMatchObject({
      ok: true,
      series: { by: 'pod', words: 'by the label pod' },
    });
  });

  test('where a scrape does not say the pod, the workload tells them apart', () => {
    const workload = (name: string) => ({ workload: name.replace(/-.$/, '') });
    const rows = [sample(1, { ...destination, destination_workload: 'api-9' })];
    expect(chooseSeries(rows, podsOf(['api-10-a'], ['api-9-a'], workload), 'shop')).toMatchObject({
      series: { by: 'destination_workload', matchers: { destination_workload: ['api-10', 'api-9'] } },
    });
  });

  test('the version, where one workload has both', () => {
    const more = (name: string) => ({
      workload: 'api',
      labels: { version: name.startsWith('b') ? '10' : '9' },
    });
    const rows = [sample(1, { ...destination, destination_workload: 'api', destination_version: '9' })];
    expect(chooseSeries(rows, podsOf(['b'], ['s'], more), 'shop')).toMatchObject({
      series: { by: 'destination_version', matchers: { destination_workload: ['api'] } },
    });
  });

  test('a version that both have tells nothing apart', () => {
    const more = () => ({ workload: 'api', labels: { version: 'latest' } });
    const rows = [sample(1, { ...destination, destination_workload: 'api', destination_version: 'latest' })];
    expect(chooseSeries(rows, podsOf(['b'], ['s'], more), 'shop')).toMatchObject({
      ok: false,
      why: expect.stringContaining('none that is the stable build') as unknown,
    });
  });

  test('the version of another application is not taken for the stable build', () => {
    const more = (name: string) => ({ workload: 'api', labels: { version: name === 'b' ? '10' : '9' } });
    const rows = [sample(1, { ...destination, destination_workload: 'cart', destination_version: '9' })];
    expect(chooseSeries(rows, podsOf(['b'], ['s'], more), 'shop')).toMatchObject({ ok: false });
  });

  test('a waypoint reports for ambient pods', () => {
    const workload = (name: string) => ({ workload: name === 'b' ? 'api-10' : 'api-9' });
    const rows = [sample(1, { reporter: 'waypoint', pod: 'waypoint-x', destination_workload: 'api-9' })];
    expect(chooseSeries(rows, podsOf(['b'], ['s'], workload), 'shop')).toMatchObject({
      series: {
        by: 'destination_workload',
        reporter: 'waypoint',
        words: expect.stringContaining('waypoint') as unknown,
      },
    });
  });

  test('nothing at all', () => {
    expect(chooseSeries([], podsOf(['b'], ['s']), 'shop')).toMatchObject({
      ok: false,
      why: expect.stringContaining('no istio_requests_total of workloads in namespace shop') as unknown,
    });
  });
});

describe('counters', () => {
  const grown = (before: Record<string, number> | undefined, now: Record<string, number>) =>
    Object.fromEntries(
      increments(before && new Map(Object.entries(before)), new Map(Object.entries(now))).grown,
    );

  test.for([
    ['the first reading counts nothing', undefined, { a: 5 }, {}],
    ['the difference counts', { a: 5 }, { a: 8 }, { a: 3 }],
    ['one that appears counts from 0', { a: 5 }, { a: 5, b: 50 }, { b: 50 }],
    ['one that was started again counts from 0', { a: 500 }, { a: 3 }, { a: 3 }],
    ['a sum that lost a part counts nothing', { a: 500 }, { a: 400 }, {}],
  ] as const)('%s', ([, before, now, expected]) => {
    expect(grown(before, now)).toEqual(expected);
  });

  test('one that is missing for a while goes on where it was', () => {
    const first = increments(new Map([['a', 5]]), new Map());
    expect(Object.fromEntries(increments(first.values, new Map([['a', 9]])).grown)).toEqual({ a: 4 });
  });
});

describe('a tick', () => {
  const pods = podsOf(['b1'], ['s1', 's2']);
  const rows = [sample(1, { reporter: 'destination', pod: 's1' })];

  function meterOf(
    gates: Parameters<typeof startMeter>[2] = [],
    bounds: Parameters<typeof startMeter>[1] = [],
  ): Meter {
    const chosen = chooseSeries(rows, pods, 'shop');
    if (!chosen.ok) throw new Error(chosen.why);
    return withPods(startMeter(chosen.series, bounds, gates), pods);
  }

  /** The answers in the order of the questions. */
  function read(meter: Meter, ...answers: readonly MetricsAnswer[]) {
    return readMeter(
      meter,
      new Map(questionsOf(meter).map(({ id }, index) => [id, answers[index] ?? samples()])),
    );
  }

  const code = (pod: string, response_code: string, value: number, more: Labels = {}) =>
    sample(value, { pod, response_code, ...more });

  test('requests and failures, whole numbers of either side', () => {
    const first = read(
      meterOf(),
      samples(code('s1', '200', 900), code('s2', '200', 800), code('s2', '503', 7)),
    );
    expect(first.counts).toEqual({
      build: { requests: 0, failed: 0 },
      stable: { requests: 0, failed: 0 },
      slow: [],
    });
    const next = read(
      first.meter,
      samples(
        code('s1', '200', 950),
        code('s2', '503', 8),
        code('b1', '200', 5),
        code('b1', '500', 2),
        code('b1', '0', 1),
        code('b1', '404', 1),
        code('other', '500', 99),
      ),
    );
    expect(next.counts).toMatchObject({
      build: { requests: 9, failed: 2 },
      stable: { requests: 51, failed: 1 },
    });
  });

  test('what gRPC calls a fault of the server is a failure', () => {
    const { meter } = read(meterOf(), samples());
    const grpc = (status: string) => code('b1', '200', 1, { grpc_response_status: status });
    const next = read(meter, samples(...['0', '2', '4', '5', '7', '12', '13', '14', '15', '16'].map(grpc)));
    expect(next.counts).toMatchObject({ build: { requests: 10, failed: 6 } });
  });

  test('pods that come are counted from 0, pods that go keep their last requests', () => {
    const { meter } = read(meterOf(), samples(code('s1', '200', 10)));
    const later = withPods(meter, podsOf(['b2'], ['s1']));
    expect(questionsOf(later)[0]?.promql).toContain('pod=~"b1|s1|s2|b2"');
    const next = read(later, samples(code('s1', '200', 10), code('b1', '200', 3), code('b2', '503', 50)));
    expect(next.counts).toMatchObject({ build: { requests: 53, failed: 50 }, stable: { requests: 0 } });
  });

  test.for([
    [
      'no answer',
      { kind: 'none', reason: 'unreachable', why: 'the connection was refused' },
      'the connection was refused',
    ],
    ['a warning', { kind: 'samples', samples: [], warnings: ['a store is gone'] }, 'a store is gone'],
    ['half a request', samples(code('b1', '200', 1.5)), 'no number of requests'],
    ['NaN', samples(code('b1', '200', Number.NaN)), 'no number of requests'],
    ['infinitely many', samples(code('b1', '200', Infinity)), 'no number of requests'],
    ['less than none', samples(code('b1', '200', -1)), 'no number of requests'],
  ] as const)('%s is no reading, and the next one counts what came in both', ([, answer, why]) => {
    const { meter } = read(meterOf(), samples(code('s1', '200', 10)));
    const unread = read(meter, answer);
    expect(unread.counts).toEqual({ unread: expect.stringContaining(why) as unknown });
    expect(read(unread.meter, samples(code('s1', '200', 14))).counts).toMatchObject({
      stable: { requests: 4 },
    });
  });

  test('slow answers are those beyond the bound, however le is written', () => {
    const gates = [{ kind: 'slow', text: 'slower than 400ms', milliseconds: 400 }] as const;
    const bounds = chooseBounds(
      [400],
      ['250.0', '500.0', '+Inf'].map((le) => sample(1, { le })),
    );
    if (typeof bounds === 'string') throw new Error(bounds);
    const { meter } = read(meterOf(gates, bounds), samples(), samples());
    expect(questionsOf(meter)[1]?.promql).toContain('le=~"500\\\\.0|\\\\+Inf"');
    const le = (pod: string, text: string, value: number) => sample(value, { pod, le: text });
    const next = read(
      meter,
      samples(),
      samples(le('b1', '500', 7), le('b1', '+Inf', 10), le('s1', '500.0', 98), le('s1', '+Inf', 100)),
    );
    expect(next.counts).toMatchObject({
      slow: [
        { asked: 400, bound: 500, build: { requests: 10, slow: 3 }, stable: { requests: 100, slow: 2 } },
      ],
    });
  });

  test('the first question looks back, so that a pod that missed a scrape is not new', () => {
    expect(questionsOf(meterOf())[0]?.promql).toBe(
      'sum by (pod, response_code, grpc_response_status) (last_over_time(istio_requests_total{reporter="destination", ' +
        'destination_workload_namespace="shop", pod=~"b1|s1|s2"}[15m]))',
    );
  });

  test('names of many pods stay out of the address', () => {
    const many = withPods(
      meterOf(),
      podsOf(
        Array.from({ length: 200 }, (_, n) => `b${n}`),
        ['s1'],
      ),
    );
    expect(questionsOf(many)[0]?.promql).not.toContain('b150');
  });

  test('nothing is lost and nothing counts twice, whichever readings fail', () => {
    const steps = fc.array(
      fc.record({ good: fc.nat(50), failed: fc.nat(5), isRead: fc.boolean(), isScraped: fc.boolean() }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        let { meter } = read(meterOf(), samples(code('s1', '200', 7)));
        let [good, failed] = [0, 0];
        const seen = { requests: 0, failed: 0 };
        for (const step of [...all, { good: 0, failed: 0, isRead: true, isScraped: true }]) {
          good += step.good;
          failed += step.failed;
          const rows = [
            ...(good > 0 ? [code('b1', '200', good)] : []),
            ...(failed > 0 ? [code('b1', '503', failed)] : []),
          ];
          const answer = samples(...(step.isScraped ? rows : []));
          const reading = read(
            meter,
            step.isRead ? answer : { kind: 'none', reason: 'timeout', why: 'late' },
          );
          meter = reading.meter;
          if ('unread' in reading.counts) continue;
          seen.requests += reading.counts.build.requests;
          seen.failed += reading.counts.build.failed;
        }
        expect(seen).toEqual({ requests: good + failed, failed });
      }),
    );
  });

  test('whatever the samples are, counts are whole numbers', () => {
    const odd = fc.record({
      labels: fc.dictionary(
        fc.constantFrom('pod', 'response_code', 'le'),
        fc.constantFrom('b1', 's1', '503', '', '+Inf'),
      ),
      value: fc.oneof(fc.double(), fc.nat()),
    });
    fc.assert(
      fc.property(fc.array(fc.array(odd, { maxLength: 6 }), { maxLength: 8 }), (ticks) => {
        let meter = meterOf();
        for (const tick of ticks) {
          const reading = read(meter, samples(...tick));
          meter = reading.meter;
          if ('unread' in reading.counts) continue;
          for (const side of [reading.counts.build, reading.counts.stable]) {
            expect(
              Number.isSafeInteger(side.requests) && side.requests >= side.failed && side.failed >= 0,
            ).toBe(true);
          }
        }
      }),
    );
  });

  test('queries of the gates', () => {
    const gate = (name: string) =>
      ({ kind: 'query', text: name, name, promql: name, operator: '<', limit: 1 }) as const;
    const meter = meterOf(['one', 'none', 'many', 'nan', 'bad', 'gone'].map(gate));
    const { queries } = read(
      meter,
      samples(),
      samples(sample(3, {})),
      samples(),
      samples(sample(1, { a: '1' }), sample(2, { a: '2' })),
      samples(sample(Number.NaN, {})),
      { kind: 'none', reason: 'rejected', why: 'status 400: parse error' },
      { kind: 'none', reason: 'unreachable', why: 'gone' },
    );
    expect(queries).toMatchObject({
      one: { kind: 'value', value: 3 },
      none: { kind: 'none', isMute: true, isRefused: false },
      many: { isMute: true, isRefused: true, why: expect.stringContaining('{a="1"}, {a="2"}') as unknown },
      nan: { isMute: true, isRefused: false },
      bad: { isMute: true, isRefused: true },
      gone: { isMute: false, isRefused: false },
    });
  });
});

test('a time between two bounds is counted from the next bound, and said', () => {
  const known = ['100', '250', '+Inf'].map((le) => sample(1, { le }));
  expect(chooseBounds([100], known)).toMatchObject([{ asked: 100, bound: 100 }]);
  expect(boundNote({ asked: 100, bound: 100, texts: [] })).toBeUndefined();
  expect(boundNote({ asked: 120, bound: 250, texts: [] })).toContain('slower than 250 ms');
  expect(chooseBounds([300], known)).toContain('the largest bound of the buckets is 250 ms');
  expect(chooseBounds([300], [])).toContain('istio_request_duration_milliseconds_bucket');
});

test.for([
  ['every 15 s for long', { '10': 1, '60': 4, '300': 20, '1200': 80 }, 15_000, 1],
  ['one sample more at both ends', { '60': 5, '300': 21, '1200': 81 }, 12_000, 1],
  ['one missed', { '60': 3, '300': 19, '1200': 79 }, 15_190, 1],
  ['every second, since ten seconds', { '10': 10, '60': 10, '300': 10, '1200': 10 }, 1_000, 1],
  ['every minute', { '60': 1, '300': 5, '1200': 20 }, 60_000, 4],
  ['every 30 s, since a minute', { '60': 2, '300': 2 }, undefined, undefined],
  ['nothing', {}, undefined, undefined],
  ['nonsense', { '300': Number.NaN, '7': 9 }, undefined, undefined],
] as const)('scrapes: %s', ([, counted, interval, lag]) => {
  const all = Object.entries(counted).map(([seconds, value]) => sample(value, { seconds }));
  expect(scrapeInterval(all)).toBe(interval);
  if (interval !== undefined) expect(lagOf(interval, 15_000)).toBe(lag);
});
