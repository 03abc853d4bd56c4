/** Differences of counters. Pure arithmetic: what the counters are of is not known here. */

/** The last value of each counter that was ever seen, by its key. */
export type CounterValues = ReadonlyMap<string, number>;

export interface Increments {
  readonly values: CounterValues;
  /** By key; what did not grow is left out. */
  readonly grown: ReadonlyMap<string, number>;
}

/**
 * How far each counter went on since the last reading.
 *
 * - One that appears counts from 0. `rate` would lose its first value: fifty errors of a new pod before its first scrape
 *   would be none.
 * - One that is not in this reading keeps its value: a scrape that fails, and comes back, has lost nothing.
 * - One that falls to less than half is reset, and counts from 0: its proxy was started again.
 * - One that falls by less counts nothing this time. It is the sum over everybody who calls the pod, and Istio can drop
 *   the counter of a caller that is gone for long; all that is left of the sum would count as new.
 *
 * @param before undefined: this is the first reading, which nothing is counted of
 */
export function increments(before: CounterValues | undefined, now: CounterValues): Increments {
  const grown = new Map<string, number>();
  if (before === undefined) return { values: now, grown };
  for (const [key, value] of now) {
    const more = increment(before.get(key) ?? 0, value);
    if (more > 0) grown.set(key, more);
  }
  return { values: new Map([...before, ...now]), grown };
}

function increment(before: number, now: number): number {
  if (now >= before) return now - before;
  return now * 2 < before ? now : 0;
}
