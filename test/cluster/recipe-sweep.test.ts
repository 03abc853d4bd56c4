import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { startGitHub } from '../support/github-api.ts';
import { until } from './plane/processes.ts';
import { ask } from './plane/traffic.ts';
import type { WorkflowRan } from './support/act.ts';
import { action, istiops } from './support/doors.ts';
import { allowWorkloads } from './support/keyless.ts';
import { sharedPlane, WAIT, type Plane } from './support/plane.ts';
import { deploy, REPOSITORY, runRecipe, show } from './support/recipes.ts';

let plane: Plane;

beforeAll(async () => {
  plane = await sharedPlane();
});

describe('sweep.yml', () => {
  test('asks once which pull requests are open, and removes the previews of the others', async () => {
    const app = await deploy(plane);
    const { host, namespace } = app;
    await using github = await startGitHub();
    github.pulls[REPOSITORY] = [9];
    for (const number of [8, 9]) {
      const build = `pr-${number}`;
      await app.add(build);
      const event = join(plane.dir, `event-${namespace}-${number}.json`);
      await writeFile(event, JSON.stringify({ pull_request: { number, head: { sha: 'a'.repeat(40) } } }));
      const shown = await action(
        plane,
        {
          operation: 'headers',
          namespace,
          'label-selector': 'app=api-domain',
          'propagation-wait': WAIT,
          'pod-selector': `app=api-domain,build=${build}`,
          headers: `x-preview=${build}`,
        },
        { env: { GITHUB_EVENT_PATH: event, GITHUB_REPOSITORY: REPOSITORY } },
      );
      expect(shown.code, shown.stdout).toBe(0);
    }
    const ran = await runRecipe(plane, 'sweep.yml', app, undefined, {
      event: 'schedule',
      env: { GITHUB_API_URL: github.url },
    });
    expect(ran.jobs, ran.log).toEqual({ sweep: 'success' });
    expect(github.calls).toHaveLength(1);
    await until('the header is free again', async () => {
      return (await ask(plane, { host, headers: { 'x-preview': 'pr-8' } })).build === 'v1';
    });
    expect((await ask(plane, { host, headers: { 'x-preview': 'pr-9' } })).build).toBe('pr-9');
  });

  test('removes the preview of a build without pods, and nothing else', async () => {
    const app = await deploy(plane);
    const { host, namespace } = app;
    await app.add('pr-8');
    const common = { namespace, 'label-selector': 'app=api-domain', 'propagation-wait': WAIT };
    const previews = ['v2', 'pr-8'].map((build) => ({
      ...common,
      'pod-selector': `app=api-domain,build=${build}`,
      headers: `x-preview=${build}`,
    }));
    const shown = await Promise.all(previews.map((inputs) => istiops(plane, 'headers', inputs)));
    expect(shown.map(({ code }) => code)).toEqual([0, 0]);
    await app.remove('pr-8');

    const sweep = (): Promise<WorkflowRan> =>
      runRecipe(plane, 'sweep.yml', app, undefined, { event: 'schedule' });
    // The ServiceEntry of the app selects workloads, which may be WorkloadEntries that the job can't see.
    const unsure = await sweep();
    expect(unsure.jobs, unsure.log).toEqual({ sweep: 'success' });
    expect(unsure.log).toContain('Grant `list` on workloadentries');
    expect((await ask(plane, { host, headers: { 'x-preview': 'pr-8' } })).build).not.toBe('v1');

    await allowWorkloads(plane, namespace);
    const ran = await sweep();
    expect(ran.jobs, ran.log).toEqual({ sweep: 'success' });
    await until('the header is free again', async () => {
      return (await ask(plane, { host, headers: { 'x-preview': 'pr-8' } })).build === 'v1';
    });
    expect((await ask(plane, { host, headers: { 'x-preview': 'v2' } })).build).toBe('v2');
    const { destinationRule } = await show(plane, app);
    expect(destinationRule.spec.subsets?.map(({ name }) => name)).toEqual(['v1', 'api-domain-v2']);
  });
});
