import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { findPlanes, knock } from './claim.ts';
import { until } from './processes.ts';
import { reap } from './reap.ts';

/**
 * `npm run cluster:down [-- <folder>…]`: ends the planes that cluster:up started (or those given), and what killed
 * ones left. Planes of running tests are left to them, unless `--all` or named.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { all: { type: 'boolean', default: false } },
});

let ended = 0;
for (const { dir, alive, state } of await findPlanes()) {
  const meant = positionals.length > 0 ? positionals.includes(dir) : values.all || state?.startedBy === 'up';
  if (!alive) {
    await reap(dir);
    console.log(`removed what a killed plane left: ${dir}`);
  } else if (meant) {
    await knock(dir, 'stop');
    await until(`${dir} is gone`, () => Promise.resolve(!existsSync(dir)));
    console.log(`stopped ${dir}`);
  } else {
    console.log(`left alone: ${dir} (a test's own; --all ends it, too)`);
    continue;
  }
  ended += 1;
}
if (ended === 0) console.log('There was no plane to end.');
