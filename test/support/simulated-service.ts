/**
 * Two builds behind a weight, as Prometheus sees them: requests come at random, and each pod's counters are known as they
 * were at its last scrape, at a moment of its own.
 */
import type { Counts } from '../../src/gates/index.ts';

export interface Simulation {
  readonly seed: number;
  readonly requestsPerSecond: number;
  /** The build's share of the requests, 0 to 1. */
  readonly share: number;
  /** The share of failures at a second of the run. */
  readonly failures: {
    readonly build: (second: number) => number;
    readonly stable: (second: number) => number;
  };
  readonly pods: { readonly build: number; readonly stable: number };
  /** Requests that fail or not together, such as the retries of one; 1 is none. */
  readonly together?: number;
  /** Seconds. */
  readonly scrapeInterval: number;
  readonly tick: number;
  readonly seconds: number;
}

/** A random number from 0 up to 1; the same ones for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The ticks of a run; the first one is what was counted before the stage began. */
export function* simulate(simulation: Simulation): Generator<Counts> {
  const { pods, requestsPerSecond, share, scrapeInterval, tick, seconds, together = 1 } = simulation;
  const random = randomOf(simulation.seed);
  const podOf = (side: 'build' | 'stable', rate: number) => ({
    side,
    rate,
    offset: Math.floor(random() * scrapeInterval),
    now: { requests: 0, failed: 0 },
    scraped: { requests: 0, failed: 0 },
  });
  const all = [
    ...Array.from({ length: pods.build }, () => podOf('build', (requestsPerSecond * share) / pods.build)),
    ...Array.from({ length: pods.stable }, () =>
      podOf('stable', (requestsPerSecond * (1 - share)) / pods.stable),
    ),
  ];
  const total = (side: 'build' | 'stable') =>
    all
      .filter((pod) => pod.side === side)
      .reduce(
        (sum, { scraped }) => ({
          requests: sum.requests + scraped.requests,
          failed: sum.failed + scraped.failed,
        }),
        { requests: 0, failed: 0 },
      );
  let before = { build: { requests: 0, failed: 0 }, stable: { requests: 0, failed: 0 } };
  const lead = 2 * Math.max(scrapeInterval, tick);
  for (let second = -lead; second < seconds; second += 1) {
    for (const pod of all) {
      // Before the stage begins, the build gets nothing.
      const isOn = pod.side === 'stable' || second >= 0;
      const bursts = isOn ? poisson(pod.rate / together, random) : 0;
      const failing = simulation.failures[pod.side](second);
      for (let burst = 0; burst < bursts; burst += 1) {
        pod.now.requests += together;
        if (random() < failing) pod.now.failed += together;
      }
      if ((second + pod.offset + lead) % scrapeInterval === scrapeInterval - 1) pod.scraped = { ...pod.now };
    }
    if ((second + 1 + lead) % tick !== 0) continue;
    const now = { build: total('build'), stable: total('stable') };
    const since = (side: 'build' | 'stable') => ({
      requests: now[side].requests - before[side].requests,
      failed: now[side].failed - before[side].failed,
    });
    const counts = { build: since('build'), stable: since('stable'), slow: [] };
    before = now;
    if (second + 1 >= 0) yield counts;
  }
}

/** Knuth's, in parts: e^-rate must not vanish. */
function poisson(rate: number, random: () => number): number {
  if (rate > 30) return poisson(30, random) + poisson(rate - 30, random);
  const limit = Math.exp(-rate);
  let [count, product] = [0, random()];
  while (product > limit) {
    count += 1;
    product *= random();
  }
  return count;
}
