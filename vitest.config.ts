import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { longestFirst } from './test/support/longest-first.ts';

/** They put another module in the place of one of ours, which nobody else must see. */
const MOCKS = ['run', 'broken-planner', 'broken-undo', 'chosen-undo'].map(
  (name) => `test/reach/${name}.test.ts`,
);

/** They need ten seconds and more each. */
const LONG = [
  'plan/properties',
  'undo/properties',
  'process/scenarios',
  'undo/forged-records',
  'process/hostile',
  'run/broken-requests',
  'plan/written-in-between',
  'process/one-comment',
  'process/canary',
  'process/wrong-inputs',
  'plan/plan-properties',
  'reach/right-plans',
  'run/any-cluster-domain',
  'plan/foreign-edits',
];

// They boot a control plane: npm run test:cluster.
const exclude = [...configDefaults.exclude, 'test/cluster/**'];

// A file that a tool loads by its default export.
export default defineConfig({
  test: {
    // One for each core; by default one core is left for watching.
    maxWorkers: availableParallelism(),
    sequence: { sequencer: longestFirst(LONG) },
    // A busy machine takes its time: under a load of 25 a property of forty seconds took 240. Only what hangs may fail by it.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    // Tests that say so: processes and canaries, which mostly wait.
    maxConcurrency: 10,
    // Node's own modules, whose types Node leaves out: what computes a lot takes three quarters of the time.
    experimental: { viteModuleRunner: false },
    projects: [
      {
        extends: true,
        // All load the same modules, which takes a fifth of the time when each file loads them anew.
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: [...exclude, ...MOCKS],
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: MOCKS, exclude } },
    ],
  },
});
