/** One row of the table. */
export interface Figure {
  readonly group: string;
  readonly name: string;
  /** With its unit. */
  readonly value: string;
  /** What is judged, where it is not the value itself: a ratio to a reference of the same run. */
  readonly ratio?: string;
  readonly limit: string;
  readonly isBroken: boolean;
}
