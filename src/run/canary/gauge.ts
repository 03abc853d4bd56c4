/** What a canary is judged by, as far as it has to be asked. */
import type { CanaryPods, Tick } from '../../gates/types.ts';
import type { Gate } from '../../intent/gates.ts';
import type { Ask } from '../../ports/ask.ts';
import { askHooks, measure } from '../measure.ts';
import { startMeasuring, type Measuring } from '../start-measuring.ts';

export interface Gauge {
  /** The counts, queries and web hooks of one look. Never throws, but where the run is cancelled. */
  readonly read: (pods: CanaryPods) => Promise<Pick<Tick, 'counts' | 'queries' | 'hooks'>>;
  readonly hasMetrics: boolean;
  /** For the judge, as in `JudgeOptions`. */
  readonly lag: number;
  /** What a person should know of how it counts. */
  readonly notes: readonly string[];
}

export interface HookParts {
  readonly gates: readonly Gate[];
  /** Absent: web hooks have no answer. */
  readonly ask: Ask | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Without metrics: web hooks alone. */
export function hookGauge(hooks: HookParts): Gauge {
  return {
    hasMetrics: false,
    lag: 1,
    notes: [],
    read: async () => ({ queries: {}, hooks: await answersOf(hooks) }),
  };
}

/**
 * Finds out how the requests of both builds are counted, and that they are: before anything is written.
 *
 * @throws TrafficError as `startMeasuring`
 */
export async function metricsGauge(
  measuring: Measuring,
  readPods: () => Promise<CanaryPods>,
  hooks: HookParts,
): Promise<Gauge> {
  const { metrics, signal } = measuring;
  const { meter: begun, lag, notes } = await startMeasuring(measuring, readPods);
  let meter = begun;
  return {
    hasMetrics: true,
    lag,
    notes: [`Requests are counted by Prometheus (${metrics.place})`, ...notes],
    read: async (pods) => {
      const [reading, answers] = await Promise.all([measure(meter, metrics, pods, signal), answersOf(hooks)]);
      meter = reading.meter;
      return { counts: reading.counts, queries: reading.queries, hooks: answers };
    },
  };
}

const NOTHING_TO_ASK: Ask = () =>
  Promise.resolve({ kind: 'none', why: 'there is nothing to ask it with', milliseconds: 0 });

function answersOf({ gates, ask = NOTHING_TO_ASK, signal }: HookParts): ReturnType<typeof askHooks> {
  return askHooks(gates, ask, signal);
}
