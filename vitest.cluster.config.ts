import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * What needs minutes, longest first. On a fresh clone Vitest goes by the size of files, and these are short: the last of
 * them would keep one worker busy for minutes while the other has nothing left to do.
 */
const LONG = ['faults', 'killed', 'confirm', 'takes-itself-back'].map((name) => `${name}.test.ts`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.includes(basename(moduleId));
    const long = sorted
      .filter(isLong)
      .sort((a, b) => LONG.indexOf(basename(a.moduleId)) - LONG.indexOf(basename(b.moduleId)));
    return [...long, ...sorted.filter((file) => !isLong(file))];
  }
}

// A file that a tool loads by its default export.
export default defineConfig({
  test: {
    include: ['test/cluster/*.test.ts'],
    globalSetup: ['test/cluster/support/global-setup.ts'],
    // Two workers without isolation: the files that a worker gets share its plane of support/plane.ts, one after the
    // other. Most of their time is waiting, which two can do at once, and both planes together need two cores.
    pool: 'forks',
    isolate: false,
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // Tests that say so: they mostly wait, each for a namespace of its own.
    maxConcurrency: 10,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
  },
});
