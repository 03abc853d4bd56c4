import { defineConfig } from 'vitest/config';

// A file that a tool loads by its default export.
export default defineConfig({
  test: {
    include: ['test/cluster/*.test.ts'],
    globalSetup: ['test/cluster/support/global-setup.ts'],
    // One worker without isolation: all files share the one plane of support/plane.ts, one after the other.
    pool: 'forks',
    isolate: false,
    fileParallelism: false,
    maxWorkers: 1,
    // Tests that say so: they mostly wait, each for a namespace of its own.
    maxConcurrency: 10,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
  },
});
