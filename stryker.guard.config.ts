import type { PartialStrykerOptions } from '@stryker-mutator/api/core';

/**
 * `npm run mutation:guard`: what of the planner's mistakes does the guard alone not see? A mutant that is "killed" here
 * is one that went by the guard; `scripts/mutation/guard.ts` counts.
 */
const options: PartialStrykerOptions = {
  mutate: ['src/plan/**/*.ts', 'src/operations/**/*.ts'],
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.guard.config.ts', related: false },
  plugins: ['@stryker-mutator/vitest-runner', './scripts/mutation/sentences.ts'],
  coverageAnalysis: 'perTest',
  ignorers: ['sentences'],
  ignoreStatic: true,
  ignorePatterns: ['/bench', '/dist', '/examples', '/lib', '/reports'],
  concurrency: 1,
  timeoutMS: 60_000,
  reporters: ['progress-append-only', 'json'],
  jsonReporter: { fileName: 'reports/mutation/guard.json' },
  thresholds: { high: 100, low: 0, break: null },
};

// A file that a tool loads by its default export.
export default options;
