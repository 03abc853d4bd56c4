import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { leaksOf } from '../support/process/leaks.ts';
import { secretKubeconfig } from '../support/process/cluster.ts';
import { MARK } from '../support/process/printed.ts';
import { runAction, runPost, type Around, type Ended } from '../support/process/processes.ts';
import { serverOptions } from '../support/process/scenarios.ts';
import { startServer } from '../support/api-server/server.ts';
import { startGitHub, type GitHubApi } from '../support/github-api.ts';

const BUILD = {
  'label-selector': 'app=api-domain',
  'pod-selector': 'app=api-domain,build=PR-10',
  'propagation-wait': '0s',
};
const HEADERS = { operation: 'headers', ...BUILD, headers: 'x-cid=seu_madruga' };
const ROLLBACK = { operation: 'rollback', ...BUILD };
const TOLD = { comment: 'true', deployment: 'preview/pr-10', 'github-token': 'ghs_0123456789abcdef' };

const EVENT = JSON.stringify({
  pull_request: { number: 10, head: { sha: 'c'.repeat(40), repo: { full_name: 'shop/api' } } },
});

function aroundOf(github: GitHubApi, env: Readonly<Record<string, string>> = {}, event = EVENT): Around {
  return {
    env: {
      GITHUB_API_URL: github.url,
      GITHUB_EVENT_PATH: '~/event.json',
      GITHUB_SHA: 'd'.repeat(40),
      ...env,
    },
    files: { 'event.json': event },
  };
}

type Inputs = Readonly<Record<string, string>>;
type Stepped = Ended & { readonly requests: readonly unknown[] };

/** Steps one after the other, on one cluster. */
function steps(github: GitHubApi, ...all: readonly Inputs[]): Promise<readonly Stepped[]> {
  return stepsIn(aroundOf(github), ...all);
}

async function stepsIn(around: Around, ...all: readonly Inputs[]): Promise<readonly Stepped[]> {
  await using server = await startServer(serverOptions());
  const ended = [];
  for (const inputs of all) {
    const step = await runAction({ kubeconfig: secretKubeconfig(server), ...inputs }, around);
    expect(leaksOf({ ...step, requests: server.requests })).toEqual([]);
    expect(
      [step.stdout, step.stderr, step.summary].join('\n').replace(/^::add-mask::.*$/gm, ''),
    ).not.toContain(TOLD['github-token']);
    ended.push({ ...step, requests: server.requests });
  }
  return ended;
}

describe.concurrent('GitHub', () => {
  test('is not called where no input asks for it', async ({ expect }) => {
    await using github = await startGitHub();
    const [headers] = await steps(github, { ...HEADERS, 'github-token': TOLD['github-token'] });
    expect(headers?.code, headers?.stdout).toBe(0);
    expect(headers?.stdout).not.toContain('github-token');
    expect(github.calls).toEqual([]);
  });

  test('is told of a preview, and of its end', async ({ expect }) => {
    await using github = await startGitHub();
    const ended = await steps(github, { ...HEADERS, ...TOLD }, { ...ROLLBACK, ...TOLD });
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect(github.comments).toHaveLength(1);
    await expect(
      github.comments[0]?.body.replaceAll(/(?<=row )\S+|\d{4}-\d\d-\d\d at \d\d:\d\d/g, '…'),
    ).toMatchFileSnapshot('snapshots/github-comment.md');
    expect(github.deployments.map(({ statuses }) => statuses.map(({ state }) => state))).toEqual([
      ['inactive', 'success', 'in_progress'],
    ]);
  });

  test('may refuse, and the change stands', async ({ expect }) => {
    await using github = await startGitHub();
    const refused = { status: 403, message: 'Resource not accessible by integration' };
    github.faults.push(
      { pattern: /POST .*comments/, fault: refused },
      { pattern: /POST .*deployments/, fault: refused },
    );
    const [headers] = await steps(github, { ...HEADERS, ...TOLD });
    expect(headers?.code, headers?.stdout).toBe(0);
    expect(headers?.outputs['changed']).toBe('true');
    const warnings = headers?.stdout.split('\n').filter((line) => line.startsWith('::warning'));
    await expect(warnings?.join('\n')).toMatchFileSnapshot('snapshots/github-refuses.txt');
  });

  test('can only be read by the token of a fork: two notices, and the change stands', async ({ expect }) => {
    await using github = await startGitHub();
    const refused = { status: 403, message: 'Resource not accessible by integration' };
    github.faults.push(
      { pattern: /POST .*comments/, fault: refused },
      { pattern: /POST .*deployments/, fault: refused },
    );
    const head = { sha: 'c'.repeat(40), ref: '`x`<!-- istiops:previews -->', repo: { full_name: 'eve/api' } };
    const event = JSON.stringify({ pull_request: { number: 10, title: `::error::${MARK}`, head } });
    const [headers] = await stepsIn(aroundOf(github, {}, event), { ...HEADERS, ...TOLD });
    expect(headers?.code, headers?.stdout).toBe(0);
    expect(headers?.outputs['changed']).toBe('true');
    expect(headers?.stdout).not.toContain('::warning');
    expect(headers?.stdout.match(/the token of a pull request from a fork can only read/g)).toHaveLength(2);
  });

  test('says which pull requests are open, and prune removes the previews of the others', async ({
    expect,
  }) => {
    await using github = await startGitHub();
    github.pulls['shop/api'] = [9];
    const prune = { operation: 'prune', 'github-token': TOLD['github-token'], 'propagation-wait': '0s' };
    const [, trial, done] = await steps(github, HEADERS, { ...prune, 'dry-run': 'true' }, prune);
    expect([trial?.code, done?.code], trial?.stdout).toEqual([0, 0]);
    expect(JSON.parse(done?.outputs['pruned'] ?? '')).toEqual([
      {
        subset: 'api-domain-pr-10-b273e4',
        host: 'api.domain.io',
        reason: 'pull-request-closed',
        repository: 'shop/api',
        pullRequest: 10,
        expires: null,
      },
    ]);
    expect(done?.outputs['pruned']).toBe(trial?.outputs['pruned']);
    expect(trial?.outputs['changed']).toBe('true');
    expect(done?.outputs['routes']).not.toContain('istiops-');
    expect(github.calls).toHaveLength(2);
    expect(done?.summary).toMatch(/^### ✅ Pruned: 1 preview route removed$/m);
    expect(done?.summary).toMatch(
      /^\| <code>.*<\/code> \| is of pull request shop\/api.*10, which is closed \|$/m,
    );
    expect(trial?.summary).toMatch(/^\| Would go \| Because it \|$/m);
  });

  test('may keep the answer to itself, and prune keeps every preview', async ({ expect }) => {
    await using github = await startGitHub();
    const limited = { status: 403, message: 'API rate limit exceeded', headers: { 'retry-after': '3600' } };
    github.faults.push({ pattern: /pulls/, fault: limited });
    const prune = { operation: 'prune', 'github-token': TOLD['github-token'], 'propagation-wait': '0s' };
    const [, pruned] = await steps(github, HEADERS, prune);
    expect(pruned?.code).toBe(1);
    expect(pruned?.outputs).toMatchObject({ changed: 'false', pruned: '[]', 'failure-reason': 'rejected' });
  });

  test('hears nothing of a trial', async ({ expect }) => {
    await using github = await startGitHub();
    const [headers] = await steps(github, { ...HEADERS, ...TOLD, 'dry-run': 'true' });
    expect(headers?.code, headers?.stdout).toBe(0);
    expect(github.calls).toEqual([]);
  });

  test.for([
    [
      'an address that is none',
      { GITHUB_API_URL: 'no address' },
      EVENT,
      'GITHUB_API_URL is no address of an API',
    ],
    [
      'an event that can not be read',
      {},
      '{"pull_request": {"ti',
      'No comment on GitHub: the file of the event that started this workflow, which GITHUB_EVENT_PATH names, can',
    ],
    ['an event that is missing', { GITHUB_EVENT_PATH: '~/none.json' }, EVENT, 'about no pull request'],
  ] as const)(
    'may be out of reach by %s, and the change stands',
    async ([, env, event, words], { expect }) => {
      await using github = await startGitHub();
      const [headers] = await stepsIn(aroundOf(github, env, event), {
        ...HEADERS,
        ...TOLD,
        deployment: '',
      });
      expect(headers?.code, headers?.stdout).toBe(0);
      expect(headers?.outputs['changed']).toBe('true');
      expect(headers?.stdout).toContain(words);
    },
  );

  test('prints commands to the runner that are none, and quotes the token nowhere', async ({ expect }) => {
    await using github = await startGitHub();
    const message = `::error::${MARK} ##[error]${MARK}\u001b[2J ${'x'.repeat(120)} ${TOLD['github-token']}`;
    const headers = { deprecation: 'true', link: `<::error::${MARK}>; rel="deprecation"`, sunset: MARK };
    github.faults.push(
      { pattern: /GET .*comments/, fault: { status: 422, message, headers } },
      {
        pattern: /GET .*deployments/,
        fault: { status: 301, message, headers: { location: `::error::${MARK}` } },
      },
    );
    const [ended] = await steps(github, { ...HEADERS, ...TOLD });
    expect(ended?.code, ended?.stdout).toBe(0);
    expect(ended?.stdout.match(/^::warning/gm)).toHaveLength(2);
    expect(`${ended?.stdout}${ended?.stderr}`.replace(/^::add-mask::.*$/gm, '')).not.toContain('ghs_');
  });
});

/** Ends the process as a lost runner does, once GitHub knows of so many statuses of its deployment. */
function killedAfter(github: GitHubApi, statuses: number): Around {
  return {
    onStart: (child) => {
      const timer = setInterval(() => {
        if ((github.deployments[0]?.statuses.length ?? 0) < statuses) return;
        clearInterval(timer);
        child.kill('SIGKILL');
      }, 1);
      child.once('close', () => {
        clearInterval(timer);
      });
    },
  };
}

describe.concurrent('a job that is killed', () => {
  const states = (github: GitHubApi): unknown =>
    github.deployments.map(({ statuses }) => statuses.map(({ state }) => state));

  test('its post step closes the deployment, and says what is not known', async ({ expect }) => {
    await using github = await startGitHub();
    await using server = await startServer(serverOptions());
    const around = aroundOf(github);
    const inputs = { kubeconfig: secretKubeconfig(server), ...HEADERS, ...TOLD };
    const main = await runAction(inputs, { ...around, ...killedAfter(github, 1) });
    expect(main.code).toBeNull();
    const post = await runPost(inputs, main, around);
    expect(post.code, post.stdout).toBe(0);
    expect(states(github)).toEqual([['error', 'in_progress']]);
    expect(post.stdout).toContain(
      '::warning::The job ended before the change was done, so the deployment to preview/pr-10 is marked as an error.',
    );
    expect(leaksOf({ ...post, requests: server.requests })).toEqual([]);
  });

  test('its post step takes the change back, and the comment and the deployment say so', async ({
    expect,
  }) => {
    await using github = await startGitHub();
    await using server = await startServer(serverOptions());
    await using temp = await mkdtempDisposable(join(tmpdir(), 'istiops-job-'));
    const around = aroundOf(github, { RUNNER_TEMP: temp.path });
    const inputs = { kubeconfig: secretKubeconfig(server), ...HEADERS, ...TOLD, 'on-failure': 'rollback' };
    const main = await runAction(inputs, around);
    expect(main.code, main.stdout).toBe(0);
    const post = await runPost(inputs, main, around);
    expect(post.code, post.stdout).toBe(0);
    expect(states(github)).toEqual([['inactive', 'success', 'in_progress']]);
    expect(github.comments.map(({ body }) => /\| (taken \w+) \|/.exec(body)?.[1])).toEqual(['taken back']);
  });
});
