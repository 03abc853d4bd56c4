/** What is found out from Prometheus before the first write of a canary: how to count, and that there is something to. */
import { throwIfCancelled } from '../base/cancel.ts';
import { elapsed, elapsing } from '../base/elapsed.ts';
import { TrafficError, type FailureReason } from '../base/errors.ts';
import { finding } from '../base/findings.ts';
import { retry, type Try } from '../base/retry.ts';
import {
  askedTimes,
  boundNote,
  boundsQuery,
  chooseBounds,
  chooseSeries,
  lagOf,
  queryVerdict,
  questionsOf,
  scrapeInterval,
  scrapeQuery,
  startMeter,
  surveyQuery,
  withPods,
  type BoundChoice,
  type CanaryPods,
  type Meter,
  type MeterReading,
  type MetricsAnswer,
  type Sample,
  type SeriesChoice,
} from '../gates/index.ts';
import type { Gate } from '../intent/gates.ts';
import type { Clock } from '../ports/collaborators.ts';
import type { Metrics } from '../ports/metrics.ts';
import { measure } from './measure.ts';

export interface Measuring {
  readonly metrics: Metrics;
  /** Of the pods. */
  readonly namespace: string;
  readonly gates: readonly Gate[];
  /** Milliseconds between two ticks. */
  readonly interval: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** The build has requests already, perhaps all of them: those count as well where it is seen whether anything grows. */
  readonly isResumed?: boolean;
}

export interface Measured {
  /** It has read the counters twice. */
  readonly meter: Meter;
  /** For the judge, as in `JudgeOptions`. */
  readonly lag: number;
  /** Sentences for the log and the report: how the series are told apart, which bounds are counted. */
  readonly notes: readonly string[];
}

/** Milliseconds between scrapes where Prometheus has too few samples to say. */
const UNKNOWN_SCRAPE = 60_000;

/**
 * Finds out how to count, and makes sure that there is something to count: a canary whose numbers never come would end
 * "unclear", after the change.
 *
 * @param readPods the pods as they are now
 * @throws TrafficError check-failed: nothing to tell the builds apart by, the stable build's counter does not grow, a gate
 * that can't be asked or that says bad already; and why Prometheus gives no answer
 */
export async function startMeasuring(
  measuring: Measuring,
  readPods: () => Promise<CanaryPods>,
): Promise<Measured> {
  const { metrics, namespace, gates, interval, signal } = measuring;
  const pods = await readPods();
  const survey = surveyQuery(namespace);
  const chosen = chooseSeries(await samplesOf(survey, measuring), pods, namespace);
  if (!chosen.ok) throw refused(chosen.why, survey, metrics);
  const { series } = chosen;
  const scrape = scrapeInterval(await samplesOf(scrapeQuery(namespace), measuring)) ?? UNKNOWN_SCRAPE;
  const bounds = await boundsOf(series, measuring);

  const first = await measure(withPods(startMeter(series, bounds, gates), pods), metrics, pods, signal);
  refuseUnread(first, measuring);
  const meter = await untilGrown(first.meter, scrape, measuring, readPods);
  const notes = bounds.map(boundNote).filter((note) => note !== undefined);
  return {
    meter,
    lag: lagOf(scrape, interval),
    notes: [`Prometheus' series of the two builds are told apart ${series.words}.`, ...notes],
  };
}

/** Two scrapes, and the time that Prometheus needs to write them down. */
const SCRAPES = 2;
const WRITTEN_DOWN = 2_000;

/** Reads until the stable build's counter has grown. */
async function untilGrown(
  first: Meter,
  scrape: number,
  measuring: Measuring,
  readPods: () => Promise<CanaryPods>,
): Promise<Meter> {
  const { metrics, clock, signal, isResumed = false } = measuring;
  const deadline = elapsed(clock) + SCRAPES * scrape + WRITTEN_DOWN;
  let meter = first;
  return retry(
    elapsing(clock),
    async (): Promise<Try<Meter>> => {
      const reading = await measure(meter, metrics, await readPods(), signal);
      meter = reading.meter;
      const { counts } = reading;
      const isGrown =
        !('unread' in counts) && counts.stable.requests + (isResumed ? counts.build.requests : 0) > 0;
      if (isGrown) return { kind: 'done', value: meter };
      const giveUp = (): never => {
        refuseUnread(reading, measuring);
        const time = Math.round((SCRAPES * scrape) / 1000);
        throw refused(
          `the stable build's counter did not grow within ${time} s. Does it get requests, and does Prometheus still scrape its pods?`,
          questionsOf(meter)[0]?.promql,
          metrics,
        );
      };
      return { kind: 'again', pause: Math.max(1_000, Math.round(scrape / 3)), deadline, late: 'cut', giveUp };
    },
    signal,
  );
}

async function boundsOf(series: SeriesChoice, measuring: Measuring): Promise<readonly BoundChoice[]> {
  const times = askedTimes(measuring.gates);
  if (times.length === 0) return [];
  const query = boundsQuery(series.matchers);
  const bounds = chooseBounds(times, await samplesOf(query, measuring));
  if (typeof bounds === 'string') throw refused(bounds, query, measuring.metrics);
  return bounds;
}

/** Tries that an answer before the first write is worth; during a canary, the next tick asks again. */
const TRIES = 3;
const PAUSE = 2_000;

/** @throws TrafficError with the reason and the words of the answer that is none */
async function samplesOf(promql: string, { metrics, clock, signal }: Measuring): Promise<readonly Sample[]> {
  for (let tries = 1; ; tries += 1) {
    const answer = await metrics.query(promql, signal);
    throwIfCancelled(signal);
    if (answer.kind === 'samples') return answer.samples;
    const isPassing = answer.reason === 'unreachable' || answer.reason === 'timeout';
    if (!isPassing || tries === TRIES) throw noAnswer(answer, promql, metrics);
    await clock.sleep(PAUSE, signal);
  }
}

/** A reading of which something is missing, or that speaks against the build already. */
function refuseUnread({ counts, queries }: MeterReading, { metrics, gates }: Measuring): void {
  if ('unread' in counts) throw refused(counts.unread, undefined, metrics);
  for (const gate of gates) {
    const reading = gate.kind === 'query' ? queries[gate.text] : undefined;
    if (gate.kind !== 'query' || reading === undefined) continue;
    if (reading.kind === 'none') {
      if (!reading.isRefused) continue;
      throw refused(`the gate "${gate.text}" can't be judged: ${reading.why}`, undefined, metrics);
    }
    const { kind, words } = queryVerdict(gate, { reading, mute: 0 });
    if (kind === 'bad') throw refused(`a gate says bad already: ${words}`, undefined, metrics);
  }
}

function noAnswer(
  { reason, why }: Extract<MetricsAnswer, { kind: 'none' }>,
  promql: string,
  { place }: Metrics,
): TrafficError {
  const reasons: Readonly<Record<typeof reason, FailureReason>> = {
    unreachable: 'unreachable',
    timeout: 'timeout',
    unauthorized: 'unauthorized',
    forbidden: 'forbidden',
    'not-found': 'not-found',
    rejected: 'rejected',
  };
  return new TrafficError(
    reasons[reason],
    `Prometheus (${place}) gave no answer before anything was changed, to the query ${promql}: ${why}`,
  );
}

function refused(why: string, promql: string | undefined, { place }: Metrics): TrafficError {
  const asked = promql === undefined ? '' : ` The query was ${promql}.`;
  const sentence = /[.!?]$/.test(why) ? why : `${why}.`;
  const message = `The canary can't be judged by Prometheus (${place}), so nothing was changed: ${sentence}${asked}`;
  return new TrafficError('check-failed', message, {
    findings: [finding('metrics-missing', 'error', message)],
  });
}
