import fc from 'fast-check';

/** Is this the mutation check, which runs every test for each mutant (`few-runs.ts`)? */
export const IS_MUTATION_CHECK = fc.readConfigureGlobal().numRuns !== undefined;

/** So many examples of a property; fewer in the mutation check. */
export function runs(numRuns: number): { numRuns: number } {
  return { numRuns: fc.readConfigureGlobal().numRuns ?? numRuns };
}
