/** Objects of the kinds that generated ones seldom are, and what is asked of each. */
import type { Snapshot } from '../../src/plan/types.ts';
import type { Step } from './worlds.ts';

export interface GuardScene {
  readonly name: string;
  readonly start: Snapshot;
  readonly steps: readonly Step[];
}

export const SCENES: readonly GuardScene[] = [];
