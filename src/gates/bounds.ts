import type { Gate } from '../intent/gates.ts';
import type { Sample } from './types.ts';

/** A bound of buckets that a gate is judged by. */
export interface BoundChoice {
  /** Milliseconds, as the gate says. */
  readonly asked: number;
  /** Milliseconds: the bound. */
  readonly bound: number;
  /** As the label `le` writes it; `500` and `500.0` may both be there. */
  readonly texts: readonly string[];
}

/** Milliseconds that the gates ask about, each once. */
export function askedTimes(gates: readonly Gate[]): readonly number[] {
  const times = gates.flatMap((gate) => ('milliseconds' in gate ? [gate.milliseconds] : []));
  return [...new Set(times)];
}

/**
 * The bound of each time: the next one above it. Answers between two bounds are not told apart, and to count those as
 * slow that are not would be a false alarm.
 *
 * @param known the answer to `boundsQuery`
 * @returns a sentence where a time has no bound
 */
export function chooseBounds(
  times: readonly number[],
  known: readonly Sample[],
): readonly BoundChoice[] | string {
  const byBound = Map.groupBy(
    known.flatMap(({ labels: { le } }) => (le === undefined ? [] : [le])),
    Number,
  );
  const bounds = [...byBound.keys()].filter(Number.isFinite).sort((a, b) => a - b);
  if (bounds.length === 0)
    return 'Prometheus knows no istio_request_duration_milliseconds_bucket of these pods, which the times of answers are counted in.';
  const chosen = times.map((asked) => {
    const bound = bounds.find((one) => one >= asked);
    return bound === undefined ? undefined : { asked, bound, texts: byBound.get(bound) ?? [] };
  });
  const without = times.find((_, index) => chosen[index] === undefined);
  if (without !== undefined)
    return `answers slower than ${without} ms can't be counted: the largest bound of the buckets is ${bounds.at(-1) ?? 0} ms.`;
  return chosen.filter((one) => one !== undefined);
}

/** What is said of a time that is no bound; undefined: it is one. */
export function boundNote({ asked, bound }: BoundChoice): string | undefined {
  if (asked === bound) return undefined;
  return `${asked} ms lies between two bounds of Istio's buckets, so answers slower than ${bound} ms are counted.`;
}
