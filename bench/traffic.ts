/**
 * `npm run bench:traffic`: changes of traffic on one real control and data plane, in parts that can be run alone:
 *
 * - `times`: one change as a process, by the Action, the command line and a shell script of kubectl, without waits.
 * - `confirmed`: one change that the proxies confirm, beside the same with the default wait and with none; where its
 *   time goes; how many calls it makes.
 * - `refused`: one that Envoy refuses.
 * - `lost`: requests lost by each of the ways, as they are used.
 *
 * A table is printed as soon as its part is done. The limits are on ratios within the same run, on lost requests, and on
 * how soon a refusal is named. Exits with 1 where one is broken, or where a part fails; the other parts go on.
 *
 *     npm run bench:traffic -- confirmed refused
 */
import { boot } from '../test/cluster/plane/plane.ts';
import { confirmed } from './traffic/confirmed.ts';
import { lost } from './traffic/lost.ts';
import type { Part } from './traffic/part.ts';
import { refused } from './traffic/refused.ts';
import { times } from './traffic/times.ts';

const PARTS: Readonly<Record<string, Part>> = { times, confirmed, refused, lost };
/** istiod's default. */
const DEBOUNCE = '100ms';

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in PARTS));
if (unknown.length > 0)
  throw new Error(`No such part: ${unknown.join(', ')}. There are ${Object.keys(PARTS).join(', ')}.`);

const plane = await boot({ istiodDebounceAfter: DEBOUNCE, gateways: 2 });
let isBroken = false;
try {
  for (const [name, part] of Object.entries(PARTS)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const began = performance.now();
    try {
      const namespace = await plane.namespace(`bench-${name}`);
      await plane.deployBuilds({ namespace, app: 'api', builds: ['v1', 'v2'] });
      const { rows, tables = [], notes = [] } = await part.run(plane, namespace);
      for (const { title, rows: some } of [{ title: `${name}: ${part.title}`, rows }, ...tables]) {
        console.log(`\n${title}`);
        console.table(some);
      }
      for (const note of notes) console.log(note);
      isBroken ||= rows.some(({ ok }) => ok === 'NO');
    } catch (error) {
      isBroken = true;
      console.error(`\n${name} failed:`, error);
    }
    console.log(`(${name}: ${((performance.now() - began) / 1000).toFixed(0)} s)`);
  }
} finally {
  await plane.stop();
}
process.exitCode = isBroken ? 1 : 0;
