import { describe, expect, test } from 'vitest';
import { tellAftermath, type Aftermath } from '../../src/github/aftermath.ts';
import { githubClient } from '../../src/github/client.ts';
import { markIn, markText, type DeploymentMark } from '../../src/github/deployment/mark.ts';
import { rowsIn } from '../../src/github/note/row.ts';
import { githubTeller, type Teller } from '../../src/github/tell.ts';
import type { Telling } from '../../src/github/telling.ts';
import { startGitHub, type GitHubApi } from '../support/github-api.ts';
import { outcome, OUTCOMES } from '../support/outcomes.ts';

const CHANGE = OUTCOMES['headers'] ?? outcome({});
const LINK = 'https://api.example.com/.preview/pr-10';

const clock = {
  now: () => new Date('2030-01-01T00:00:00Z'),
  random: () => 0.5,
  sleep: () => Promise.resolve(),
};

function telling(api: GitHubApi): Telling {
  return {
    places: { comment: true, environment: 'preview/pr-10' },
    workflow: {
      repository: 'octo-org/api',
      event: {
        pull_request: { number: 10, head: { sha: 'c'.repeat(40), repo: { full_name: 'octo-org/api' } } },
      },
      run: 'https://github.com/octo-org/api/actions/runs/7',
      commit: undefined,
    },
    client: () => githubClient('gh-token', clock, api.url),
    clock,
  };
}

/** A main step, and the mark that the runner keeps of it. */
function mainStep(
  api: GitHubApi,
  key: string,
): { readonly teller: Teller; readonly mark: () => DeploymentMark } {
  const marks: string[] = [];
  const teller = githubTeller(telling(api), { isBack: false, key, keep: (one) => marks.push(markText(one)) });
  return {
    teller,
    mark: () => {
      const mark = markIn(marks.at(-1) ?? '');
      if (mark === undefined) throw new Error('The step has begun no deployment.');
      return mark;
    },
  };
}

const states = (api: GitHubApi): unknown =>
  api.deployments.map(({ statuses }) => statuses.map(({ state }) => state));

const KEPT: Pick<Aftermath, 'step' | 'outcome' | 'change'> = { step: '', outcome: undefined, change: 'kept' };
const BACK = { ...KEPT, change: 'back' } as const;

describe('a deployment whose job was killed', () => {
  test.for([
    ['is an error where nobody knows what became of the change', KEPT, ['error', 'in_progress'], 1],
    ['has failed where the change was taken back', BACK, ['failure', 'in_progress'], 0],
  ] as const)('%s', async ([, known, expected, findings]) => {
    await using api = await startGitHub();
    const { teller, mark } = mainStep(api, 'step-1');
    await teller.begin();
    const told = await tellAftermath(telling(api), { ...known, mark: mark() });
    expect(states(api)).toEqual([expected]);
    expect(told).toHaveLength(findings);
    // A second post step has nothing left to close.
    await tellAftermath(telling(api), { ...known, mark: mark() });
    expect(states(api)).toEqual([expected]);
  });

  test('is closed even if it was killed before GitHub had answered', async () => {
    await using api = await startGitHub();
    const { teller, mark } = mainStep(api, 'step-1');
    api.faults.push({ pattern: /POST .*statuses/, fault: { status: 422 } });
    await teller.begin();
    expect(states(api)).toEqual([[]]);
    await tellAftermath(telling(api), { ...KEPT, mark: mark() });
    expect(states(api)).toEqual([['error']]);
  });

  test('was never made: there is nothing to close', async () => {
    await using api = await startGitHub();
    const { teller, mark } = mainStep(api, 'step-1');
    api.faults.push({ pattern: /POST .*deployments$/, fault: { status: 422 } });
    await teller.begin();
    expect(await tellAftermath(telling(api), { ...KEPT, mark: mark() })).toEqual([]);
    expect(states(api)).toEqual([]);
  });

  test('GitHub does not answer: it is said', async () => {
    await using api = await startGitHub();
    const { teller, mark } = mainStep(api, 'step-1');
    await teller.begin();
    api.faults.push({ pattern: /GET .*deployments\?/, fault: { status: 403, message: 'no' } });
    expect(await tellAftermath(telling(api), { ...KEPT, mark: mark() })).toMatchObject([
      {
        severity: 'warning',
        message: expect.stringMatching(/^No deployment on GitHub: .*with 403/) as string,
      },
    ]);
  });
});

describe('a deployment that had succeeded', () => {
  const twoPushes = async (api: GitHubApi): Promise<DeploymentMark> => {
    const [first, second] = [mainStep(api, 'step-1'), mainStep(api, 'step-2')];
    for (const { teller } of [first, second]) {
      await teller.begin();
      await teller.end(CHANGE, LINK);
    }
    expect(states(api)).toEqual([
      ['inactive', 'success', 'in_progress'],
      ['success', 'in_progress'],
    ]);
    return second.mark();
  };

  test('stays where its change stays', async () => {
    await using api = await startGitHub();
    const mark = await twoPushes(api);
    const calls = api.calls.length;
    await tellAftermath(telling(api), { ...KEPT, mark });
    expect(api.calls).toHaveLength(calls);
  });

  test('is inactive where it was taken back, and the one before is active again with its link', async () => {
    await using api = await startGitHub();
    const mark = await twoPushes(api);
    expect(await tellAftermath(telling(api), { ...BACK, mark })).toEqual([]);
    expect(states(api)).toEqual([
      ['success', 'inactive', 'success', 'in_progress'],
      ['inactive', 'success', 'in_progress'],
    ]);
    expect(api.deployments[0]?.statuses[0]).toMatchObject({ environment_url: LINK });
  });

  test('and was ended by a rollback since stays ended', async () => {
    await using api = await startGitHub();
    const mark = await twoPushes(api);
    const rollback = githubTeller(telling(api), { isBack: true, key: 'step-3', keep: () => undefined });
    await rollback.end(CHANGE, null);
    const before = states(api);
    await tellAftermath(telling(api), { ...BACK, mark });
    expect(states(api)).toEqual(before);
  });
});

test('deployments that others made in the environment are left alone', async () => {
  await using api = await startGitHub();
  const environment = 'preview/pr-10';
  api.deployments.push({
    id: 1,
    asked: { environment, description: null },
    statuses: [{ state: 'success' }],
  });
  const { teller, mark } = mainStep(api, 'step-1');
  await teller.begin();
  await teller.end(CHANGE, null);
  await tellAftermath(telling(api), { ...BACK, mark: mark() });
  expect(states(api)).toEqual([['success'], ['inactive', 'success', 'in_progress']]);
});

test('a deployment whose answer was lost is found again, and made once', async () => {
  await using api = await startGitHub();
  const { teller } = mainStep(api, 'step-1');
  api.lost.push(/POST .*deployments$/);
  expect(await teller.begin()).toEqual([]);
  expect(await teller.end(CHANGE, null)).toEqual([]);
  expect(states(api)).toEqual([['success', 'in_progress']]);
});

describe('a comment after the job was killed', () => {
  const undone = { ...CHANGE, before: CHANGE.after, after: CHANGE.before };

  test('says that the change was taken back', async () => {
    await using api = await startGitHub();
    const { teller } = mainStep(api, 'step-1');
    await teller.end(CHANGE, LINK);
    await tellAftermath(telling(api), { ...BACK, mark: undefined, outcome: undone });
    expect(rowsIn(api.comments[0]?.body ?? '')).toMatchObject([{ requests: null, takenBack: CHANGE.subset }]);
    expect(api.comments[0]?.body).toContain('| taken back |');
  });

  test('is not asked for where the main step told nothing', async () => {
    await using api = await startGitHub();
    await tellAftermath(telling(api), { ...KEPT, mark: undefined });
    expect(api.calls).toEqual([]);
  });
});

test.for([
  '',
  '{',
  '[]',
  '{"repository":1}',
  '{"repository":"a/b","environment":"e","key":"k","earlier":{}}',
])('a mark that can not be read is none: %s', (text) => {
  expect(markIn(text)).toBeUndefined();
});
