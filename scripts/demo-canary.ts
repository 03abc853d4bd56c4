/**
 * `npm run demo:canary`: a canary on a simulated service, at sixty times the speed and without a cluster. The build
 * begins to fail in its second stage; with `-- --healthy` it doesn't, and is promoted.
 */
import picocolors from 'picocolors';
import type { Clock } from '../src/ports/collaborators.ts';
import { parseWords } from '../src/operations/parse-words.ts';
import { summaryOf } from '../src/report/summary.ts';
import { pretty } from '../src/report/terminal.ts';
import { run } from '../src/run/run.ts';
import { API, RULE } from '../test/support/api-service.ts';
import { podOf, sharesOf } from '../test/support/canary.ts';
import { clusterOf } from '../test/support/memory-store.ts';
import { seeded, simulate } from '../test/support/simulated-prometheus.ts';

const SPEED = 60;
const isHealthy = process.argv.includes('--healthy');
const { bold, cyan, dim } = picocolors;

const start = Date.now();
const clock: Clock = {
  now: () => new Date(start + (Date.now() - start) * SPEED),
  random: () => Math.random(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds / SPEED)),
};

const cluster = clusterOf([API, RULE], { clock });
cluster.pods = [podOf('1'), podOf('2')];

const metrics = simulate({
  now: () => clock.now().getTime(),
  pods: [
    { name: 'api-1', build: '1' },
    { name: 'api-2', build: '2' },
  ],
  rate: 20,
  random: seeded(7),
  shares: () => sharesOf(cluster),
  // Under load it fails: a tenth of the requests is not enough to see it.
  failures: (build) => (build === '2' && !isHealthy && (sharesOf(cluster)['2'] ?? 0) > 0.2 ? 0.05 : 0.005),
});
cluster.mutate = (object) => {
  metrics.settle();
  return object;
};

const { request } = parseWords({
  operation: 'canary',
  'label-selector': 'app=api',
  'pod-selector': 'app=api,build=2',
  steps: '10%:5m, 50%:10m, 100%:10m',
  interval: '30s',
  metrics: 'https://prometheus.example.com',
  gates: 'errors\nslower than 400ms',
});

console.log(bold('A canary of build 2: 20 requests a second, at sixty times the speed\n'));
const outcome = await run(request, {
  openStore: () => Promise.resolve(cluster.store),
  openMetrics: () => Promise.resolve(metrics),
  clock,
  author: () => Promise.resolve({ actor: 'you' }),
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
