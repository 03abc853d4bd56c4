import type { AskedReach } from '../reach/types.ts';

/** Kinds of requests that a change was asked about, in all VirtualServices together. */
export interface AskedTotals {
  readonly classes: number;
  /** That feel the change. */
  readonly reached: number;
  readonly missed: number;
  /** Of which nobody can say it. */
  readonly undecided: number;
}

/** @param asked one entry for each VirtualService */
export function askedTotals(asked: readonly AskedReach[]): AskedTotals {
  const sum = (of: (one: AskedReach) => number): number => asked.reduce((total, one) => total + of(one), 0);
  return {
    classes: sum((one) => one.classes),
    reached: sum((one) => one.reached),
    missed: sum((one) => one.misses.length),
    undecided: sum((one) => one.undecided),
  };
}
