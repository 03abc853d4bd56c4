import fc from 'fast-check';

/** Is this the mutation check, which runs every test for each mutant (`few-runs.ts`)? */
export const IS_MUTATION_CHECK = fc.readConfigureGlobal().numRuns !== undefined;

/**
 * Where examples begin. Always the same, so that a change is judged by what it changed; `SEED=$RANDOM npm test` looks at
 * others, and an example that fails there becomes one that is always looked at.
 */
const SEED = Number(process.env['SEED'] ?? 1);

/** So many examples of a property; fewer in the mutation check. */
export function runs(numRuns: number): { numRuns: number; seed: number } {
  return { numRuns: fc.readConfigureGlobal().numRuns ?? numRuns, seed: SEED };
}

/** Properties of one thing that is made once, by what each says. */
export type Laws<T> = Readonly<Record<string, (one: T) => void>>;

/** @throws Error that names the first law that does not hold */
export function expectLaws<T>(laws: Laws<T>, one: T): void {
  for (const [name, law] of Object.entries(laws)) {
    try {
      law(one);
    } catch (thrown) {
      throw new Error(`Not so: ${name}`, { cause: thrown });
    }
  }
}
