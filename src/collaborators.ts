import type { Place } from './intent/types.ts';
import type { Store } from './stores/store.ts';

/** Everything outside that `run` needs, as one parameter: a test gives its own. */
export interface Collaborators {
  /** @throws TrafficError not-found, unauthorized, invalid-input: no way in */
  readonly openStore: (place: Place, namespace: string | undefined) => Promise<Store>;
  readonly clock: Clock;
  readonly log: Log;
  /** Who asks, for the annotation `istiops/last-change`; undefined where nobody knows. */
  readonly author: () => Promise<Author | undefined>;
  /**
   * A file that an input names by its path; absent: no such input can be used.
   *
   * @throws TrafficError not-found, forbidden
   */
  readonly readText?: (path: string) => Promise<string>;
}

export interface Clock {
  now(): Date;
  /** @param milliseconds 0 resolves at once */
  sleep(milliseconds: number): Promise<void>;
  /** From 0 up to 1, for the jitter of pauses. */
  random(): number;
}

export interface Log {
  info(line: string): void;
  /** Lines logged inside belong together. */
  group<T>(title: string, body: () => Promise<T>): Promise<T>;
}

export interface Author {
  readonly actor?: string;
  readonly repository?: string;
  readonly run?: string;
}
