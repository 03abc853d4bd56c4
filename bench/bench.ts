/**
 * `npm run bench`: the figures of speed and size, measured side by side in one run.
 *
 * Times are printed to be read. What is judged are ratios to a reference of the same run, measured in turn with it
 * (the JSON of the same objects, a bare Node start), for these hold on a slow or busy machine, too; and what no machine
 * changes: the size of the bundle, the calls to Kubernetes, the verdicts of the canary's judge over simulated runs. Exits with 1 where any of them is broken.
 */
import { parseArgs } from 'node:util';
import { benchBundle, benchStart } from './start.ts';
import { benchCalls } from './calls.ts';
import { benchGrowth } from './growth.ts';
import { benchExplain } from './explain.ts';
import { benchPlan } from './plan.ts';
import { benchReach } from './reach.ts';
import { benchSimulations } from './simulations.ts';
import type { Figure } from './figure.ts';

const figures: readonly Figure[] = [
  ...benchPlan(),
  ...benchExplain(),
  ...benchReach(),
  ...(await benchSimulations(firstSeed())),
  ...(await benchGrowth()),
  ...(await benchStart()),
  ...benchBundle(),
  ...(await benchCalls()),
];
for (const [group, rows] of Map.groupBy(figures, (figure) => figure.group)) {
  console.log(`\n${group}`);
  console.table(
    rows.map(({ name, value, ratio = '', limit, isBroken }) => ({
      what: name,
      value,
      ratio,
      limit,
      ok: isBroken ? 'NO' : 'yes',
    })),
  );
}

/** `npm run bench -- --seed 5001`: other canaries than those of the seeds from 1. */
function firstSeed(): number | undefined {
  const { seed } = parseArgs({ options: { seed: { type: 'string' } } }).values;
  return seed === undefined ? undefined : Number(seed);
}

process.exitCode = figures.some(({ isBroken }) => isBroken) ? 1 : 0;
