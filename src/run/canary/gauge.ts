/** What a canary is judged by, as far as it has to be asked: the effects around the pure room `gates/`. */
import { throwIfCancelled } from '../../base/cancel.ts';
import { TrafficError, type FailureReason } from '../../base/errors.ts';
import {
  askedTimes,
  boundNote,
  boundsQuery,
  chooseBounds,
  chooseSeries,
  questionsOf,
  readMeter,
  scrapeInterval,
  scrapeQuery,
  startMeter,
  surveyQuery,
  withPods,
  type BoundChoice,
  type Meter,
  type MeterReading,
} from '../../gates/index.ts';
import type { CanaryPods, Counts, HookAnswer, MetricsAnswer, Sample, Tick } from '../../gates/types.ts';
import type { Gate } from '../../intent/gates.ts';
import type { Ask } from '../../ports/ask.ts';
import type { Clock } from '../../ports/collaborators.ts';
import type { Metrics } from '../../ports/metrics.ts';

/** The counts, queries and web hooks of one look. */
export type Reading = Pick<Tick, 'counts' | 'queries' | 'hooks'>;

export interface Gauge {
  /** Asks everything once. Never throws, but where the run is cancelled. */
  readonly read: (pods: CanaryPods) => Promise<Reading>;
  readonly hasMetrics: boolean;
  /** Milliseconds between two scrapes; 0 without metrics. */
  readonly scrape: number;
  /** What was counted before the first write; absent: nothing. */
  readonly earlier?: Counts;
  /** What a person should know of how it counts. */
  readonly notes: readonly string[];
}

export interface GaugeParts {
  readonly gates: readonly Gate[];
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** Absent: there are no web hooks. */
  readonly ask: Ask | undefined;
}

/** Milliseconds that a web hook has to answer. */
const HOOK_TIMEOUT = 10_000;

/** Without metrics: web hooks alone. */
export function hookGauge(parts: GaugeParts): Gauge {
  return {
    hasMetrics: false,
    scrape: 0,
    notes: [],
    read: async () => ({ queries: {}, hooks: await askHooks(parts) }),
  };
}

async function askHooks({ gates, ask, signal }: GaugeParts): Promise<Readonly<Record<string, HookAnswer>>> {
  const hooks = gates.filter((gate) => gate.kind === 'hook');
  const answers = await Promise.all(
    hooks.map(async ({ text, url }): Promise<readonly [string, HookAnswer]> => {
      if (ask === undefined) return [text, { kind: 'none', why: 'there is nothing to ask it with' }];
      const answer = await ask({ url, headers: {}, timeout: HOOK_TIMEOUT, signal });
      return [
        text,
        answer.kind === 'answer'
          ? { kind: 'answer', status: answer.status, body: answer.body }
          : { kind: 'none', why: answer.why },
      ];
    }),
  );
  return Object.fromEntries(answers);
}

export interface MetricsSetting {
  readonly metrics: Metrics;
  readonly namespace: string;
  readonly pods: CanaryPods;
  /** Requests of the build count as well: it goes on with a stage in which it may have all of them. */
  readonly isResumed: boolean;
}

/** Milliseconds between two scrapes, where Prometheus has too few samples to say. */
const USUAL_SCRAPE = 15_000;

/** The longest that Prometheus' own documentation suggests; a larger figure is a gap in the samples. */
const LONGEST_SCRAPE = 120_000;

/**
 * Finds out how the requests of both builds are counted, and that they are: before anything is written.
 *
 * @throws TrafficError check-failed where the metrics aren't there, with the query and what came back; as Prometheus
 *   answered where it can't be asked; cancelled
 */
export async function metricsGauge(setting: MetricsSetting, parts: GaugeParts): Promise<Gauge> {
  const { metrics, namespace, pods } = setting;
  const { gates, signal } = parts;
  const survey = await samplesOf(metrics, surveyQuery(namespace), signal);
  const chosen = chooseSeries(survey, pods, namespace);
  if (!chosen.ok) throw missing(metrics, surveyQuery(namespace), chosen.why);
  const bounds = await boundsFor(metrics, gates, chosen.series.matchers, signal);
  const [often] = await samplesOf(metrics, scrapeQuery(namespace), signal);
  const scrape = Math.min(LONGEST_SCRAPE, scrapeInterval(often?.value ?? NaN) ?? USUAL_SCRAPE);
  const first = await look(startMeter(chosen.series, bounds, gates), pods, metrics, signal);
  refuseWrongQueries(gates, first.answers, metrics);
  const { counts, meter: begun } = await untilCounted(first.reading.meter, scrape, setting, parts);
  let meter = begun;
  return {
    hasMetrics: true,
    scrape,
    earlier: counts,
    notes: [
      `Requests are counted by ${metrics.place}, those of the build and of the stable pods told apart ${chosen.series.words}.`,
      ...bounds.flatMap((bound) => boundNote(bound) ?? []),
    ],
    read: async (now) => {
      const [{ reading }, hooks] = await Promise.all([look(meter, now, metrics, signal), askHooks(parts)]);
      meter = reading.meter;
      return { counts: reading.counts, queries: reading.queries, hooks };
    },
  };
}

interface Look {
  readonly reading: MeterReading;
  readonly answers: ReadonlyMap<string, MetricsAnswer>;
}

/** All questions of one moment, at once. */
async function look(
  before: Meter,
  pods: CanaryPods,
  metrics: Metrics,
  signal: AbortSignal | undefined,
): Promise<Look> {
  const meter = withPods(before, pods);
  const answers = new Map(
    await Promise.all(
      questionsOf(meter).map(async ({ id, promql }) => [id, await metrics.query(promql, signal)] as const),
    ),
  );
  return { reading: readMeter(meter, answers), answers };
}

/** Scrapes in which the counters of the stable build must have grown. */
const MOST_SCRAPES = 2;

/** @throws TrafficError check-failed */
async function untilCounted(
  meter: Meter,
  scrape: number,
  { metrics, pods, isResumed }: MetricsSetting,
  { clock, signal }: GaugeParts,
): Promise<{ readonly counts: Counts; readonly meter: Meter }> {
  let why = '';
  for (let scrapes = 1; scrapes <= MOST_SCRAPES; scrapes += 1) {
    await clock.sleep(scrape, signal);
    throwIfCancelled(signal);
    const { reading } = await look(meter, pods, metrics, signal);
    const { counts } = reading;
    if ('unread' in counts) {
      why = counts.unread;
      continue;
    }
    const { stable, build } = counts;
    if (stable.requests + (isResumed ? build.requests : 0) > 0) return { counts, meter: reading.meter };
    why = `its counters have not grown in ${scrapes === 1 ? 'one scrape' : `${scrapes} scrapes`} (${(scrape * scrapes) / 1000} s)`;
  }
  const [question] = questionsOf(withPods(meter, pods));
  throw missing(metrics, question?.promql ?? '', `the stable build's requests are not counted: ${why}.`);
}

function missing(metrics: Metrics, promql: string, why: string): TrafficError {
  return new TrafficError(
    'check-failed',
    `The requests that the build would be judged by can't be counted, so nothing was changed: ${why}\n` +
      `Asked of ${metrics.place}: ${promql}`,
  );
}

async function boundsFor(
  metrics: Metrics,
  gates: readonly Gate[],
  matchers: Parameters<typeof boundsQuery>[0],
  signal: AbortSignal | undefined,
): Promise<readonly BoundChoice[]> {
  const times = askedTimes(gates);
  if (times.length === 0) return [];
  const promql = boundsQuery(matchers);
  const bounds = chooseBounds(times, await samplesOf(metrics, promql, signal));
  if (typeof bounds === 'string') throw missing(metrics, promql, bounds);
  return bounds;
}

const REASONS: Readonly<Record<Extract<MetricsAnswer, { kind: 'none' }>['reason'], FailureReason>> = {
  unreachable: 'unreachable',
  timeout: 'timeout',
  unauthorized: 'unauthorized',
  forbidden: 'forbidden',
  'not-found': 'not-found',
  rejected: 'rejected',
};

/** @throws TrafficError where there is no answer */
async function samplesOf(
  metrics: Metrics,
  promql: string,
  signal: AbortSignal | undefined,
): Promise<readonly Sample[]> {
  const answer = await metrics.query(promql, signal);
  if (answer.kind === 'samples') return answer.samples;
  throw new TrafficError(
    REASONS[answer.reason],
    `Prometheus could not be asked, so nothing was changed: ${answer.why}\nAsked of ${metrics.place}: ${promql}`,
  );
}

/** A query that Prometheus refuses, or that has several values, would never say anything. */
function refuseWrongQueries(
  gates: readonly Gate[],
  answers: ReadonlyMap<string, MetricsAnswer>,
  metrics: Metrics,
): void {
  for (const gate of gates) {
    if (gate.kind !== 'query') continue;
    const answer = answers.get(gate.text);
    if (answer?.kind === 'none' && answer.reason === 'rejected')
      throw missing(metrics, gate.promql, `the gate ${gate.name} is refused: ${answer.why}`);
    if (answer?.kind === 'samples' && answer.samples.length > 1)
      throw missing(
        metrics,
        gate.promql,
        `the gate ${gate.name} has ${answer.samples.length} values, and one is needed: put sum(…) or max(…) around it.`,
      );
  }
}
