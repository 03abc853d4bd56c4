import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** By the time they take, for the first failure ends a mutant; all others before these, in a tenth of a second each. */
const LONGEST = [
  'written-in-between.test.ts',
  'foreign-edits.test.ts',
  'plan-properties.test.ts',
  'properties.test.ts',
  'cases.test.ts',
];

class LongestLast extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => LONGEST.indexOf(basename(moduleId));
    return Promise.resolve(files.toSorted((a, b) => rank(a) - rank(b)));
  }
}

// A file that a tool loads by its default export.
export default defineConfig({
  test: {
    // Those that judge `plan/`, `operations/`, `istio/` and `checks/`: they run for each mutant.
    include: [
      'test/plan/**/*.test.ts',
      'test/istio/**/*.test.ts',
      'test/checks/**/*.test.ts',
      'test/intent/label-selector.test.ts',
      'test/operations/**/*.test.ts',
      'test/undo/**/*.test.ts',
      'test/cases.test.ts',
    ],
    // All load the same modules, which takes longer than most tests of a mutant.
    isolate: false,
    sequence: { sequencer: LongestLast },
    setupFiles: ['test/support/few-runs.ts'],
    // Instrumented code on a busy machine; a mutant that never ends is Stryker's to find.
    testTimeout: 120_000,
    // A case that a mutant breaks must not write what the next one is compared with.
    update: false,
  },
});
