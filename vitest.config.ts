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
    // A busy machine takes its time: under a load of 12 a property of two seconds took 50. Only what hangs may fail by it.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
