/**
 * The requests of a golden case's service, and the Prometheus that counts them. A canary asks it; nothing here waits.
 *
 * `traffic.yaml`: `rate` in requests a second, and by the name of a pod the shares (0 to 1) of its answers that fail
 * (`failures`) or are slow (`slow`). `seed` is of the random numbers.
 */
import { parse } from 'yaml';
import type { Metrics } from '../../src/ports/metrics.ts';
import { destinationsOf } from '../../src/istio/routes.ts';
import { effectiveShares } from '../../src/istio/weights.ts';
import type { DestinationRule, KubeObject, VirtualService } from '../../src/istio/types.ts';
import { documentsOf, objectsIn, type Held } from './cases.ts';
import { seeded, simulate } from './simulated-prometheus.ts';

interface Traffic {
  readonly rate: number;
  readonly seed?: number;
  readonly failures?: Readonly<Record<string, number>>;
  readonly slow?: Readonly<Record<string, number>>;
}

export interface TrafficPlace {
  readonly metrics: Metrics;
  /** The same texts; what came until a change is counted before it. */
  readonly held: Held;
}

/**
 * @param now milliseconds
 * @param pods the text of `pods.yaml`
 */
export function trafficOf(text: string, start: string, pods: string, now: () => number): TrafficPlace {
  const { rate, seed = 1, failures = {}, slow = {} } = parse(text) as Traffic;
  const all = documentsOf(pods).flatMap((document) => objectsIn(document));
  let current = start;
  let shares = sharesIn(current, all);
  const metrics = simulate({
    now,
    pods: all.map(({ metadata }) => ({ name: metadata.name, build: metadata.name })),
    rate,
    random: seeded(seed),
    shares: () => shares,
    failures: (pod) => failures[pod] ?? 0,
    slow: (pod) => slow[pod] ?? 0,
  });
  return {
    metrics,
    held: {
      get text() {
        return current;
      },
      set text(changed) {
        metrics.settle();
        current = changed;
        shares = sharesIn(current, all);
      },
    },
  };
}

/** The share of the requests that each pod gets by the catch-all route, by its name. */
function sharesIn(text: string, pods: readonly KubeObject[]): Readonly<Record<string, number>> {
  const objects = documentsOf(text).flatMap((document) => objectsIn(document));
  const rule = objects.find((one): one is DestinationRule => one.kind === 'DestinationRule');
  const service = objects.find((one): one is VirtualService => one.kind === 'VirtualService');
  const route = service?.spec.http?.find(({ match }) => match === undefined) ?? {};
  const weights = effectiveShares(destinationsOf(route));
  const shares = destinationsOf(route).flatMap(({ destination }, i) => {
    const labels = rule?.spec.subsets?.find(({ name }) => name === destination.subset)?.labels;
    const own = pods.filter(({ metadata }) =>
      Object.entries(labels ?? {}).every(([key, value]) => (metadata.labels ?? {})[key] === value),
    );
    return own.map(({ metadata }) => [metadata.name, (weights[i] ?? 0) / 100 / own.length] as const);
  });
  return Object.fromEntries(shares);
}
