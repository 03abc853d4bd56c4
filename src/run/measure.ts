/** What a canary asks at each of its ticks: Prometheus, and the web hooks of its gates. */
import { throwIfCancelled } from '../base/cancel.ts';
import { TrafficError } from '../base/errors.ts';
import {
  questionsOf,
  readMeter,
  withPods,
  type CanaryPods,
  type HookAnswer,
  type Meter,
  type MeterReading,
  type MetricsAnswer,
} from '../gates/index.ts';
import type { Gate } from '../intent/gates.ts';
import type { MetricsPlace } from '../intent/metrics.ts';
import type { Ask } from '../ports/ask.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Store } from '../ports/store.ts';
import { metricsAt } from '../probe/metrics.ts';

/**
 * The numbers of one tick: all questions at once. What can't be read is in the reading.
 *
 * @throws what `signal` was aborted with
 */
export async function measure(
  meter: Meter,
  metrics: Metrics,
  pods: CanaryPods,
  signal?: AbortSignal,
): Promise<MeterReading> {
  const current = withPods(meter, pods);
  const answers = await Promise.all(
    questionsOf(current).map(async ({ id, promql }) => [id, await metrics.query(promql, signal)] as const),
  );
  throwIfCancelled(signal);
  return readMeter(current, new Map<string, MetricsAnswer>(answers));
}

/**
 * The way to Prometheus.
 *
 * @param headers of the input `metrics-headers`; secret
 * @throws TrafficError invalid-input: a Service without a cluster, or headers that the API server would not pass on
 */
export function openMetrics(
  place: MetricsPlace,
  headers: Readonly<Record<string, string>>,
  { metrics }: Pick<Store, 'metrics'>,
  ask: Ask,
): Metrics {
  if (place.kind === 'url') return metricsAt(place, headers, ask);
  if (metrics === undefined) {
    throw new TrafficError(
      'invalid-input',
      `There is no cluster to reach the Service ${place.name}:${place.port} through: give \`metrics\` an https:// address.`,
    );
  }
  const kept = Object.keys(headers).find((name) => /^(?:authorization$|impersonate-)/i.test(name));
  if (kept !== undefined) {
    throw new TrafficError(
      'invalid-input',
      `\`metrics-headers\` has the header ${kept}, which never reaches a Service: it is asked through the API server, ` +
        'which keeps that header for itself. Give `metrics` the https:// address of Prometheus.',
    );
  }
  return metrics(place, headers);
}

/** Milliseconds. */
const HOOK_PATIENCE = 10_000;

/** Asks every web hook of the gates at once, each once; by the gate's text. */
export async function askHooks(
  gates: readonly Gate[],
  ask: Ask,
  signal?: AbortSignal,
): Promise<Readonly<Record<string, HookAnswer>>> {
  const hooks = gates.flatMap((gate) => (gate.kind === 'hook' ? [gate] : []));
  const answers = await Promise.all(
    hooks.map(
      async ({ text, url }) =>
        [text, await ask({ url, headers: {}, timeout: HOOK_PATIENCE, signal })] as const,
    ),
  );
  throwIfCancelled(signal);
  return Object.fromEntries(answers);
}
