/**
 * `npm run bench`: the figures that the README states, measured side by side in one run.
 *
 * Exits with 1 where a limit is broken: planning 10,000 routes in 100 ms, the Action's start at most 6 times that
 * of a bare Node, the bundle at most 6 MB, calls to Kubernetes that grow with routes or builds.
 */
import { benchBundle, benchStart } from './start.ts';
import { benchCalls } from './calls.ts';
import { benchPlan } from './plan.ts';
import type { Figure } from './figure.ts';

const figures: readonly Figure[] = [
  ...benchPlan(),
  ...(await benchStart()),
  ...benchBundle(),
  ...(await benchCalls()),
];
for (const [group, rows] of Map.groupBy(figures, (figure) => figure.group)) {
  console.log(`\n${group}`);
  console.table(
    rows.map(({ name, value, limit, isBroken }) => ({
      what: name,
      value,
      limit,
      ok: isBroken ? 'NO' : 'yes',
    })),
  );
}
process.exitCode = figures.some(({ isBroken }) => isBroken) ? 1 : 0;
