/** Requests that are lost in changes, by each of the ways there are: each as it is used, ours with its waits. */
import { setTimeout as sleep } from 'node:timers/promises';
import { answersOf, failedOf, startLoad } from '../../test/cluster/plane/load.ts';
import type { Plane } from '../../test/cluster/plane/plane.ts';
import { until } from '../../test/cluster/plane/processes.ts';
import { ask } from '../../test/cluster/plane/traffic.ts';
import type { Part, Row } from './part.ts';
import { SCRIPT, waysOn, type Way } from './ways.ts';

/** Half of them give the share, half take it back. */
const CHANGES = Number(process.env['CHANGES'] ?? 8);
const WEIGHT = 50;
/** Requests a second. */
const RATE = 400;
/** That fits how long istiod collects changes on the plane of this benchmark. */
const WAIT = '1s';

export const lost: Part = {
  title: `Requests lost in ${CHANGES} changes at ${RATE} requests a second; ours with ${WAIT} between phases`,
  run: async (plane, namespace) => {
    const ways = await waysOn(plane, namespace);
    const rows: Row[] = [];
    for (const way of ways) {
      const isOurs = way.name !== SCRIPT;
      rows.push(await rowOf(way, isOurs ? WAIT : '0s', isOurs, plane, namespace));
    }
    const [first] = ways;
    if (first !== undefined) {
      const unwaited = { ...first, name: `${first.name}, propagation-wait 0s` };
      rows.push(await rowOf(unwaited, '0s', false, plane, namespace));
    }
    return { rows };
  },
};

async function rowOf(
  way: Way,
  wait: string,
  mustLoseNone: boolean,
  plane: Plane,
  namespace: string,
): Promise<Row> {
  const host = `api.${namespace}.svc.cluster.local`;
  await until('everything is as it was', () => isStable(plane, host));
  const load = await startLoad(plane, [{ name: 'all', host, rate: RATE }]);
  for (let change = 0; change < CHANGES; change += 1) {
    await way.shift(change % 2 === 0 ? WEIGHT : 0, wait);
    await sleep(300);
  }
  await sleep(500);
  const report = await load.stop();
  const sent = Object.values(answersOf(report, 'all')).reduce((sum, count) => sum + count, 0);
  const failed = failedOf(report);
  return {
    way: way.name,
    lost: `${failed} of ${sent}`,
    'in 100 changes': Math.round((failed * 100) / CHANGES),
    ok: mustLoseNone ? (failed > 0 ? 'NO' : 'yes') : '',
  };
}

async function isStable(gateway: Plane, host: string): Promise<boolean> {
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(gateway, { host })));
  return answers.every(({ build }) => build === 'v1');
}
