import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The first failure ends a mutant, and the golden cases take longest. */
class CasesLast extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isCases = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith('cases.test.ts');
    return Promise.resolve(files.toSorted((a, b) => Number(isCases(a)) - Number(isCases(b))));
  }
}

// A file that a tool loads by its default export.
export default defineConfig({
  test: {
    // Those that judge `plan/`, `istio/` and `checks/`: they run for each mutant.
    include: [
      'test/plan/**/*.test.ts',
      'test/istio/**/*.test.ts',
      'test/checks/**/*.test.ts',
      'test/intent/label-selector.test.ts',
      'test/undo.test.ts',
      'test/cases.test.ts',
    ],
    // All load the same modules, which takes longer than most tests of a mutant.
    isolate: false,
    sequence: { sequencer: CasesLast },
    setupFiles: ['test/support/few-runs.ts'],
    // Instrumented code on a busy machine; a mutant that never ends is Stryker's to find.
    testTimeout: 120_000,
    // A case that a mutant breaks must not write what the next one is compared with.
    update: false,
  },
});
