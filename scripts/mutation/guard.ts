/**
 * `npm run mutation:guard [-- src/plan/shares.ts …]`: mutates the planner, lets the guard alone judge what is planned,
 * and prints for each file how many mutants that write something else it refuses, and which it lets go.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Judge from '../../test/reach/guard-judge.ts';
import { judgedFiles, type JudgedMutant, type Observed } from './judged.ts';
import { fileRow, fileTable, kindTable, slippedList } from './guard-table.ts';
import { staged } from './stage.ts';

const REPORT = 'reports/mutation/guard.txt';

function reportOf(results: readonly JudgedMutant[]): string {
  return `${[fileTable(results), kindTable(results), slippedList(results)].join('\n\n')}\n`;
}

mkdirSync('reports/mutation', { recursive: true });
const files = process.argv.slice(2);
const { folder, mutants } = await staged(
  files.length === 0 ? ['src/plan/**/*.ts', 'src/operations/*/plan.ts'] : files,
);
try {
  const stryker: Observed = { mutantCoverage: { static: {}, perTest: {} } };
  Object.assign(globalThis, { __stryker__: stryker });
  const judge = (await import(pathToFileURL(join(folder, 'test/reach/guard-judge.ts')).href)) as typeof Judge;
  const results: JudgedMutant[] = [];
  for (const own of judgedFiles(judge, stryker, mutants)) {
    results.push(...own);
    console.error(fileRow(own));
    // After each file, so that a run that is stopped leaves something.
    writeFileSync(REPORT, reportOf(results));
  }
  console.log(reportOf(results));
} finally {
  rmSync(folder, { recursive: true });
}
