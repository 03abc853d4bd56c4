import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

// A file that a tool loads by its default export.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They boot a control plane: npm run test:cluster.
    exclude: [...configDefaults.exclude, 'test/cluster/**'],
    // One for each core; by default one core is left for watching.
    maxWorkers: availableParallelism(),
    // A child process on a busy machine with two cores takes its time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
