import { describe, expect, test } from 'vitest';
import { leaksOf } from '../support/process/leaks.ts';
import { secretKubeconfig } from '../support/process/cluster.ts';
import { runAction, type Ended } from '../support/process/processes.ts';
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

/** Steps one after the other, on one cluster. */
async function steps(
  github: GitHubApi,
  ...all: readonly Readonly<Record<string, string>>[]
): Promise<readonly (Ended & { readonly requests: readonly unknown[] })[]> {
  const server = await startServer(serverOptions());
  try {
    const ended = [];
    for (const inputs of all) {
      const step = await runAction(
        { kubeconfig: secretKubeconfig(server), ...inputs },
        {
          env: { GITHUB_API_URL: github.url, GITHUB_EVENT_PATH: '~/event.json', GITHUB_SHA: 'd'.repeat(40) },
          files: { 'event.json': EVENT },
        },
      );
      expect(leaksOf({ ...step, requests: server.requests })).toEqual([]);
      expect(
        [step.stdout, step.stderr, step.summary].join('\n').replace(/^::add-mask::.*$/gm, ''),
      ).not.toContain(TOLD['github-token']);
      ended.push({ ...step, requests: server.requests });
    }
    return ended;
  } finally {
    await server.close();
  }
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
});
