import type { MetricsPlace } from '../intent/metrics.ts';
import type { Place } from '../intent/types.ts';
import type { Ask } from './ask.ts';
import type { Metrics } from './metrics.ts';
import type { Store } from './store.ts';

/** Everything outside that `run` needs, as one parameter: a test gives its own. */
export interface Collaborators {
  /** @throws TrafficError not-found, unauthorized, invalid-input: no way in */
  readonly openStore: (place: Place, namespace: string | undefined) => Promise<Store>;
  readonly clock: Clock;
  readonly log: Log;
  /** Who asks, for the annotation `istiops/last-change`; undefined where nobody knows. */
  readonly author: () => Promise<Author | undefined>;
  /**
   * The numbers of a repository's open pull requests; undefined: the token sees no such repository. Absent: nobody can
   * be asked.
   *
   * @throws TrafficError forbidden, rejected, unreachable, …: then nothing may be pruned
   */
  readonly openPullRequests?: ((repository: string) => Promise<ReadonlySet<number> | undefined>) | undefined;
  /** Aborted, with a TrafficError `cancelled`, when the run is to stop: what it has written is undone then. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that this process may live from its start on, as far as a canary has to know it; absent: no limit. */
  readonly timeLimit?: number | undefined;
  /**
   * The way to the Prometheus of a canary; absent: there can be no metrics.
   *
   * @param store that an API server's proxy is reached through
   * @throws TrafficError invalid-input: this store has no such way
   */
  readonly openMetrics?: (
    place: MetricsPlace,
    headers: Readonly<Record<string, string>>,
    store: Store,
  ) => Promise<Metrics>;
  /** Asks the address of a probe; a request with one needs it. */
  readonly ask?: Ask | undefined;
  /**
   * A file that an input names by its path; absent: no such input can be used.
   *
   * @throws TrafficError not-found, forbidden
   */
  readonly readText?: (path: string) => Promise<string>;
}

export interface Clock {
  now(): Date;
  /** Milliseconds since any fixed moment, by a clock that nobody can set; absent: nobody sets that of `now`. */
  elapsed?(): number;
  /**
   * @param milliseconds 0 resolves at once
   * @param signal ends it early, without an error
   */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** From 0 up to 1, for the jitter of pauses. */
  random(): number;
}

export interface Log {
  info(line: string): void;
  /** Lines logged inside belong together. */
  group<T>(title: string, body: () => Promise<T>): Promise<T>;
  /**
   * Draws a line in place of the one that it drew last; null removes it. Absent: nobody watches, or nothing can be drawn
   * anew.
   */
  readonly progress?: (line: string | null) => void;
}

export interface Author {
  readonly actor?: string;
  readonly repository?: string;
  readonly run?: string;
  /** The pull request that the run is about, and the commit at its head. */
  readonly pullRequest?: number;
  readonly commit?: string;
}
