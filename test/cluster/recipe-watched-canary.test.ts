import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { kubeconfigText } from './plane/kubeconfig.ts';
import { startLoad, type Load } from './plane/load.ts';
import type { SampleApp } from './plane/sample-app.ts';
import { runWorkflow, type WorkflowRan } from './support/act.ts';
import { untilCounted } from './support/counted.ts';
import { traces } from './support/objects.ts';
import { sharedPlane, type Plane } from './support/plane.ts';
import {
  actFor,
  deploy,
  everybody,
  expectNothingLost,
  RECIPES,
  REPOSITORY,
  show,
} from './support/recipes.ts';
import { standIns, type StandIns } from './support/stand-ins.ts';

let plane: Plane;

beforeAll(async () => {
  plane = await sharedPlane();
});

describe.concurrent('watched-canary.yml', () => {
  /** As the docs have it, with seconds in place of minutes. */
  async function watch(app: SampleApp, scripts: StandIns | undefined): Promise<WorkflowRan> {
    const recipe = await readFile(join(RECIPES, 'watched-canary.yml'), 'utf8');
    const steps = /^ *steps: \d.*$/m;
    expect(recipe).toMatch(steps);
    const file = join(await mkdtemp(join(plane.dir, 'recipe-')), 'watched-canary.yml');
    await writeFile(
      file,
      recipe.replace(steps, (line) => line.replaceAll(/(\d+)m\b/g, '$1s')),
    );
    const { server, ca, token } = plane.restConfig();
    const ran = await runWorkflow(await actFor(plane, app, { interval: '1s' }), {
      event: 'workflow_dispatch',
      inputs: { build: 'v2' },
      file,
      repository: REPOSITORY,
      secrets: { KUBECONFIG: kubeconfigText({ server, ca, user: { token } }) },
      files: scripts?.files ?? {},
    });
    scripts?.check();
    return ran;
  }

  async function deployCounted(): Promise<{ readonly app: SampleApp; readonly load: Load }> {
    const prometheus = await plane.prometheus();
    const app = await deploy(plane);
    const load = await startLoad(plane, [everybody(app)]);
    await untilCounted(prometheus, app.namespace);
    return { app, load };
  }

  test('a healthy build is promoted, the pods of the build before go, and no request is lost', async () => {
    const { app, load } = await deployCounted();
    await using scripts = await standIns({
      'scale-down.sh': async () => {
        await app.remove('v1');
        return 'done';
      },
    });
    const ran = await watch(app, scripts);
    expect(ran.jobs, ran.log).toEqual({ canary: 'success' });
    expectNothingLost(await load.stop());
    expect(scripts.calls).toEqual(['scale-down.sh build=v1']);
    const step = ran.steps.find(({ step: id }) => id === 'canary');
    expect(step?.outputs).toMatchObject({ stage: '3', changed: 'true' });
    expect(step?.summary).toContain('went through 3 stages (10 % for 5s, 50 % for 10s, 100 % for 10s)');
  });

  test('a build that fails is taken back, and the summary says why', async () => {
    const { app, load } = await deployCounted();
    const start = await show(plane, app);
    await app.behave('v2', { status: 500, share: 0.5 });
    const ran = await watch(app, undefined);
    await load.stop();
    expect(ran.jobs, ran.log).toEqual({ canary: 'failure' });
    expect(traces(await show(plane, app))).toEqual(traces(start));
    const step = ran.steps.find(({ step: id }) => id === 'canary');
    expect(step?.outputs).toMatchObject({
      verdict: 'bad',
      changed: 'false',
      'failure-reason': 'check-failed',
    });
    expect(step?.summary).toMatch(/❌&nbsp;bad/);
    expect(step?.summary).toContain('everything is as it was');
  });
});
