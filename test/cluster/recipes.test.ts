import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { rowsIn } from '../../src/github/note/row.ts';
import type { Job } from '../support/github.ts';
import { startGitHub } from '../support/github-api.ts';
import { kubeconfigText } from './plane/kubeconfig.ts';
import { answersOf, failedOf, startLoad, type Load, type LoadReport, type Stream } from './plane/load.ts';
import { until } from './plane/processes.ts';
import type { SampleApp } from './plane/sample-app.ts';
import { ask } from './plane/traffic.ts';
import {
  prepareAct,
  runWorkflow,
  type Act,
  type Texts,
  type WorkflowOptions,
  type WorkflowRan,
} from './support/act.ts';
import { untilCounted } from './support/counted.ts';
import { DEFAULT_RATE } from './support/cycles.ts';
import { action, istiops } from './support/doors.ts';
import { allowJobs } from './support/keyless.ts';
import { askMany } from './support/many.ts';
import { read, traces, type Both } from './support/objects.ts';
import { sharedPlane, WAIT, type Plane } from './support/plane.ts';
import { standIns, type StandIns } from './support/stand-ins.ts';
import { binomialRange } from './support/statistics.ts';

/** The files that the docs show, as they are. */
const RECIPES = join(import.meta.dirname, '../../examples/workflows');
const REPOSITORY = 'octo/api';
const REQUESTS = 1_500;
/** Of a share: a correct split is called wrong once in 10,000 times. */
const CONFIDENCE = 0.9999;

let plane: Plane;

beforeAll(async () => {
  plane = await sharedPlane();
});

/** The Action with a namespace for a default, for the recipes name none. */
async function actFor({ namespace }: SampleApp, more: Texts = {}): Promise<Act> {
  const defaults = { 'propagation-wait': WAIT, namespace, ...more };
  return prepareAct(plane, { doors: inject('doors'), defaults });
}

/** In a namespace of its own. */
async function deploy(): Promise<SampleApp> {
  const namespace = await plane.namespace('recipe');
  return await plane.deployBuilds({ namespace, app: 'api-domain', builds: ['v1', 'v2'] });
}

const show = ({ namespace }: SampleApp): Promise<Both> => read(plane, namespace, 'api-domain');

/**
 * Runs a recipe by GitHub's own token, with the rights of the Role that `istiops keyless` prints and no other.
 *
 * @param environment of all its jobs: `act` knows none
 */
async function run(
  recipe: string,
  app: SampleApp,
  scripts: StandIns | undefined,
  { environment, ...options }: Omit<WorkflowOptions, 'file'> & { readonly environment?: string },
): Promise<WorkflowRan> {
  await allowJobs(plane, app.namespace, environment === undefined ? {} : { environment });
  const job = plane.github.job({ environment });
  const ran = await runWorkflow(await actFor(app), {
    ...options,
    file: join(RECIPES, recipe),
    repository: REPOSITORY,
    variables: { KUBE_SERVER: plane.server, KUBE_CA: Buffer.from(plane.ca).toString('base64') },
    env: { ...job.env, ...options.env },
    files: scripts?.files ?? {},
  });
  scripts?.check();
  expectNoToken(ran, job);
  return ran;
}

/** Of what `act` says, leaving out how it was started. */
function expectNoToken(ran: WorkflowRan, { own, tokens }: Job): void {
  const text = JSON.stringify(ran);
  for (const secret of [own, ...tokens]) expect(text).not.toContain(secret);
}

/** What nobody may notice: failures, and a load that was less than it should be. */
function expectNothingLost(report: LoadReport): void {
  const failures = report.windows.flatMap(({ streams }) =>
    Object.values(streams).flatMap(({ failures }) => failures.map(({ what, detail }) => `${what} ${detail}`)),
  );
  expect(failures.slice(0, 20)).toEqual([]);
  expect(failedOf(report)).toBe(0);
  const [first, last] = [report.windows[0]?.startedAt ?? 0, report.windows.at(-1)?.endedAt ?? 0];
  const sent = Object.values(answersOf(report, 'all')).reduce((sum, count) => sum + count, 0);
  expect((sent * 1000) / (last - first)).toBeGreaterThan(DEFAULT_RATE * 0.98);
}

const everybody = ({ host }: SampleApp): Stream => ({ name: 'all', host, rate: DEFAULT_RATE });

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
    const app = await deploy();
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
    const ran = await run('canary.yml', app, scripts, dispatch);
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
    const { virtualService, destinationRule } = await show(app);
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
    const app = await deploy();
    const start = await show(app);
    const stages = [10, 50];
    await using scripts = await standIns({
      'smoke-test.sh': async () => {
        await expectShare(app, stages.shift() ?? 0);
        return stages.length === 0 ? 'failed' : 'done';
      },
    });
    const load = await startLoad(plane, [everybody(app)]);
    const ran = await run('canary.yml', app, scripts, dispatch);
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
    expect(traces(await show(app))).toEqual(traces(start));
    expectNothingLost(report);
    expect(Object.keys(answersOf(report, 'all', (label) => label === 'after'))).toEqual(['200 v1']);
  });
});

describe('watched-canary.yml', () => {
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
    const ran = await runWorkflow(await actFor(app, { interval: '1s' }), {
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
    const app = await deploy();
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
    const start = await show(app);
    await app.behave('v2', { status: 500, share: 0.5 });
    const ran = await watch(app, undefined);
    await load.stop();
    expect(ran.jobs, ran.log).toEqual({ canary: 'failure' });
    expect(traces(await show(app))).toEqual(traces(start));
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

const NUMBER = 7;

function pullRequest(
  action: string,
  sha: string,
  from = REPOSITORY,
  ref = '$(touch${IFS}x)"<!--',
): Omit<WorkflowOptions, 'file'> & { readonly environment: string } {
  return {
    environment: 'preview',
    event: 'pull_request',
    payload: {
      action,
      number: NUMBER,
      pull_request: {
        number: NUMBER,
        // The names that a contributor chooses are commands to a shell and to the runner.
        title: '`touch x`\n::error::title',
        head: { sha, ref, repo: { full_name: from } },
        base: { ref: 'main', repo: { full_name: REPOSITORY } },
      },
      repository: { full_name: REPOSITORY },
    },
  };
}

describe('pr-preview.yml', () => {
  const ME = { 'x-preview': `pr-${NUMBER}` };

  test('opened, pushed to, a deploy that fails, closed: the header follows, nobody else notices, and no trace is left', async () => {
    const app = await deploy();
    const { host } = app;
    const start = await show(app);
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

    const opened = await run('pr-preview.yml', app, scripts, pullRequest('opened', first));
    expect(opened.jobs, opened.log).toEqual({ preview: 'success', 'clean-up': 'skipped' });
    await load.mark('opened');
    expect(await askMany(plane, { host, headers: ME }, 200)).toEqual({ [`200 ${builds[0]}`]: 200 });
    expect(await askMany(plane, { host, headers: { 'x-preview': 'pr-8' } }, 100)).toEqual({ '200 v1': 100 });
    await load.mark('pushing');

    const pushed = await run('pr-preview.yml', app, scripts, pullRequest('synchronize', second));
    expect(pushed.jobs, pushed.log).toEqual({ preview: 'success', 'clean-up': 'skipped' });
    await load.mark('pushed');
    expect(await askMany(plane, { host, headers: ME }, 200)).toEqual({ [`200 ${builds[1]}`]: 200 });
    // The next commit is never deployed, so the preview stays with the one before, and closing has to find that.
    const broken = await run('pr-preview.yml', app, scripts, pullRequest('synchronize', third));
    expect(broken.jobs, broken.log).toEqual({ preview: 'failure', 'clean-up': 'skipped' });
    expect(await askMany(plane, { host, headers: ME }, 200)).toEqual({ [`200 ${builds[1]}`]: 200 });
    await load.mark('closing');

    const closed = await run('pr-preview.yml', app, scripts, pullRequest('closed', third));
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
    expect(traces(await show(app))).toEqual(traces(start));
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
    const app = await deploy();
    const ran = await run(
      'pr-preview.yml',
      app,
      undefined,
      pullRequest('opened', 'a'.repeat(40), 'somebody/api'),
    );
    expect(ran.jobs).toEqual({ preview: 'skipped', 'clean-up': 'skipped' });
    expect(ran.code).toBe(0);
  });
});

describe('pr-preview-link.yml', () => {
  test('opened, closed: the comment and the deployment have a link that gets the build, until both say it is gone', async () => {
    const app = await deploy();
    const { host } = app;
    const start = await show(app);
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
    const opened = await run('pr-preview-link.yml', app, scripts, { ...pullRequest('opened', sha), env });
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

    const closed = await run('pr-preview-link.yml', app, scripts, { ...pullRequest('closed', sha), env });
    expect(closed.jobs, closed.log).toEqual({ preview: 'skipped', 'clean-up': 'success' });
    expect(github.comments.map(({ body }) => rowsIn(body))).toMatchObject([[{ requests: null, link: null }]]);
    expect(github.deployments.map(({ statuses }) => statuses[0]?.['state'])).toEqual(['inactive']);
    expect(traces(await show(app))).toEqual(traces(start));
    expect(`${opened.log}${closed.log}`).not.toContain('on GitHub');
  });

  test('a pull request of a fork gets no preview, and GitHub is not called', async () => {
    const app = await deploy();
    await using github = await startGitHub();
    const ran = await run('pr-preview-link.yml', app, undefined, {
      ...pullRequest('opened', 'a'.repeat(40), 'somebody/api'),
      env: { GITHUB_API_URL: github.url },
    });
    expect(ran.jobs).toEqual({ preview: 'skipped', 'clean-up': 'skipped' });
    expect(github.calls).toEqual([]);
  });
});

describe('preview-of-entry.yml and preview-of-services.yml', () => {
  test('one preview of three services of two repositories: a link, then baggage; closed, no trace is left', async () => {
    const namespace = await plane.namespace('recipe');
    const apps = await Promise.all(
      ['web', 'orders', 'stock'].map((app) => plane.deployBuilds({ namespace, app, builds: ['v1'] })),
    );
    const [web, orders, stock] = apps;
    if (web === undefined || orders === undefined || stock === undefined) throw new Error('No services.');
    const traffic = async (): Promise<readonly Both[]> =>
      Promise.all(apps.map(({ name }) => read(plane, namespace, name)));
    const start = await traffic();
    const scriptsOf = (services: readonly SampleApp[]): Promise<StandIns> =>
      standIns({
        'deploy.sh': async (words) => {
          const [build = '', preview = ''] = words.split(' ');
          await Promise.all(services.map((app) => app.add(build, { labels: { preview } })));
          return 'done';
        },
        'scale-down.sh': async () => {
          await Promise.all(services.map((app) => app.remove(BUILD)));
          return 'done';
        },
      });
    const BUILD = 'a'.repeat(40);
    const opened = pullRequest('opened', BUILD, REPOSITORY, 'topic');
    const closing = pullRequest('closed', BUILD, REPOSITORY, 'topic');
    await using front = await scriptsOf([web]);
    await using back = await scriptsOf([orders, stock]);
    const load = await startLoad(
      plane,
      apps.map(({ name, host }) => ({ name, host, rate: DEFAULT_RATE / 3 })),
    );

    const entry = await run('preview-of-entry.yml', web, front, opened);
    expect(entry.jobs, entry.log).toEqual({ preview: 'success', 'clean-up': 'skipped' });
    const behind = await run('preview-of-services.yml', orders, back, opened);
    expect(behind.jobs, behind.log).toEqual({ preview: 'success', 'clean-up': 'skipped' });

    const clicked = await ask(plane, { host: web.host, path: '/.preview/topic' });
    expect(clicked.headers['set-cookie']).toEqual([expect.stringMatching(/^preview=topic;/)]);
    const entered = await ask(plane, { host: web.host, headers: { cookie: 'preview=topic' } });
    expect([entered.build, entered.seen?.headers['baggage']]).toEqual([BUILD, 'preview=topic']);
    const headers = { baggage: 'preview=topic' };
    for (const { host } of [orders, stock]) {
      expect((await ask(plane, { host, headers })).build).toBe(BUILD);
      expect((await ask(plane, { host })).build).toBe('v1');
    }

    // Each repository takes back what is its own.
    const closedBehind = await run('preview-of-services.yml', orders, back, closing);
    expect(closedBehind.jobs, closedBehind.log).toEqual({ preview: 'skipped', 'clean-up': 'success' });
    expect((await ask(plane, { host: web.host, headers: { cookie: 'preview=topic' } })).build).toBe(BUILD);
    const closed = await run('preview-of-entry.yml', web, front, closing);
    expect(closed.jobs, closed.log).toEqual({ preview: 'skipped', 'clean-up': 'success' });

    const report = await load.stop();
    expect(failedOf(report)).toBe(0);
    expect(back.calls).toEqual([
      `deploy.sh ${BUILD} topic`,
      'scale-down.sh app in (orders,stock),preview=topic',
    ]);
    expect((await traffic()).map(traces)).toEqual(start.map(traces));
  });
});

describe('sweep.yml', () => {
  test('asks once which pull requests are open, and takes the previews of the others', async () => {
    const app = await deploy();
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
    const ran = await run('sweep.yml', app, undefined, {
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

  test('takes what leads to no pod any more, and nothing else', async () => {
    const app = await deploy();
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

    const ran = await run('sweep.yml', app, undefined, { event: 'schedule' });
    expect(ran.jobs, ran.log).toEqual({ sweep: 'success' });
    await until('the header is free again', async () => {
      return (await ask(plane, { host, headers: { 'x-preview': 'pr-8' } })).build === 'v1';
    });
    expect((await ask(plane, { host, headers: { 'x-preview': 'v2' } })).build).toBe('v2');
    const { destinationRule } = await show(app);
    expect(destinationRule.spec.subsets?.map(({ name }) => name)).toEqual(['v1', 'api-domain-v2']);
  });
});

describe('take-back.yml', () => {
  test.for(['', 'v2'])('takes the last change back; with build "%s"', async (build) => {
    const app = await deploy();
    const { host, namespace } = app;
    const start = await show(app);
    const shifted = await istiops(plane, 'weight', {
      namespace,
      'label-selector': 'app=api-domain',
      'pod-selector': 'app=api-domain,build=v2',
      weight: '100',
      'propagation-wait': WAIT,
    });
    expect(shifted.code, shifted.stderr).toBe(0);

    const ran = await run('take-back.yml', app, undefined, { event: 'workflow_dispatch', inputs: { build } });
    expect(ran.jobs, ran.log).toEqual({ 'take-back': 'success' });
    expect(traces(await show(app))).toEqual(traces(start));
    expect(await askMany(plane, { host }, 100)).toEqual({ '200 v1': 100 });
  });
});

describe('kubeconfig.yml', () => {
  test('gives the build its share by the kubeconfig of a secret', async () => {
    const app = await deploy();
    const { server, ca, token } = plane.restConfig();
    const ran = await runWorkflow(await actFor(app), {
      event: 'workflow_dispatch',
      inputs: { build: 'v2' },
      file: join(RECIPES, 'kubeconfig.yml'),
      repository: REPOSITORY,
      secrets: { KUBECONFIG: kubeconfigText({ server, ca, user: { token } }) },
    });
    expect(ran.jobs, ran.log).toEqual({ share: 'success' });
    expect(JSON.stringify(ran)).not.toContain(token);
    const { virtualService } = await show(app);
    expect(virtualService.spec.http?.at(-1)?.route).toMatchObject([{ weight: 90 }, { weight: 10 }]);
  });
});
