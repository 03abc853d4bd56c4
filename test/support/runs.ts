import fc from 'fast-check';

/** So many examples of a property; fewer in the mutation check, which runs it for each mutant (`few-runs.ts`). */
export function runs(numRuns: number): { numRuns: number } {
  return { numRuns: fc.readConfigureGlobal().numRuns ?? numRuns };
}
