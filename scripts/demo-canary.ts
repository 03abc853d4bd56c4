/**
 * `npm run demo:canary`: a canary on a simulated service, at sixty times the speed and without a cluster. The build
 * begins to fail in its second stage; with `-- --healthy` it doesn't, and is promoted.
 */
import picocolors from 'picocolors';
import type { Clock } from '../src/ports/collaborators.ts';
import { summaryOf } from '../src/report/summary.ts';
import { pretty } from '../src/report/terminal.ts';
import { RATE, simulatedCanary } from './simulated-canary.ts';

const SPEED = 60;
const { bold, cyan, dim } = picocolors;

const start = Date.now();
const clock: Clock = {
  now: () => new Date(start + (Date.now() - start) * SPEED),
  random: () => Math.random(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds / SPEED)),
};

console.log(bold(`A canary of build 2: ${RATE} requests a second, at sixty times the speed\n`));
const outcome = await simulatedCanary({
  isHealthy: process.argv.includes('--healthy'),
  clock,
  log: {
    info: (line) => {
      console.log(line);
    },
    group: (title, body) => {
      if (title.startsWith('Stage')) console.log(cyan(`\n${title}`));
      return body();
    },
  },
});
console.log(`\n${pretty(outcome, { colour: picocolors.isColorSupported })}`);
console.log(dim('── the job summary ──\n'));
console.log(summaryOf(outcome));
