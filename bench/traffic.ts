/**
 * `npm run bench:traffic`: one change of traffic by each of the ways there are, side by side on one real control and
 * data plane: how long it takes as a process (no waits, in turn, the median), and how many requests it loses (each as
 * it is used: ours with its waits).
 *
 * The limits: ours loses none, the Action takes no longer than a shell script of kubectl, and a change that the proxies
 * confirm takes a tenth of one with the default wait. Exits with 1 where one
 * is broken. The command line is shown beside it: it loads the Kubernetes client as npm installs it, hundreds of
 * files, of which the Action's bundle has only what is used.
 *
 *     npm run bench:traffic -- --changes 100 --runs 15
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { answersOf, failedOf, startLoad } from '../test/cluster/plane/load.ts';
import { boot, type Plane } from '../test/cluster/plane/plane.ts';
import { until } from '../test/cluster/plane/processes.ts';
import type { SampleApp } from '../test/cluster/plane/sample-app.ts';
import { ask } from '../test/cluster/plane/traffic.ts';
import { median } from './compare.ts';
import { confirmedRows } from './traffic/confirmed.ts';
import { ACTION, SCRIPT, waysOn, type Way } from './traffic/ways.ts';

const { values } = parseArgs({
  options: { changes: { type: 'string', default: '20' }, runs: { type: 'string', default: '11' } },
});
/** Half of them give the share, half take it back. */
const CHANGES = Number(values.changes);
const RUNS = Number(values.runs);
const WEIGHT = 50;
/** Requests a second. */
const RATE = 400;
/** istiod collects changes for so long, and a wait that fits it. */
const DEBOUNCE = '100ms';
const WAIT = '1s';

interface Times {
  readonly give: number;
  readonly takeBack: number;
}

const plane = await boot({ istiodDebounceAfter: DEBOUNCE, gateways: 2 });
try {
  const namespace = await plane.namespace('bench');
  const app = await plane.deployBuilds({ namespace, app: 'api', builds: ['v1', 'v2'] });
  const { ways, missing } = await waysOn(plane, namespace);
  const times = await timed(ways);
  const rows: Record<string, string | number>[] = [];
  let broken = false;
  const script = times.get(SCRIPT);
  for (const way of ways) {
    const time = times.get(way.name);
    if (time === undefined) continue;
    const isOurs = way.name !== SCRIPT;
    const lost = await lostBy(way, isOurs ? WAIT : '0s', app);
    const isSlow = way.name === ACTION && script !== undefined && total(time) > total(script);
    broken ||= (isOurs && lost.failed > 0) || isSlow;
    rows.push({
      way: way.name,
      'share given, ms': Math.round(time.give),
      'taken back, ms': Math.round(time.takeBack),
      'to the script': script === undefined ? '' : `${((total(time) / total(script)) * 100).toFixed(0)} %`,
      [`lost in ${CHANGES} changes`]: `${lost.failed} of ${lost.sent}`,
      'in 100': Math.round((lost.failed * 100) / CHANGES),
      ok: (isOurs && lost.failed > 0) || isSlow ? 'NO' : 'yes',
    });
  }
  const [first] = ways;
  if (first !== undefined) {
    const lost = await lostBy(first, '0s', app);
    rows.push({
      way: `${first.name}, propagation-wait 0s`,
      [`lost in ${CHANGES} changes`]: `${lost.failed} of ${lost.sent}`,
      'in 100': Math.round((lost.failed * 100) / CHANGES),
      ok: '',
    });
  }
  console.log(
    `Times without waits, median of ${RUNS}. Requests: ${RATE} a second, ours with ${WAIT} between phases.`,
  );
  console.table(rows);
  for (const line of missing) console.log(line);
  const confirmed = await confirmedRows(plane, namespace);
  console.log(
    'One change by the Action: confirmed by two gateways, with the default wait, and with none. Medians.',
  );
  console.table(confirmed);
  process.exitCode = broken || confirmed.some(({ ok }) => ok === 'NO') ? 1 : 0;
} finally {
  await plane.stop();
}

function total({ give, takeBack }: Times): number {
  return give + takeBack;
}

/** In turn, so that a slow minute of the machine is everybody's; and the order turns as well. */
async function timed(ways: readonly Way[]): Promise<ReadonlyMap<string, Times>> {
  const taken = new Map(ways.map(({ name }) => [name, { give: [] as number[], takeBack: [] as number[] }]));
  for (let run = -1; run < RUNS; run += 1) {
    for (const way of run % 2 === 0 ? ways : ways.toReversed()) {
      for (const [what, weight] of [
        ['give', WEIGHT],
        ['takeBack', 0],
      ] as const) {
        const start = performance.now();
        await way.shift(weight, '0s');
        // The first ones fill caches: kubectl's of the API, the machine's of files.
        if (run >= 0) taken.get(way.name)?.[what].push(performance.now() - start);
      }
    }
  }
  return new Map(
    [...taken].map(([name, { give, takeBack }]) => [
      name,
      { give: median(give), takeBack: median(takeBack) },
    ]),
  );
}

async function lostBy(
  way: Way,
  wait: string,
  { host }: SampleApp,
): Promise<{ readonly failed: number; readonly sent: number }> {
  await until('everything is as it was', () => isStable(plane, host));
  const load = await startLoad(plane, [{ name: 'all', host, rate: RATE }]);
  for (let change = 0; change < CHANGES; change += 1) {
    await way.shift(change % 2 === 0 ? WEIGHT : 0, wait);
    await sleep(300);
  }
  await sleep(500);
  const report = await load.stop();
  const sent = Object.values(answersOf(report, 'all')).reduce((sum, count) => sum + count, 0);
  return { failed: failedOf(report), sent };
}

async function isStable(gateway: Plane, host: string): Promise<boolean> {
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(gateway, { host })));
  return answers.every(({ build }) => build === 'v1');
}
