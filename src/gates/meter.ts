import type { Gate, QueryGate } from '../intent/gates.ts';
import type { BoundChoice } from './bounds.ts';
import { increments, type CounterValues } from './counters.ts';
import { durationsQuery, requestsQuery, type Matchers } from './promql.ts';
import { readQuery } from './query-reading.ts';
import type { SeriesChoice, Side } from './series.ts';
import type { CanaryPods, Counts, MetricsAnswer, QueryReading, Sample, SlowCounts } from './types.ts';

/** What is asked in each tick, and how far the counters have come. */
export interface Meter {
  readonly series: SeriesChoice;
  /** Values of the label that were seen on either side; pods that are gone stay, for their last requests count. */
  readonly sideOf: ReadonlyMap<string, Side>;
  readonly bounds: readonly BoundChoice[];
  readonly queries: readonly QueryGate[];
  /** Absent: not read yet. */
  readonly requests?: CounterValues;
  readonly durations?: CounterValues;
}

/** One query of a tick. */
export interface Question {
  readonly id: string;
  readonly promql: string;
}

export interface MeterReading {
  readonly meter: Meter;
  readonly counts: Counts | { readonly unread: string };
  readonly queries: Readonly<Record<string, QueryReading>>;
}

/** A meter for the series that were found, before its first reading. */
export function startMeter(
  series: SeriesChoice,
  bounds: readonly BoundChoice[],
  gates: readonly Gate[],
): Meter {
  return {
    series,
    sideOf: series.sideOf,
    bounds,
    queries: gates.flatMap((gate) => (gate.kind === 'query' ? [gate] : [])),
  };
}

/** Pods beyond which their names are not listed: the query goes into an address, which has a longest length. */
const MOST_NAMES = 100;

/** The meter with the pods that are there now. To be done before the questions are made of it. */
export function withPods(meter: Meter, pods: CanaryPods): Meter {
  if (!meter.series.isByPod) return meter;
  const build = pods.build.map(({ name }) => [name, 'build'] as const);
  const stable = pods.stable.map(({ name }) => [name, 'stable'] as const);
  return { ...meter, sideOf: new Map<string, Side>([...meter.sideOf, ...stable, ...build]) };
}

/** One query a tick for requests and errors, one for all times of answers, and one for each query of the gates. */
export function questionsOf(meter: Meter): readonly Question[] {
  const { series, sideOf, bounds } = meter;
  const names = [...sideOf.keys()];
  const byPod = series.isByPod && names.length <= MOST_NAMES ? { [series.by]: names } : {};
  const matchers: Matchers = { ...series.matchers, ...byPod };
  const texts = [...new Set(bounds.flatMap((bound) => bound.texts))];
  return [
    { id: REQUESTS, promql: requestsQuery(series.by, matchers, meter.requests === undefined) },
    ...(bounds.length === 0
      ? []
      : [
          {
            id: DURATIONS,
            promql: durationsQuery(series.by, matchers, texts, meter.durations === undefined),
          },
        ]),
    ...meter.queries.map(({ text, promql }) => ({ id: text, promql })),
  ];
}

/** Gates' texts are not empty, and begin with no space. */
const REQUESTS = ' requests';
const DURATIONS = ' durations';

/**
 * What the answers say, and the meter as it is afterwards. A tick that can't be read changes nothing: the next one counts
 * what came in both.
 *
 * @param answers by the id of the question; one that is missing was not asked
 */
export function readMeter(meter: Meter, answers: ReadonlyMap<string, MetricsAnswer>): MeterReading {
  const queries = Object.fromEntries(meter.queries.map(({ text }) => [text, readQuery(answers.get(text))]));
  const requests = readRequests(meter, usable(answers.get(REQUESTS)));
  if ('unread' in requests) return { meter, counts: requests, queries };
  const durations =
    meter.bounds.length === 0
      ? { values: undefined, slow: [] }
      : readDurations(meter, usable(answers.get(DURATIONS)));
  if ('unread' in durations) return { meter, counts: durations, queries };
  const { values, slow } = durations;
  return {
    meter: { ...meter, requests: requests.values, ...(values === undefined ? {} : { durations: values }) },
    counts: { build: requests.build, stable: requests.stable, slow },
    queries,
  };
}

interface Unread {
  readonly unread: string;
}

/** The samples, where nothing makes them doubtful. */
function usable(answer: MetricsAnswer | undefined): readonly Sample[] | Unread {
  if (answer === undefined) return { unread: 'Prometheus was not asked' };
  if (answer.kind === 'none') return { unread: answer.why };
  const [warning] = answer.warnings;
  return warning === undefined
    ? answer.samples
    : { unread: `Prometheus warns that a part is missing: ${warning}` };
}

/** A counter of one side. */
interface Counter {
  readonly side: Side;
  /** What the series is about, but for the pod. */
  readonly labels: readonly string[];
}

function readRequests(
  meter: Meter,
  samples: readonly Sample[] | Unread,
): Unread | (Omit<Counts, 'slow'> & { readonly values: CounterValues }) {
  if ('unread' in samples) return samples;
  const now = countersOf(meter, samples, ['response_code', 'grpc_response_status']);
  if ('unread' in now) return now;
  const { values, grown } = increments(meter.requests, now.values);
  const each = counted(now.counters, grown).map(({ counter: { side, labels }, more }) => ({
    side,
    more,
    failed: isFailure(labels[0] ?? '', labels[1] ?? '') ? more : 0,
  }));
  const of = (side: Side) => {
    const own = each.filter((one) => one.side === side);
    return { requests: sum(own.map(({ more }) => more)), failed: sum(own.map(({ failed }) => failed)) };
  };
  return { values, build: of('build'), stable: of('stable') };
}

/** Statuses of gRPC that are a fault of the server: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const GRPC_FAILURES = new Set(['2', '4', '12', '13', '14', '15']);

/**
 * Is it an answer that a server is to blame for: a 5xx, or what gRPC maps to one? A 0 is a client that went away before
 * the answer, as dashboards of Istio count it.
 *
 * @see https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
 */
function isFailure(code: string, grpc: string): boolean {
  return /^5\d\d$/.test(code) || GRPC_FAILURES.has(grpc);
}

function readDurations(
  meter: Meter,
  samples: readonly Sample[] | Unread,
): Unread | { readonly values: CounterValues; readonly slow: readonly SlowCounts[] } {
  if ('unread' in samples) return samples;
  // `500` and `500.0` are one bound: which of them it is may change with an update of Prometheus.
  const numbered = samples.map(({ labels, value }) => ({
    labels: { ...labels, le: String(labels['le'] === '+Inf' ? Infinity : Number(labels['le'])) },
    value,
  }));
  const now = countersOf(meter, numbered, ['le']);
  if ('unread' in now) return now;
  const { values, grown } = increments(meter.durations, now.values);
  const more = counted(now.counters, grown);
  const of = (side: Side, bound: number) => {
    const within = (le: number) =>
      sum(
        more
          .filter(({ counter }) => counter.side === side && counter.labels[0] === String(le))
          .map((one) => one.more),
      );
    const requests = within(Infinity);
    return { requests, slow: Math.max(0, requests - within(bound)) };
  };
  const slow = meter.bounds.map(({ asked, bound }) => ({
    asked,
    bound,
    build: of('build', bound),
    stable: of('stable', bound),
  }));
  return { values, slow };
}

/** The counters that are of one of the two sides, by their keys. */
function countersOf(
  { series, sideOf }: Meter,
  samples: readonly Sample[],
  names: readonly string[],
): Unread | { readonly values: CounterValues; readonly counters: ReadonlyMap<string, Counter> } {
  const values = new Map<string, number>();
  const counters = new Map<string, Counter>();
  for (const { labels, value: count } of samples) {
    const value = labels[series.by] ?? '';
    const side = sideOf.get(value);
    if (side === undefined) continue;
    if (!Number.isSafeInteger(count) || count < 0)
      return { unread: `a counter of ${value} is ${count}, which is no number of requests` };
    const counter = { side, labels: names.map((name) => labels[name] ?? '') };
    const key = JSON.stringify([side, value, ...counter.labels]);
    values.set(key, (values.get(key) ?? 0) + count);
    counters.set(key, counter);
  }
  return { values, counters };
}

/** What grew is among what was read. */
function counted(
  counters: ReadonlyMap<string, Counter>,
  grown: ReadonlyMap<string, number>,
): readonly { readonly counter: Counter; readonly more: number }[] {
  return [...counters].map(([key, counter]) => ({ counter, more: grown.get(key) ?? 0 }));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
