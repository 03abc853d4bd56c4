/** A service that gets requests, and the Prometheus that counts them: what a canary sees, without a cluster. */
import type { MetricsAnswer, Sample } from '../../src/gates/types.ts';
import type { Metrics } from '../../src/ports/metrics.ts';

export interface SimulatedPod {
  readonly name: string;
  readonly build: string;
}

export interface Simulation {
  /** Milliseconds since any moment. */
  readonly now: () => number;
  readonly pods: readonly SimulatedPod[];
  /** Requests a second. */
  readonly rate: number;
  /** The share of the requests that each build gets now, 0 to 1. */
  readonly shares: () => Readonly<Record<string, number>>;
  /** The share of a build's requests that fails, 0 to 1. */
  readonly failures: (build: string) => number;
  /** The share of a build's answers that is slower than 400 ms. */
  readonly slow?: (build: string) => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Milliseconds between two scrapes. */
  readonly scrape?: number;
  /** In place of the answer, where it is not undefined. */
  readonly answer?: (promql: string) => MetricsAnswer | undefined;
}

/** Numbers from 0 up to 1 that are always the same for a seed. @see https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Counter {
  readonly labels: Readonly<Record<string, string>>;
  value: number;
}

/** The Prometheus of the service. `settle` counts what came until now: to be called before the shares change. */
export function simulate(
  simulation: Simulation,
): Metrics & { readonly settle: () => void; readonly asked: string[] } {
  const { now, pods, rate, shares, failures, slow = () => 0, random, scrape = 5_000, answer } = simulation;
  const counters = new Map<string, Counter>();
  let scraped: readonly Counter[] = [];
  let until = now();
  let due = 0;
  const asked: string[] = [];

  const count = (name: string, labels: Readonly<Record<string, string>>): void => {
    const key = JSON.stringify([name, labels]);
    const counter = counters.get(key) ?? { labels: { __name__: name, ...labels }, value: 0 };
    counter.value += 1;
    counters.set(key, counter);
  };
  const request = (build: string): void => {
    const own = pods.filter((pod) => pod.build === build);
    const pod = own[Math.floor(random() * own.length)]?.name;
    if (pod === undefined) return;
    const isFailed = random() < failures(build);
    const isSlow = random() < slow(build);
    count('requests', { pod, response_code: isFailed ? '503' : '200' });
    if (!isSlow) count('durations', { pod, le: '500' });
    count('durations', { pod, le: '+Inf' });
  };
  const settle = (): void => {
    for (; until + 1_000 <= now(); until += 1_000) {
      const builds = Object.entries(shares());
      for (let i = 0; i < rate; i += 1) {
        let point = random();
        const [build] = builds.find(([, share]) => (point -= share) < 0) ?? [];
        if (build !== undefined) request(build);
      }
      if (until < due) continue;
      due = until + scrape;
      scraped = [...counters.values()].map((counter) => ({ ...counter }));
    }
  };
  const samples = (name: string): readonly Sample[] =>
    scraped
      .filter(({ labels }) => labels['__name__'] === name)
      .map(({ labels: { __name__: _, ...labels }, value }) => ({ labels, value }));
  const answerTo = (promql: string): readonly Sample[] => {
    if (promql.startsWith('count by (reporter'))
      return pods.flatMap(({ name }) =>
        scraped.some(({ labels }) => labels['pod'] === name)
          ? [{ labels: { reporter: 'destination', pod: name, destination_workload: 'api' }, value: 1 }]
          : [],
      );
    if (promql.includes('count_over_time')) return [{ labels: { seconds: '60' }, value: 60_000 / scrape }];
    if (promql.startsWith('count by (le)'))
      return ['500', '+Inf'].map((le) => ({ labels: { le }, value: 1 }));
    if (promql.includes('istio_requests_total')) return samples('requests');
    if (promql.includes('istio_request_duration_milliseconds_bucket')) return samples('durations');
    return [];
  };
  return {
    place: 'https://prometheus.test',
    asked,
    settle,
    query: (promql) => {
      asked.push(promql);
      settle();
      return Promise.resolve(
        answer?.(promql) ?? { kind: 'samples', samples: answerTo(promql), warnings: [] },
      );
    },
  };
}
