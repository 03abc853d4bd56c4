/** A canary in memory: the service of `api-service.ts`, its pods, and a Prometheus that counts by the weights. */
import { effectiveShares } from '../../src/istio/weights.ts';
import { destinationsOf } from '../../src/istio/routes.ts';
import type { MetricsAnswer, PodState } from '../../src/gates/types.ts';
import type { VirtualService } from '../../src/istio/types.ts';
import { API, RULE } from './api-service.ts';
import { clusterOf, type Cluster } from './memory-store.ts';
import { seeded, simulate } from './simulated-prometheus.ts';

export const BUILD = { 'label-selector': 'app=api', 'pod-selector': 'app=api,build=2' };

/** Three stages of a minute or two, every answer counted. */
export const CANARY = {
  operation: 'canary',
  ...BUILD,
  steps: '10%:1m, 50%:2m, 100%:1m',
  interval: '10s',
  metrics: 'https://prometheus.test',
  'propagation-wait': '5s',
};

export type Pod = Cluster['pods'][number];

export function podOf(build: string, more: Partial<PodState> = {}): Pod {
  return { name: `api-${build}`, labels: { app: 'api', build }, ready: true, ...more };
}

export interface CanaryOptions {
  /** The share of the build's requests that fails, by its share of all requests; the stable build's is half a percent. */
  readonly failures?: number | ((share: number) => number);
  readonly slow?: number;
  /** The weights are what they are, and no request follows them. */
  readonly shadowed?: boolean;
  readonly rate?: number;
  readonly seed?: number;
  readonly answer?: (promql: string) => MetricsAnswer | undefined;
  readonly timeLimit?: number;
  readonly objects?: Parameters<typeof clusterOf>[0];
  readonly mute?: boolean;
}

export interface CanaryCluster extends Cluster {
  readonly cancel: () => void;
  /** Queries that Prometheus was asked. */
  readonly asked: readonly string[];
}

export function canaryCluster(options: CanaryOptions = {}): CanaryCluster {
  const { failures = 0.005, slow = 0, shadowed = false, rate = 40, seed = 1, answer, objects } = options;
  const controller = new AbortController();
  let now = 0;
  const random = seeded(seed);
  let meet: (entry: string) => void = () => undefined;
  const metrics = simulate({
    now: () => now,
    pods: [
      { name: 'api-1', build: '1' },
      { name: 'api-2', build: '2' },
    ],
    rate,
    random,
    failures: (build) => {
      if (build !== '2') return 0.005;
      return typeof failures === 'number' ? failures : failures(sharesOf(cluster)['2'] ?? 0);
    },
    slow: (build) => (build === '2' ? slow : 0),
    shares: () => (shadowed ? { 1: 1 } : sharesOf(cluster)),
    ...(answer !== undefined && { answer }),
  });
  const cluster = clusterOf(objects ?? [API, RULE], {
    signal: controller.signal,
    metrics,
    ...(options.timeLimit !== undefined && { timeLimit: options.timeLimit }),
    clock: {
      now: () => new Date(now),
      random: () => 0.5,
      sleep: (milliseconds, signal) => {
        meet(`sleep ${milliseconds}`);
        if (signal?.aborted !== true) now += milliseconds;
        return Promise.resolve();
      },
    },
  });
  meet = cluster.meet;
  cluster.pods = [podOf('1'), podOf('2')];
  cluster.mutate = (object) => {
    metrics.settle();
    return object;
  };
  now += 60_000;
  metrics.settle();
  return Object.assign(cluster, {
    asked: metrics.asked,
    cancel: () => {
      controller.abort();
    },
  });
}

/** By the first route and the number of the build: `1` and `2`. */
export function sharesOf(cluster: Cluster): Readonly<Record<string, number>> {
  const api = cluster.objects().find((one): one is VirtualService => one.kind === 'VirtualService');
  const list = destinationsOf(api?.spec.http?.[0] ?? {});
  const shares = effectiveShares(list);
  return Object.fromEntries(
    list.map(({ destination }, i) => [
      (destination.subset ?? '').replace(/^\D*/, ''),
      (shares[i] ?? 0) / 100,
    ]),
  );
}
