/** Three services in one change, on the real plane and under load: all of them, or none. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answersOf, failedOf, startLoad, type LoadReport } from './plane/load.ts';
import type { SampleApp } from './plane/sample-app.ts';
import { ask } from './plane/traffic.ts';
import { DEFAULT_RATE } from './support/cycles.ts';
import { action, type ActionRan, type Inputs } from './support/doors.ts';
import { read, traces, type Both } from './support/objects.ts';
import { sharedPlane, WAIT, type Plane } from './support/plane.ts';
import { endPolicy, startPolicy, type RefusingPolicy } from './support/refusing-policy.ts';

const NAMES = ['web', 'orders', 'stock'] as const;
const BAGGAGE = 'preview=pr-10';
const LINES = NAMES.map((name) => `app=${name} -> app=${name},build=pr-10`).join('\n');

let plane: Plane;
let apps: readonly SampleApp[];
let start: readonly Both[];

beforeAll(async () => {
  plane = await sharedPlane();
  const namespace = await plane.namespace('services');
  apps = await Promise.all(
    NAMES.map((app) => plane.deployBuilds({ namespace, app, builds: ['v1', 'pr-10'] })),
  );
  start = await traffic();
});

const namespaceOf = (): string => apps[0]?.namespace ?? '';
const traffic = async (): Promise<readonly Both[]> =>
  Promise.all(apps.map(({ namespace, name }) => read(plane, namespace, name)));
const run = (inputs: Inputs): Promise<ActionRan> =>
  action(plane, { namespace: namespaceOf(), services: LINES, 'propagation-wait': WAIT, ...inputs });
const builds = async (headers: Readonly<Record<string, string>>): Promise<readonly unknown[]> =>
  Promise.all(apps.map(async ({ host }) => (await ask(plane, { host, headers })).build));

/** What everybody gets, and what the preview's requests get, of each service, while something happens. */
async function underLoad(body: () => Promise<void>): Promise<LoadReport> {
  const rate = DEFAULT_RATE / 6;
  const load = await startLoad(
    plane,
    apps.flatMap(({ name, host }) => [
      { name, host, rate },
      { name: `${name} preview`, host, rate, headers: { baggage: BAGGAGE } },
    ]),
  );
  await body();
  return load.stop();
}

function expectNothingLost(report: LoadReport): void {
  expect(failedOf(report)).toBe(0);
  for (const name of NAMES) {
    expect(Object.keys(answersOf(report, name))).toEqual(['200 v1']);
    const answers = Object.keys(answersOf(report, `${name} preview`));
    expect(answers.filter((answer) => !['200 v1', '200 pr-10'].includes(answer))).toEqual([]);
  }
}

describe('admission refuses the third VirtualService, which it has let pass when it was tried', () => {
  const words = 'The stock is being counted.';
  const policy = (): RefusingPolicy => ({
    name: 'refuses-the-third',
    namespace: namespaceOf(),
    virtualService: 'stock',
    expression: "object.metadata.name != 'stock' || (request.dryRun && !has(object.metadata.labels.probe))",
    message: words,
  });

  beforeAll(() => startPolicy(plane, policy()));
  afterAll(() => endPolicy(plane, policy()));

  test('the first two are taken back, subsets included, and no request is lost', async () => {
    const report = await underLoad(async () => {
      const ran = await run({ operation: 'headers', baggage: BAGGAGE });
      expect(ran.code).toBe(1);
      expect(ran.outputs).toMatchObject({
        changed: 'false',
        'failure-reason': 'rejected',
        'safe-to-scale-down': '[]',
      });
      expect(ran.stdout).toContain(words);
      expect(ran.stdout).toContain('everything is as it was');
    });
    expectNothingLost(report);
    expect((await traffic()).map(contentOf)).toEqual(start.map(contentOf));
    expect(await builds({ baggage: BAGGAGE })).toEqual(NAMES.map(() => 'v1'));
  });
});

describe('nothing stands in the way', () => {
  test('all three get the preview, and nobody else notices', async () => {
    const report = await underLoad(async () => {
      const ran = await run({ operation: 'headers', baggage: BAGGAGE });
      expect(ran.code, ran.stdout).toBe(0);
      expect(JSON.parse(ran.outputs['services'] ?? '')).toMatchObject(
        NAMES.map((service) => ({
          labelSelector: `app=${service}`,
          subset: `${service}-pr-10`,
          changed: true,
        })),
      );
    });
    expectNothingLost(report);
    expect(await builds({ baggage: `user=mia,${BAGGAGE}` })).toEqual(NAMES.map(() => 'pr-10'));
    expect(await builds({})).toEqual(NAMES.map(() => 'v1'));
  });

  test('undo of one alone is refused, of all takes all back', async () => {
    const undo = { operation: 'undo', services: '' };
    const one = await run({ ...undo, 'label-selector': 'app=orders' });
    expect(one.code).toBe(1);
    expect(one.stdout).toContain('virtual-service: orders,stock,web');
    const report = await underLoad(async () => {
      const all = await run({ ...undo, 'virtual-service': NAMES.join() });
      expect(all.code, all.stdout).toBe(0);
    });
    expectNothingLost(report);
    expect((await traffic()).map(traces)).toEqual(start.map(traces));
  });

  test('again, and rollback of all of them by their baggage', async () => {
    expect((await run({ operation: 'headers', baggage: BAGGAGE })).code).toBe(0);
    const report = await underLoad(async () => {
      const ran = await run({
        operation: 'rollback',
        services: 'app=web\napp=orders\napp=stock',
        baggage: BAGGAGE,
      });
      expect(ran.code, ran.stdout).toBe(0);
      expect(JSON.parse(ran.outputs['safe-to-scale-down'] ?? '')).toEqual(
        NAMES.map((service) => `app=${service},build=pr-10`).toSorted(),
      );
    });
    expectNothingLost(report);
    expect((await traffic()).map(traces)).toEqual(start.map(traces));
  });
});

/** Spec and annotations: all but what the server counts. */
function contentOf({ virtualService, destinationRule }: Both): unknown {
  return [virtualService, destinationRule].map(({ spec, metadata: { annotations } }) => ({
    spec,
    annotations,
  }));
}
