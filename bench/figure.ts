/** One row of the table. */
export interface Figure {
  readonly group: string;
  readonly name: string;
  /** With its unit. */
  readonly value: string;
  readonly limit: string;
  readonly isBroken: boolean;
  /** Depends on what else the machine does. */
  readonly isTime?: boolean;
}

/** The middle one of several measurements, which one slow run does not move. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
