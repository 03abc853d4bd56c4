import type { Plan, Snapshot } from '../plan/types.ts';

/** What a run has planned, and from what. */
export interface Planned {
  /** All of the change, what this run has written of it included. */
  readonly plan: Plan;
  /** What was read. */
  readonly snapshot: Snapshot;
  /** What the plan is made from: the same, without what this run has written (`withoutOwnWrites`). */
  readonly before: Snapshot;
}
