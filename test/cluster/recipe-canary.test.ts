import { beforeAll, describe, expect, test } from 'vitest';
import { answersOf, startLoad } from './plane/load.ts';
import type { SampleApp } from './plane/sample-app.ts';
import { askMany } from './support/many.ts';
import { traces } from './support/objects.ts';
import { sharedPlane, type Plane } from './support/plane.ts';
import { deploy, everybody, expectNothingLost, REPOSITORY, runRecipe, show } from './support/recipes.ts';
import { standIns } from './support/stand-ins.ts';
import { binomialRange } from './support/statistics.ts';

const REQUESTS = 1_500;
/** Of a share: a correct split is called wrong once in 10,000 times. */
const CONFIDENCE = 0.9999;

let plane: Plane;

beforeAll(async () => {
  plane = await sharedPlane();
});

describe('canary.yml', () => {
  const dispatch = { event: 'workflow_dispatch', inputs: { build: 'v2' }, environment: 'canary' } as const;

  /** Who gets the build at this moment, in percent, as far as statistics can tell. */
  const expectShare = async (app: SampleApp, percent: number): Promise<void> => {
    const { '200 v1': v1 = 0, '200 v2': v2 = 0 } = await askMany(plane, { host: app.host }, REQUESTS);
    expect(v1 + v2).toBe(REQUESTS);
    const [low, high] =
      percent === 100 ? [REQUESTS, REQUESTS] : binomialRange(REQUESTS, percent / 100, CONFIDENCE);
    expect(v2, `${percent} %`).toBeGreaterThanOrEqual(low);
    expect(v2, `${percent} %`).toBeLessThanOrEqual(high);
  };

  test('10 %, 50 %, 100 %, promoted; the pods of the build before go, and no request is lost', async () => {
    const app = await deploy(plane);
    const stages = [10, 50, 100];
    await using scripts = await standIns({
      'smoke-test.sh': async () => {
        await expectShare(app, stages.shift() ?? 0);
        return 'done';
      },
      'scale-down.sh': async () => {
        await app.remove('v1');
        return 'done';
      },
    });
    const load = await startLoad(plane, [everybody(app)]);
    const ran = await runRecipe(plane, 'canary.yml', app, scripts, dispatch);
    await load.mark('after');
    await askMany(plane, { host: app.host }, 200);
    const report = await load.stop();

    expect(ran.jobs, ran.log).toEqual({
      tenth: 'success',
      half: 'success',
      all: 'success',
      'take-back': 'skipped',
    });
    expect(ran.code).toBe(0);
    expect(scripts.calls).toEqual([
      ...Array.from({ length: 3 }, () => 'smoke-test.sh api-domain-v2'),
      'scale-down.sh build=v1',
    ]);
    expect(ran.steps.find(({ job, step }) => job === 'tenth' && step === 'traffic')?.summary).toMatch(/10 %/);
    expectNothingLost(report);
    expect(answersOf(report, 'all', (label) => label === 'after')).toEqual({
      '200 v2': expect.any(Number) as number,
    });
    const { virtualService, destinationRule } = await show(plane, app);
    expect(virtualService.spec.http?.map(({ route }) => route)).toEqual([
      [
        expect.objectContaining({
          destination: expect.objectContaining({ subset: 'api-domain-v2' }) as unknown,
        }),
      ],
    ]);
    expect(destinationRule.spec.subsets?.map(({ name }) => name)).toEqual(['v1', 'api-domain-v2']);
    expect(virtualService.metadata.annotations?.['istiops/last-change']).toContain(REPOSITORY);
  });

  test('a smoke test fails at 50 %: the last job takes everything back, and no request is lost', async () => {
    const app = await deploy(plane);
    const start = await show(plane, app);
    const stages = [10, 50];
    await using scripts = await standIns({
      'smoke-test.sh': async () => {
        await expectShare(app, stages.shift() ?? 0);
        return stages.length === 0 ? 'failed' : 'done';
      },
    });
    const load = await startLoad(plane, [everybody(app)]);
    const ran = await runRecipe(plane, 'canary.yml', app, scripts, dispatch);
    await load.mark('after');
    expect(await askMany(plane, { host: app.host }, 300)).toEqual({ '200 v1': 300 });
    const report = await load.stop();

    expect(ran.jobs, ran.log).toEqual({
      tenth: 'success',
      half: 'failure',
      all: 'skipped',
      'take-back': 'success',
    });
    expect(ran.code).toBe(1);
    expect(traces(await show(plane, app))).toEqual(traces(start));
    expectNothingLost(report);
    expect(Object.keys(answersOf(report, 'all', (label) => label === 'after'))).toEqual(['200 v1']);
  });
});
