import type { PartialStrykerOptions } from '@stryker-mutator/api/core';

/** `npm run mutation`: does a test fail when a line of the engine is changed? */
const options: PartialStrykerOptions = {
  mutate: ['src/plan/**/*.ts', 'src/operations/**/*.ts', 'src/istio/**/*.ts', 'src/checks/**/*.ts'],
  testRunner: 'vitest',
  // `related` would look again for each mutant which tests import its file; coverage knows it already.
  vitest: { configFile: 'vitest.mutation.config.ts', related: false },
  plugins: ['@stryker-mutator/vitest-runner', './scripts/mutation/sentences.ts'],
  coverageAnalysis: 'perTest',
  ignorers: ['sentences'],
  // Evaluated while a module loads (tables of names): each would need a new process and all the tests, and a wrong
  // entry fails the first golden case that uses it.
  ignoreStatic: true,
  // Only what changed since the last run, in the code or in the tests that cover it, is judged anew.
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  ignorePatterns: ['/bench', '/dist', '/examples', '/lib'],
  concurrency: 1,
  // A busy machine is no endless loop; those are found by counting.
  timeoutMS: 30_000,
  reporters: ['progress-append-only', 'clear-text', 'html'],
  clearTextReporter: { reportTests: false, reportMutants: true, allowEmojis: false },
  htmlReporter: { fileName: 'reports/mutation/index.html' },
  thresholds: { high: 95, low: 85, break: 85 },
};

// A file that a tool loads by its default export.
export default options;
