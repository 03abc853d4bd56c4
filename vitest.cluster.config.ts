import { defineConfig } from 'vitest/config';
import { longestFirst } from './test/support/longest-first.ts';

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
    sequence: { sequencer: longestFirst(['faults', 'killed', 'confirm', 'takes-itself-back']) },
    // Tests that say so: they mostly wait, each for a namespace of its own.
    maxConcurrency: 10,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    // The plane's own client: an idle connection was closed, which undici may throw where nobody can catch it. The doors
    // go on, too (`tellUncaught`).
    onUnhandledError: ({ message }) => message !== 'socket idle timeout',
  },
});
