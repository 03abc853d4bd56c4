import type { Plan } from './types.ts';

/** The parts of a plan that an operation has nothing to say to which only reads. */
export const NOTHING_WRITTEN: Pick<Plan, 'subset' | 'phases' | 'before' | 'after' | 'safeToScaleDown'> = {
  subset: null,
  phases: [],
  before: [],
  after: [],
  safeToScaleDown: [],
};
