/** A canary on a simulated service, without a cluster: for the demo and for the picture in the docs. */
import type { Clock, Log } from '../src/ports/collaborators.ts';
import { parseWords } from '../src/operations/parse-words.ts';
import type { Outcome } from '../src/report/types.ts';
import { run } from '../src/run/run.ts';
import { API, RULE } from '../test/support/api-service.ts';
import { podOf, sharesOf } from '../test/support/canary.ts';
import { clusterOf } from '../test/support/memory-store.ts';
import { seeded, simulate } from '../test/support/simulated-prometheus.ts';

/** Requests a second. */
export const RATE = 60;

/** Milliseconds before the canary begins. */
const LEAD = 60_000;

export interface SimulatedCanary {
  /** Else it fails now and then, once it gets more than a fifth of the requests. */
  readonly isHealthy: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** Goes through all stages, by the given clock. */
export async function simulatedCanary({ isHealthy, clock, log }: SimulatedCanary): Promise<Outcome> {
  const cluster = clusterOf([API, RULE], { clock });
  cluster.pods = [podOf('1'), podOf('2')];
  const metrics = simulate({
    now: () => clock.now().getTime(),
    pods: [
      { name: 'api-1', build: '1' },
      { name: 'api-2', build: '2' },
    ],
    rate: RATE,
    random: seeded(7),
    shares: () => sharesOf(cluster),
    // Under load it fails: a tenth of the requests is not enough to see it.
    failures: (build) => (build === '2' && !isHealthy && (sharesOf(cluster)['2'] ?? 0) > 0.2 ? 0.05 : 0.005),
  });
  cluster.mutate = (object) => {
    metrics.settle();
    return object;
  };
  // The service has had requests for a while.
  await clock.sleep(LEAD);
  metrics.settle();
  const { request } = parseWords({
    operation: 'canary',
    'label-selector': 'app=api',
    'pod-selector': 'app=api,build=2',
    steps: '10%:5m, 50%:10m, 100%:10m',
    interval: '15s',
    metrics: 'https://prometheus.example.com',
    gates: 'errors\nslower than 400ms',
  });
  return run(request, {
    openStore: () => Promise.resolve(cluster.store),
    openMetrics: () => Promise.resolve(metrics),
    clock,
    author: () => Promise.resolve({ actor: 'you' }),
    log,
  });
}
