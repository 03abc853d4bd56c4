/**
 * `npm run bench`: the figures that the README states, measured side by side in one run.
 *
 * The limits: planning 10,000 routes in 100 ms, explaining a request on as many in 50 ms, the reach of a change on 100
 * routes in 100 ms and on 1,000 in 2 s, the Action's start at most 6 times that of a bare Node, the bundle
 * at most 6 MB, calls to Kubernetes that don't grow with routes or builds. Exits with 1 where one of the last two is
 * broken; times are for reading, since a busy machine breaks any limit on them.
 */
import { benchBundle, benchStart } from './start.ts';
import { benchCalls } from './calls.ts';
import { benchExplain } from './explain.ts';
import { benchPlan } from './plan.ts';
import { benchReach } from './reach.ts';
import type { Figure } from './figure.ts';

const figures: readonly Figure[] = [
  ...benchPlan(),
  ...benchExplain(),
  ...benchReach(),
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
process.exitCode = figures.some(({ isBroken, isTime }) => isBroken && isTime !== true) ? 1 : 0;
