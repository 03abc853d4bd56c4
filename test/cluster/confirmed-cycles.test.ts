/**
 * Many changes one after the other, each confirmed by the proxies of two gateways in place of a wait, under load.
 * `SOAK=1` for a hundred cycles.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boot } from './plane/plane.ts';
import type { SampleApp } from './plane/sample-app.ts';
import {
  expectNothingLost,
  runCycles,
  soakCycles,
  type Change,
  type CyclesReport,
} from './support/cycles.ts';
import type { Plane } from './support/plane.ts';

const CYCLES = soakCycles();
/** Milliseconds of a whole change that are worth a line. */
const LONG = 4_000;
const HEADER_RATE = 200;
/** No wait stands behind the proxies' word: what they say has to be enough. */
const CONFIRMED = { confirm: 'proxies', 'propagation-wait': '2s' };
const SLOW = { debounceAfter: '3s', debounceMax: '10s' };

let plane: Plane;

beforeAll(async () => {
  plane = await boot({ gateways: 2, istiodDebounceAfter: '100ms', istiodDebounceMax: '200ms' });
});

afterAll(() => plane.stop());

async function deploy(): Promise<SampleApp> {
  const namespace = await plane.namespace('cycles');
  return await plane.deployBuilds({ namespace, app: 'api', builds: ['v1', 'v2'] });
}

/** What there is to read besides: how changes were confirmed, and which took long. */
function wordsOf({ sent, changes }: CyclesReport, cycles: number): string {
  const counts = Object.entries(Object.groupBy(changes, ({ confirmed }) => confirmed));
  const how = counts.map(([confirmed, some = []]) => `${some.length} ${confirmed}`).join(', ');
  const text = ({ name, took, confirmed }: Change): string =>
    `${name} ${(took / 1000).toFixed(1)} s (${confirmed})`;
  const long = changes.filter(({ took }) => took > LONG).map(text);
  return `${sent} requests to all and the header's in ${cycles} cycles: 0 failed, 0 astray; ${how}; over 4 s: ${long.join(', ') || 'none'}`;
}

test(
  `${CYCLES} cycles, confirmed by two gateways: nothing is lost, nothing goes astray`,
  { timeout: 60_000 + CYCLES * 60_000 },
  async () => {
    const report = await runCycles(plane, await deploy(), {
      count: CYCLES,
      inputs: CONFIRMED,
      rest: 300,
      headerRate: HEADER_RATE,
    });
    expectNothingLost(report);
    expect(report.changes.filter(({ confirmed }) => confirmed === 'proxies').length).toBeGreaterThan(CYCLES);
    console.log(wordsOf(report, CYCLES));
  },
);

test(
  'with an istiod that collects changes for three seconds, too',
  { timeout: 600_000 + CYCLES * 60_000 },
  async () => {
    await plane.restartIstiod(SLOW);
    const cycles = Math.max(1, Math.round(CYCLES / 10));
    const report = await runCycles(plane, await deploy(), {
      count: cycles,
      inputs: CONFIRMED,
      rest: 300,
      headerRate: HEADER_RATE,
    });
    expectNothingLost(report);
    console.log(`debounce 3 s: ${wordsOf(report, cycles)}`);
  },
);
