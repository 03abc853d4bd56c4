import { describe, expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import { githubClient, type GitHubClient } from '../../src/github/client.ts';
import { startGitHub, type GitHubApi } from '../support/github-api.ts';

/** A client whose pauses take no time, and the pauses that it made. */
async function clientOf(
  api: GitHubApi,
): Promise<{ readonly client: GitHubClient; readonly pauses: number[] }> {
  const pauses: number[] = [];
  let now = 0;
  const clock = {
    now: () => new Date(now),
    random: () => 1,
    sleep: (milliseconds: number) => {
      pauses.push(milliseconds);
      now += milliseconds;
      return Promise.resolve();
    },
  };
  return { client: await githubClient('gh-token', clock, api.url), pauses };
}

const ISSUES = '/repos/octo-org/api/issues/10/comments';

describe('a call to GitHub', () => {
  test('a list is read page by page', async () => {
    await using api = await startGitHub();
    const user = { login: 'github-actions[bot]', type: 'Bot' } as const;
    for (let id = 1; id <= 250; id += 1) api.comments.push({ id, body: `${id}`, user });
    const { client } = await clientOf(api);
    const all = await client.list(ISSUES);
    expect(all.map(({ id }) => id)).toEqual(api.comments.map(({ id }) => id));
    expect(api.calls).toHaveLength(3);
  });

  test.for([
    [{ status: 429, headers: { 'retry-after': '7' } }, [7_000]],
    [{ status: 403, headers: { 'retry-after': '3' } }, [3_000]],
    [{ status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9' } }, [9_000]],
    [{ status: 502 }, [500]],
  ] as const)('%j is asked again after a pause', async ([fault, expected]) => {
    await using api = await startGitHub();
    api.faults.push({ pattern: /GET/, fault });
    const { client, pauses } = await clientOf(api);
    expect(await client.list(ISSUES)).toEqual([]);
    expect(pauses).toEqual(expected);
  });

  test.for([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [422, 'rejected'],
  ] as const)('%d is %s, in the words of GitHub', async ([status, reason]) => {
    await using api = await startGitHub();
    api.faults.push({ pattern: /GET/, fault: { status, message: 'Resource not accessible' } });
    const { client, pauses } = await clientOf(api);
    const thrown: unknown = await client.list(ISSUES).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(TrafficError);
    expect(thrown).toMatchObject({
      reason,
      message: `GitHub answered GET ${ISSUES} with ${status}: Resource not accessible`,
    });
    expect(pauses).toEqual([]);
  });

  test('a limit that is further away than our patience is not waited for', async () => {
    await using api = await startGitHub();
    api.faults.push({ pattern: /GET/, fault: { status: 429, headers: { 'retry-after': '3600' } } });
    const { client, pauses } = await clientOf(api);
    await expect(client.list(ISSUES)).rejects.toMatchObject({ reason: 'rejected' });
    expect(pauses).toEqual([]);
  });

  test('what may have been made is not made twice', async () => {
    await using api = await startGitHub();
    api.faults.push({ pattern: /POST/, fault: { status: 502 } });
    const { client } = await clientOf(api);
    await expect(client.ask('POST', ISSUES, { body: 'x' })).rejects.toMatchObject({ reason: 'unreachable' });
    expect(api.calls).toHaveLength(1);
  });

  test('a closed port is unreachable', async () => {
    const api = await startGitHub();
    await api[Symbol.asyncDispose]();
    const { client } = await clientOf(api);
    await expect(client.list(ISSUES)).rejects.toMatchObject({ reason: 'unreachable' });
  });
});
