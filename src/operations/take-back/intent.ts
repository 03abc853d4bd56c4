import type { StepChoice } from '../../undo/types.ts';

/** What one step of a job did is reverted: for the post step alone, no door has a word for it. */
export interface TakeBackIntent extends StepChoice {
  readonly operation: 'take-back';
}
