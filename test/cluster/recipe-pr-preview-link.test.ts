import { beforeAll, describe, expect, test } from 'vitest';
import { rowsIn } from '../../src/github/note/row.ts';
import { startGitHub } from '../support/github-api.ts';
import { until } from './plane/processes.ts';
import { ask } from './plane/traffic.ts';
import { traces } from './support/objects.ts';
import { sharedPlane, type Plane } from './support/plane.ts';
import { deploy, NUMBER, pullRequest, runRecipe, show } from './support/recipes.ts';
import { standIns } from './support/stand-ins.ts';

let plane: Plane;

beforeAll(async () => {
  plane = await sharedPlane();
});

describe('pr-preview-link.yml', () => {
  test('opened, closed: the comment and the deployment have a link that gets the build, until both say it is gone', async () => {
    const app = await deploy(plane);
    const { host } = app;
    const start = await show(plane, app);
    const sha = 'a'.repeat(40);
    const build = `pr-${NUMBER}-${sha}`;
    await using github = await startGitHub();
    await using scripts = await standIns({
      'deploy.sh': async () => {
        await app.add(build, { labels: { 'pull-request': `pr-${NUMBER}` } });
        return 'done';
      },
      'scale-down.sh': async () => {
        await app.remove(build);
        return 'done';
      },
    });
    const env = { GITHUB_API_URL: github.url };
    const opened = await runRecipe(plane, 'pr-preview-link.yml', app, scripts, {
      ...pullRequest('opened', sha),
      env,
    });
    expect(opened.jobs, opened.log).toEqual({ preview: 'success', 'clean-up': 'skipped' });
    const link = `https://${host}/.preview/pr-${NUMBER}`;
    const rows = github.comments.map(({ body }) => rowsIn(body).map((row) => [row.link, row.commit]));
    expect(rows).toEqual([[[link, sha]]]);
    expect(
      github.deployments.map(({ asked, statuses }) => [asked['environment'], statuses[0]]),
    ).toMatchObject([[`preview/pr-${NUMBER}`, { state: 'success', environment_url: link }]]);
    await until(
      'the link is there',
      async () => (await ask(plane, { host, path: new URL(link).pathname })).status === 302,
    );
    expect((await ask(plane, { host, headers: { cookie: `preview=pr-${NUMBER}` } })).build).toBe(build);
    expect((await ask(plane, { host })).build).toBe('v1');

    const closed = await runRecipe(plane, 'pr-preview-link.yml', app, scripts, {
      ...pullRequest('closed', sha),
      env,
    });
    expect(closed.jobs, closed.log).toEqual({ preview: 'skipped', 'clean-up': 'success' });
    expect(github.comments.map(({ body }) => rowsIn(body))).toMatchObject([[{ requests: null, link: null }]]);
    expect(github.deployments.map(({ statuses }) => statuses[0]?.['state'])).toEqual(['inactive']);
    expect(traces(await show(plane, app))).toEqual(traces(start));
    expect(`${opened.log}${closed.log}`).not.toContain('on GitHub');
  });

  test('a pull request of a fork gets no preview, and GitHub is not called', async () => {
    const app = await deploy(plane);
    await using github = await startGitHub();
    const ran = await runRecipe(plane, 'pr-preview-link.yml', app, undefined, {
      ...pullRequest('opened', 'a'.repeat(40), 'somebody/api'),
      env: { GITHUB_API_URL: github.url },
    });
    expect(ran.jobs).toEqual({ preview: 'skipped', 'clean-up': 'skipped' });
    expect(github.calls).toEqual([]);
  });
});
