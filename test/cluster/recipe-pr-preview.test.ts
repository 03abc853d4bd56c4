import { beforeAll, describe, expect, test } from 'vitest';
import { answersOf, startLoad } from './plane/load.ts';
import { askMany } from './support/many.ts';
import { traces } from './support/objects.ts';
import { sharedPlane, type Plane } from './support/plane.ts';
import {
  deploy,
  everybody,
  expectNothingLost,
  pullRequest,
  runRecipe,
  show,
  NUMBER,
} from './support/recipes.ts';
import { standIns } from './support/stand-ins.ts';

let plane: Plane;

beforeAll(async () => {
  plane = await sharedPlane();
});

describe('pr-preview.yml', () => {
  const ME = { 'x-preview': `pr-${NUMBER}` };

  test('opened, pushed to, a deploy that fails, closed: the header follows, nobody else notices, and no trace is left', async () => {
    const app = await deploy(plane);
    const { host } = app;
    const start = await show(plane, app);
    await using scripts = await standIns({
      'deploy.sh': async (words) => {
        const [build = '', pullRequest = ''] = words.split(' ');
        if (build === builds[2]) return 'failed';
        // As in a cluster: the pods are there before they are ready, and the next step waits for that.
        await app.add(build, { ready: false, labels: { 'pull-request': pullRequest } });
        setTimeout(() => void app.setReady(build, true), 1_000);
        return 'done';
      },
      'scale-down.sh': async (selector) => {
        const build = /build=([^,]+)/.exec(selector)?.[1];
        // Without a build: every commit that still has pods.
        await app.remove(build ?? builds[1]);
        return 'done';
      },
    });
    const [first, second, third] = ['a'.repeat(40), 'b'.repeat(40), 'c'.repeat(40)];
    const builds = [`pr-7-${first}`, `pr-7-${second}`, `pr-7-${third}`] as const;
    const load = await startLoad(plane, [everybody(app), { name: 'me', host, rate: 50, headers: ME }]);

    const opened = await runRecipe(plane, 'pr-preview.yml', app, scripts, pullRequest('opened', first));
    expect(opened.jobs, opened.log).toEqual({ preview: 'success', 'clean-up': 'skipped' });
    await load.mark('opened');
    expect(await askMany(plane, { host, headers: ME }, 200)).toEqual({ [`200 ${builds[0]}`]: 200 });
    expect(await askMany(plane, { host, headers: { 'x-preview': 'pr-8' } }, 100)).toEqual({ '200 v1': 100 });
    await load.mark('pushing');

    const pushed = await runRecipe(plane, 'pr-preview.yml', app, scripts, pullRequest('synchronize', second));
    expect(pushed.jobs, pushed.log).toEqual({ preview: 'success', 'clean-up': 'skipped' });
    await load.mark('pushed');
    expect(await askMany(plane, { host, headers: ME }, 200)).toEqual({ [`200 ${builds[1]}`]: 200 });
    // The next commit is never deployed, so the preview stays with the one before, and closing has to find that.
    const broken = await runRecipe(plane, 'pr-preview.yml', app, scripts, pullRequest('synchronize', third));
    expect(broken.jobs, broken.log).toEqual({ preview: 'failure', 'clean-up': 'skipped' });
    expect(await askMany(plane, { host, headers: ME }, 200)).toEqual({ [`200 ${builds[1]}`]: 200 });
    await load.mark('closing');

    const closed = await runRecipe(plane, 'pr-preview.yml', app, scripts, pullRequest('closed', third));
    expect(closed.jobs, closed.log).toEqual({ preview: 'skipped', 'clean-up': 'success' });
    await load.mark('closed');
    expect(await askMany(plane, { host, headers: ME }, 200)).toEqual({ '200 v1': 200 });
    const report = await load.stop();

    expect(scripts.calls).toEqual([
      `deploy.sh ${builds[0]} pr-7`,
      `deploy.sh ${builds[1]} pr-7`,
      `scale-down.sh app=api-domain,build=${builds[0]},pull-request=pr-7`,
      `deploy.sh ${builds[2]} pr-7`,
      'scale-down.sh app=api-domain,pull-request=pr-7',
    ]);
    expect(traces(await show(plane, app))).toEqual(traces(start));
    expectNothingLost(report);
    expect(Object.keys(answersOf(report, 'all'))).toEqual(['200 v1']);
    const mine = (label: string): readonly string[] =>
      Object.keys(answersOf(report, 'me', (given) => given === label)).toSorted();
    expect(mine('opened')).toEqual([`200 ${builds[0]}`]);
    expect(mine('pushing')).toEqual(builds.slice(0, 2).map((build) => `200 ${build}`));
    expect(mine('pushed')).toEqual([`200 ${builds[1]}`]);
    expect(mine('closed')).toEqual(['200 v1']);
  });

  test('a pull request of a fork gets no preview', async () => {
    const app = await deploy(plane);
    const ran = await runRecipe(
      plane,
      'pr-preview.yml',
      app,
      undefined,
      pullRequest('opened', 'a'.repeat(40), 'somebody/api'),
    );
    expect(ran.jobs).toEqual({ preview: 'skipped', 'clean-up': 'skipped' });
    expect(ran.code).toBe(0);
  });
});
