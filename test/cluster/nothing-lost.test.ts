import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { paths } from './plane/api.ts';
import { answersOf, failedOf, startLoad, type LoadReport } from './plane/load.ts';
import { until } from './plane/processes.ts';
import type { SampleApp } from './plane/sample-app.ts';
import { ask } from './plane/traffic.ts';
import { DEFAULT_RATE, expectNothingLost, HEADER_RATE, runCycles, soakCycles } from './support/cycles.ts';
import { istiops, type Inputs } from './support/doors.ts';
import { edit, read, to } from './support/objects.ts';
import { DEBOUNCE, sharedPlane, WAIT, type Plane } from './support/plane.ts';

const CYCLES = soakCycles();
/** A slow istiod collects changes for so long, as one of a large mesh does, and the wait that fits it. */
const SLOW = { debounceAfter: '1500ms', debounceMax: '3s' };
const SLOW_WAIT = '3s';
const ME = { 'x-cid': 'me' };
const waiting = (wait: string): Inputs => ({ confirm: 'wait', 'propagation-wait': wait });

let plane: Plane;

beforeAll(async () => {
  plane = await sharedPlane();
});

async function deploy(): Promise<SampleApp> {
  const namespace = await plane.namespace('load');
  return await plane.deployBuilds({ namespace, app: 'api', builds: ['v1', 'v2'] });
}

describe('nothing is lost under load', () => {
  test(
    `${CYCLES} cycles of headers, weight 20, weight 100, promote or rollback, clear`,
    { timeout: 60_000 + CYCLES * 40_000 },
    async () => {
      const app = await deploy();
      const report = await runCycles(plane, app, { count: CYCLES, inputs: waiting(WAIT), rest: 500 });
      expectNothingLost(report);
      console.log(`${report.sent} requests to all and the header's in ${CYCLES} cycles: 0 failed, 0 astray`);
    },
  );
});

describe('with a slow istiod', () => {
  beforeAll(() => plane.restartIstiod(SLOW));
  afterAll(() => plane.restartIstiod(DEBOUNCE));

  test('nothing is lost with a wait that fits', { timeout: 600_000 }, async () => {
    const app = await deploy();
    expectNothingLost(await runCycles(plane, app, { count: 1, inputs: waiting(SLOW_WAIT), rest: 500 }));
  });

  test(
    'without a wait, "done" comes before the gateway knows: requests with the header go astray',
    { timeout: 600_000 },
    async () => {
      const app = await deploy();
      const { astray } = await runCycles(plane, app, { count: 1, inputs: waiting('0s'), rest: 400 });
      expect(astray).toContainEqual(expect.stringMatching(/ after 1\.1 headers, me: 200 v1/));
    },
  );
});

/** What the order of the writes is for. Without these, the tests above might be unable to fail. */
describe('the same change by hand, in the wrong order', () => {
  let app: SampleApp;
  let paths_: { readonly virtualService: string; readonly destinationRule: string };

  beforeAll(async () => {
    app = await deploy();
    paths_ = {
      virtualService: `${paths.virtualServices(app.namespace)}/api`,
      destinationRule: `${paths.destinationRules(app.namespace)}/api`,
    };
  });

  const underLoad = async (change: () => Promise<void>): Promise<LoadReport> => {
    const load = await startLoad(plane, [
      { name: 'all', host: app.host, rate: DEFAULT_RATE },
      { name: 'me', host: app.host, rate: HEADER_RATE, headers: ME },
    ]);
    await sleep(300);
    await change();
    await sleep(1_500);
    return await load.stop();
  };

  const isAt = (build: string): Promise<void> =>
    until(
      `the header reaches ${build}`,
      async () => (await ask(plane, { host: app.host, headers: ME })).build === build,
    );

  test('the route before its subset: the requests with the header fail until the subset is there', async () => {
    const report = await underLoad(async () => {
      await edit(plane, paths_.virtualService, (spec) => ({
        ...spec,
        http: [
          {
            name: 'preview',
            match: [{ headers: { 'x-cid': { exact: 'me' } } }],
            route: [to(app.host, 'v2')],
          },
          ...(spec['http'] as readonly unknown[]),
        ],
      }));
      await sleep(1_500);
      await edit(plane, paths_.destinationRule, (spec) => ({
        ...spec,
        subsets: ['v1', 'v2'].map((name) => ({ name, labels: { build: name } })),
      }));
    });
    expect(answersOf(report, 'me')['503 -']).toBeGreaterThan(5);
    expect(Object.keys(answersOf(report, 'all'))).toEqual(['200 v1']);
    await isAt('v2');
  });

  test('the subset goes before its route: they fail again', async () => {
    const report = await underLoad(async () => {
      await edit(plane, paths_.destinationRule, (spec) => ({
        ...spec,
        subsets: [{ name: 'v1', labels: { build: 'v1' } }],
      }));
      await sleep(1_500);
      await edit(plane, paths_.virtualService, (spec) => ({
        ...spec,
        http: (spec['http'] as readonly unknown[]).slice(1),
      }));
    });
    expect(answersOf(report, 'me')['503 -']).toBeGreaterThan(5);
    await isAt('v1');
  });

  test('and in the right order by the command line, under the same load, none does', async () => {
    const inputs = {
      namespace: app.namespace,
      'label-selector': 'app=api',
      'pod-selector': 'app=api,build=v2',
      'propagation-wait': WAIT,
    };
    const start = await read(plane, app.namespace);
    const report = await underLoad(async () => {
      await istiops(plane, 'headers', { ...inputs, headers: 'x-cid=me' });
      await istiops(plane, 'rollback', inputs);
    });
    expect(failedOf(report)).toBe(0);
    expect(answersOf(report, 'me')['200 v2']).toBeGreaterThan(5);
    expect((await read(plane, app.namespace)).destinationRule.spec).toEqual(start.destinationRule.spec);
  });
});
