import { describe, expect, test } from 'vitest';
import { githubClient } from '../../src/github/client.ts';
import { rowsIn } from '../../src/github/note/row.ts';
import { githubTeller, type Teller, type Workflow } from '../../src/github/tell.ts';
import { outcome, OUTCOMES } from '../support/outcomes.ts';
import { startGitHub, type GitHubApi } from '../support/github-api.ts';

const SHA = 'c'.repeat(40);
const pullRequest = (from = 'octo-org/api') => ({
  pull_request: { number: 10, head: { sha: SHA, repo: { full_name: from } } },
});

const WORKFLOW: Workflow = {
  repository: 'octo-org/api',
  event: pullRequest(),
  run: 'https://github.com/octo-org/api/actions/runs/7',
  commit: 'd'.repeat(40),
};

const clock = {
  now: () => new Date('2030-01-01T00:00:00Z'),
  random: () => 0.5,
  sleep: () => Promise.resolve(),
};

async function teller(
  api: GitHubApi,
  { isBack = false, workflow = {}, isDeployed = true } = {},
): Promise<Teller> {
  const client = await githubClient('gh-token', clock, api.url);
  const told = { comment: true, environment: isDeployed ? 'preview/pr-10' : null };
  return githubTeller(told, isBack, { ...WORKFLOW, ...workflow }, client, clock);
}

const CHANGE = OUTCOMES['headers'] ?? outcome({});

describe('what GitHub is told', () => {
  test('a preview: one comment, edited in place, and a deployment with its link', async () => {
    await using api = await startGitHub();
    for (let push = 0; push < 2; push += 1) {
      const tell = await teller(api);
      expect(await tell.begin()).toEqual([]);
      expect(await tell.end(CHANGE, 'https://api.example.com/.preview/pr-10')).toEqual([]);
    }
    expect(api.comments).toHaveLength(1);
    expect(rowsIn(api.comments[0]?.body ?? '')).toMatchObject([
      { commit: SHA, link: 'https://api.example.com/.preview/pr-10' },
    ]);
    expect(api.deployments.map(({ asked }) => asked)).toMatchObject([
      {
        ref: SHA,
        environment: 'preview/pr-10',
        transient_environment: true,
        production_environment: false,
        auto_merge: false,
        required_contexts: [],
      },
      { ref: SHA },
    ]);
    expect(api.deployments.map(({ statuses }) => statuses.map(({ state }) => state))).toEqual([
      ['inactive', 'success', 'in_progress'],
      ['success', 'in_progress'],
    ]);
    expect(api.deployments[1]?.statuses[0]).toMatchObject({
      environment_url: 'https://api.example.com/.preview/pr-10',
      log_url: WORKFLOW.run,
    });
  });

  test('a preview that is taken back', async () => {
    await using api = await startGitHub();
    const first = await teller(api);
    await first.begin();
    await first.end(CHANGE, null);
    const back = await teller(api, { isBack: true });
    expect(await back.begin()).toEqual([]);
    expect(await back.end({ ...CHANGE, before: CHANGE.after, after: CHANGE.before }, null)).toEqual([]);
    expect(rowsIn(api.comments[0]?.body ?? '')).toMatchObject([{ requests: null }]);
    expect(api.deployments.map(({ statuses }) => statuses[0]?.['state'])).toEqual(['inactive']);
  });

  test('a change that failed: no comment, and a deployment that failed', async () => {
    await using api = await startGitHub();
    const tell = await teller(api);
    await tell.begin();
    const failure = { reason: 'rejected', message: 'no' } as const;
    expect(await tell.end({ ...CHANGE, failure }, null)).toEqual([]);
    expect(api.comments).toEqual([]);
    expect(api.deployments[0]?.statuses[0]).toMatchObject({ state: 'failure' });
  });

  test('a comment of somebody else with our marker is left alone', async () => {
    await using api = await startGitHub();
    const forged = {
      id: 1,
      body: '<!-- istiops:previews -->\n',
      user: { login: 'eve', type: 'User' as const },
    };
    api.comments.push(forged);
    const tell = await teller(api, { isDeployed: false });
    expect(await tell.end(CHANGE, null)).toEqual([]);
    expect(api.comments).toHaveLength(2);
    expect(forged.body).toBe('<!-- istiops:previews -->\n');
  });

  test('a row that another job drops is written again', async () => {
    await using api = await startGitHub();
    let isFirst = true;
    api.onComment = ([comment]) => {
      if (isFirst && comment !== undefined) comment.body = '<!-- istiops:previews -->\n';
      isFirst = false;
    };
    const tell = await teller(api, { isDeployed: false });
    expect(await tell.end(CHANGE, null)).toEqual([]);
    expect(rowsIn(api.comments[0]?.body ?? '')).toHaveLength(1);
  });

  test.for([
    [
      'a token without the permission',
      {},
      /^No comment on GitHub: .* with 403.*pull-requests: write`\.$/,
      'warning',
    ],
    ['a fork', { event: pullRequest('eve/api') }, /a fork can only read/, 'notice'],
    [
      'a fork that is gone',
      { event: { pull_request: { number: 1, head: { repo: null } } } },
      /a fork/,
      'notice',
    ],
  ] as const)('%s does not fail the change', async ([, workflow, words, severity]) => {
    await using api = await startGitHub();
    api.faults.push({
      pattern: /POST .*comments/,
      fault: { status: 403, message: 'Resource not accessible' },
    });
    const tell = await teller(api, { workflow, isDeployed: false });
    expect(await tell.end(CHANGE, null)).toMatchObject([
      { code: 'github', severity, message: expect.stringMatching(words) as string },
    ]);
  });

  test('an event without a pull request has nothing to comment on', async () => {
    await using api = await startGitHub();
    const tell = await teller(api, { workflow: { event: {} }, isDeployed: false });
    expect(await tell.end(CHANGE, null)).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('about no pull request') as string },
    ]);
    expect(api.calls).toEqual([]);
  });
});
