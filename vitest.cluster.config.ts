import { defineConfig } from 'vitest/config';
import { longestFirst } from './test/support/longest-first.ts';

/** They need a minute and more each. Those that compute most, `faults`, `killed` and `canary`, are apart. */
const LONG = [
  'faults',
  'confirm',
  'takes-itself-back',
  'nothing-lost',
  'killed',
  'confirmed-cycles',
  'canary',
];

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
    sequence: { sequencer: longestFirst(LONG) },
    // Tests that say so: they mostly wait, each for a namespace of its own.
    maxConcurrency: 10,
    // Only what hangs may fail by it: on a busy machine a test of forty seconds takes two minutes.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    teardownTimeout: 60_000,
    // The plane's own client: an idle connection was closed, which undici may throw where nobody can catch it. The doors
    // go on, too (`tellUncaught`).
    onUnhandledError: ({ message }) => message !== 'socket idle timeout',
  },
});
