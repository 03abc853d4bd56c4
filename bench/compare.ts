/**
 * Ratios against a reference that is measured in the same run, in turn with what is judged: a slow or busy machine
 * slows both alike, so that a limit on the ratio holds on any machine. Times are printed beside it, to read.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
/** The JSON border of another kind: the flag above makes it a global of every new context. */
const collectGarbage = runInNewContext('gc') as () => void;

export interface Comparison {
  /** Median milliseconds of what is judged. */
  readonly time: number;
  /** The same of the reference. */
  readonly reference: number;
  /** The median of the rounds' ratios, each of two calls one right after the other. */
  readonly ratio: number;
}

/** Milliseconds of one call. What must not count (making its input) belongs before it, as does others' garbage. */
export function timed(body: () => unknown): number {
  collectGarbage();
  const start = performance.now();
  body();
  return performance.now() - start;
}

/** Milliseconds after which the compiler has seen enough. */
const WARM = 500;

/**
 * Measures both in turn, after at most `warmUp` rounds that belong to the compiler: one alone where it takes long.
 *
 * @param judged returns its milliseconds, as `reference` does
 * @param rounds odd, so that there is a middle one
 */
export function compare(
  judged: () => number,
  reference: () => number,
  { rounds = 21, warmUp = 8 }: { readonly rounds?: number; readonly warmUp?: number } = {},
): Comparison {
  const round = (): readonly [number, number] => [judged(), reference()];
  const warm = performance.now() + WARM;
  for (let i = 0; i < warmUp && performance.now() < warm; i += 1) round();
  const pairs = Array.from({ length: rounds }, round);
  return {
    time: median(pairs.map(([time]) => time)),
    reference: median(pairs.map(([, time]) => time)),
    ratio: median(pairs.map(([time, other]) => time / other)),
  };
}

/** The reference for work on an object: its JSON written and read once. */
export function jsonOf(value: unknown): () => number {
  return () => timed(() => JSON.parse(JSON.stringify(value)) as unknown);
}

/** The middle one of several measurements, which one slow run does not move. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
