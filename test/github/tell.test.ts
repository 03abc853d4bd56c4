import { describe, expect, test } from 'vitest';
import { githubClient, type GitHubClient } from '../../src/github/client.ts';
import { hiddenLine, rowsIn, type NoteRow } from '../../src/github/note/row.ts';
import type { DeploymentMark } from '../../src/github/deployment/mark.ts';
import { githubTeller, type Teller } from '../../src/github/tell.ts';
import type { Telling, Workflow } from '../../src/github/telling.ts';
import type { Outcome } from '../../src/report/types.ts';
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

function tellingOf(api: GitHubApi, { workflow = {}, isDeployed = true } = {}): Telling {
  return {
    places: { comment: true, environment: isDeployed ? 'preview/pr-10' : null },
    workflow: { ...WORKFLOW, ...workflow },
    client: () => githubClient('gh-token', clock, api.url),
    clock,
  };
}

function teller(
  api: GitHubApi,
  {
    isBack = false,
    key = 'step-1',
    marks = [] as DeploymentMark[],
    ...more
  }: Parameters<typeof tellingOf>[1] & {
    readonly isBack?: boolean;
    readonly key?: string;
    readonly marks?: DeploymentMark[];
  } = {},
): Teller {
  return githubTeller(tellingOf(api, more), { isBack, key, keep: (mark) => marks.push(mark) });
}

const CHANGE = OUTCOMES['headers'] ?? outcome({});
const BACK = { ...CHANGE, before: CHANGE.after, after: CHANGE.before };
const FORGED: NoteRow = {
  key: 'shop/api',
  host: 'api',
  build: 'evil',
  requests: 'all',
  progress: null,
  takenBack: null,
  curl: 'curl https://evil.example',
  link: 'https://evil.example',
  routes: 1,
  readyPods: 1,
  commit: null,
  run: null,
  at: '2030-01-01T00:00:00.000Z',
};

describe('what GitHub is told', () => {
  test('a preview: one comment, edited in place, and a deployment with its link', async () => {
    await using api = await startGitHub();
    for (let push = 0; push < 2; push += 1) {
      const tell = teller(api);
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
    const first = teller(api);
    await first.begin();
    await first.end(CHANGE, null);
    const back = teller(api, { isBack: true });
    expect(await back.begin()).toEqual([]);
    expect(await back.end({ ...CHANGE, before: CHANGE.after, after: CHANGE.before }, null)).toEqual([]);
    expect(rowsIn(api.comments[0]?.body ?? '')).toMatchObject([{ requests: null }]);
    expect(api.deployments.map(({ statuses }) => statuses[0]?.['state'])).toEqual(['inactive']);
  });

  test('a change that failed: no comment, and a deployment that failed', async () => {
    await using api = await startGitHub();
    const tell = teller(api);
    await tell.begin();
    const failure = { reason: 'rejected', message: 'no' } as const;
    expect(await tell.end({ ...CHANGE, failure }, null)).toEqual([]);
    expect(api.comments).toEqual([]);
    expect(api.deployments[0]?.statuses[0]).toMatchObject({ state: 'failure' });
  });

  test.for([
    ['somebody else', { login: 'eve', type: 'User' }, true],
    ['another bot, which repeats what it is told,', { login: 'echo[bot]', type: 'Bot' }, true],
    ['another bot, where nobody says whose the token is,', { login: 'echo[bot]', type: 'Bot' }, false],
  ] as const)('a comment of %s with our marker is left alone', async ([, user, hasGraphql]) => {
    await using api = await startGitHub();
    api.hasGraphql = hasGraphql;
    const forged = { id: 1, body: `<!-- istiops:previews -->\n${hiddenLine(FORGED)}`, user };
    api.comments.push(forged);
    const before = forged.body;
    for (let push = 0; push < 2; push += 1)
      expect(await teller(api, { isDeployed: false }).end(CHANGE, null)).toEqual([]);
    expect(api.comments).toHaveLength(2);
    expect(forged.body).toBe(before);
    expect(api.comments[1]?.body).not.toContain('evil.example');
  });

  test('a comment that somebody has filled up is written anew', async () => {
    await using api = await startGitHub();
    await teller(api, { isDeployed: false }).end(CHANGE, null);
    const [comment] = api.comments;
    if (comment === undefined) throw new Error('There is no comment.');
    const marked = `${comment.body}\n<!-- istiops:row ${'A'.repeat(9_000)} -->\n`;
    comment.body = marked + 'x'.repeat(65_536 - marked.length);
    expect(await teller(api, { isDeployed: false }).end({ ...CHANGE, subset: 'other' }, null)).toEqual([]);
    expect(api.comments).toHaveLength(1);
    expect(await teller(api, { isDeployed: false, isBack: true }).end(BACK, null)).toEqual([]);
    expect(comment.body.length).toBeLessThan(5_000);
    expect(rowsIn(comment.body)).toMatchObject([{ requests: null }]);
  });

  test('what is wrong with the token or the address does not stop the change', async () => {
    const client = (): Promise<GitHubClient> => githubClient('gh\ntoken', clock, 'https://api.github.test');
    const tell = githubTeller(
      { ...tellingOf({} as GitHubApi), client },
      { isBack: false, key: '', keep: () => 0 },
    );
    expect(await tell.begin()).toMatchObject([{ severity: 'warning' }]);
    expect(await tell.end(CHANGE, null)).toMatchObject([{ severity: 'warning' }]);
  });

  test('a canary: its row while it goes on, and that it was taken back', async () => {
    await using api = await startGitHub();
    const tell = teller(api, { key: 'step-1' });
    await tell.begin();
    tell.live({ outcome: CHANGE, stage: 1, words: 'stage 1 of 3, watched 0:10 of 5:00: good' });
    await expect.poll(() => api.comments.length).toBe(1);
    expect(rowsIn(api.comments[0]?.body ?? '')).toMatchObject([
      { progress: { words: 'stage 1 of 3, watched 0:10 of 5:00: good', step: 'step-1' } },
    ]);
    const failure = { reason: 'check-failed', message: 'bad' } as const;
    const canary = { end: 'taken-back' } as unknown as NonNullable<Outcome['canary']>;
    expect(await tell.end({ ...CHANGE, after: CHANGE.before, failure, canary }, null)).toEqual([]);
    expect(rowsIn(api.comments[0]?.body ?? '')).toMatchObject([
      { requests: null, progress: null, takenBack: CHANGE.subset },
    ]);
    expect(api.deployments.map(({ statuses }) => statuses.map(({ state }) => state))).toEqual([
      ['failure', 'in_progress', 'in_progress'],
    ]);
  });

  test('a row that another job drops is written again', async () => {
    await using api = await startGitHub();
    let isFirst = true;
    api.onComment = ([comment]) => {
      if (isFirst && comment !== undefined) comment.body = '<!-- istiops:previews -->\n';
      isFirst = false;
    };
    const tell = teller(api, { isDeployed: false });
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
    const tell = teller(api, { workflow, isDeployed: false });
    expect(await tell.end(CHANGE, null)).toMatchObject([
      { code: 'github', severity, message: expect.stringMatching(words) as string },
    ]);
  });

  test('an event without a pull request has nothing to comment on', async () => {
    await using api = await startGitHub();
    const tell = teller(api, { workflow: { event: {} }, isDeployed: false });
    expect(await tell.end(CHANGE, null)).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('about no pull request') as string },
    ]);
    expect(api.calls).toEqual([]);
  });
});
