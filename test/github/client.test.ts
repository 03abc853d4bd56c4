import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import { githubClient, type GitHubClient } from '../../src/github/client.ts';
import { openPullRequestsOf } from '../../src/github/pull-requests.ts';
import { startProxy } from '../support/api-server/proxy.ts';
import { startGitHub, type GitHubApi } from '../support/github-api.ts';

/** A client whose pauses take no time, and the pauses that it made. */
async function clientOf(
  api: GitHubApi,
  token = 'gh-token',
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
  return { client: await githubClient(token, clock, api.url), pauses };
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

  test('goes through the proxy of the environment', async () => {
    await using api = await startGitHub();
    await using proxy = await startProxy({ credentials: 'me:pr0xy-pass' });
    vi.stubEnv('HTTP_PROXY', proxy.url.replace('//', '//me:pr0xy-pass@'));
    vi.stubEnv('NO_PROXY', '');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const { client } = await clientOf(api);
    expect(await client.list(ISSUES)).toEqual([]);
    expect(proxy.seen).toEqual([`GET ${api.url}${ISSUES}?per_page=100&page=1`]);
  });

  test('a list is read to its end where the pages are smaller than asked for, as those of Forgejo', async () => {
    await using api = await startGitHub();
    api.pageSize = 30;
    api.pulls['octo-org/api'] = Array.from({ length: 95 }, (_, index) => index + 1);
    const { client } = await clientOf(api);
    expect(await openPullRequestsOf(client, 'octo-org/api')).toEqual(new Set(api.pulls['octo-org/api']));
    // Twice, because one may be closed in between.
    expect(api.calls).toHaveLength(8);
    api.pulls['octo-org/api'] = [7];
    expect(await openPullRequestsOf(client, 'octo-org/api')).toEqual(new Set([7]));
    expect(api.calls).toHaveLength(9);
  });

  test('a list of pull requests with an item that is none says nothing of any', async () => {
    await using api = await startGitHub();
    api.pulls['octo-org/api'] = [1, Number.NaN];
    const { client } = await clientOf(api);
    await expect(openPullRequestsOf(client, 'octo-org/api')).rejects.toMatchObject({ reason: 'rejected' });
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

  test('what is written is made again for each try', async () => {
    await using api = await startGitHub();
    api.faults.push({ pattern: /PATCH/, fault: { status: 502 } });
    const { client } = await clientOf(api);
    let tries = 0;
    const body = (): Promise<{ body: string }> => Promise.resolve({ body: `${(tries += 1)}` });
    await client.ask('POST', ISSUES, { body: 'x' });
    await client.ask('PATCH', `/repos/octo-org/api/issues/comments/${api.comments[0]?.id}`, body);
    expect(api.comments[0]?.body).toBe('2');
  });
});

describe('a redirect', () => {
  test.for([301, 302, 307, 308])('%d on the same host is followed, as it was sent', async (status) => {
    await using api = await startGitHub();
    const location = `${api.url}/repos/octo-org/renamed/issues/10/comments`;
    api.faults.push({ pattern: /POST/, fault: { status, headers: { location } } });
    const { client } = await clientOf(api);
    await client.ask('POST', ISSUES, { body: 'x' });
    expect(api.calls).toEqual([`POST ${ISSUES}`, 'POST /repos/octo-org/renamed/issues/10/comments']);
    expect(api.comments.map(({ body }) => body)).toEqual(['x']);
  });

  test.for([301, 302, 303, 307, 308])('%d to another host is not followed', async (status) => {
    await using api = await startGitHub();
    await using other = await startGitHub();
    for (const pattern of [/GET/, /POST/])
      api.faults.push({ pattern, fault: { status, headers: { location: `${other.url}${ISSUES}` } } });
    const { client } = await clientOf(api);
    const message = `GitHub answered POST ${ISSUES} with ${status}, a redirect that is not followed`;
    await expect(client.ask('POST', ISSUES, { body: 'x' })).rejects.toMatchObject({
      reason: 'rejected',
      message,
    });
    await expect(client.list(ISSUES)).rejects.toMatchObject({ reason: 'rejected' });
    expect(other.calls).toEqual([]);
  });

  test.for([
    ['no address', {}],
    ['a circle', { location: ISSUES }],
    ['a template', { location: '/repos/{owner}/x' }],
    ['a password', { location: 'https://eve:secret@127.0.0.1/' }],
  ] as const)('with %s is not followed', async ([, headers]) => {
    await using api = await startGitHub();
    for (let again = 0; again < 5; again += 1)
      api.faults.push({ pattern: /GET/, fault: { status: 302, headers } });
    const { client } = await clientOf(api);
    await expect(client.list(ISSUES)).rejects.toMatchObject({
      reason: 'rejected',
      message: expect.not.stringContaining('secret') as string,
    });
    expect(api.calls.length).toBeLessThan(5);
  });
});

describe('whose token it is', () => {
  test('an app, by GraphQL', async () => {
    await using api = await startGitHub();
    const { client } = await clientOf(api);
    expect(await client.login()).toBe('github-actions[bot]');
    expect(api.calls).toEqual(['POST /graphql']);
  });

  test('a person, where there is no GraphQL', async () => {
    await using api = await startGitHub();
    api.hasGraphql = false;
    api.login = 'ada';
    const { client } = await clientOf(api);
    expect(await client.login()).toBe('ada');
  });

  test('nobody says it', async () => {
    await using api = await startGitHub();
    api.hasGraphql = false;
    const { client } = await clientOf(api);
    expect(await client.login()).toBeUndefined();
  });

  test('a token that is none ends it', async () => {
    await using api = await startGitHub();
    api.faults.push({ pattern: /graphql/, fault: { status: 401, message: 'Bad credentials' } });
    const { client } = await clientOf(api);
    await expect(client.login()).rejects.toMatchObject({ reason: 'unauthorized' });
  });
});

describe('a secret is in no message', () => {
  const LONG = `ghs_${'secret0123456789'.repeat(20)}`;

  test('a token that GitHub repeats, also where the message is cut', async () => {
    await using api = await startGitHub();
    api.faults.push({
      pattern: /GET/,
      fault: { status: 422, message: `${'x'.repeat(180)} token ${LONG} is bad` },
    });
    const { client } = await clientOf(api, LONG);
    const thrown: unknown = await client.list(ISSUES).catch((error: unknown) => error);
    expect(String(thrown)).toMatch(/with 422: x+ token \*\*\*/);
    expect(String(thrown)).not.toContain('secret');
  });

  test.for(['gh-secret\nx: y', 'gh-secret\u0000', 'gh-sécret'])(
    'a token that can not be sent: %j',
    async (token) => {
      await using api = await startGitHub();
      await expect(clientOf(api, token)).rejects.toMatchObject({
        reason: 'invalid-input',
        message: expect.not.stringContaining('cret') as string,
      });
    },
  );

  test.for([
    'file:///etc/passwd',
    'no address',
    'https://eve:secret@example.com/',
    '//secret',
    'https://a/?secret',
  ])('an address that is none: %s', async (url) => {
    await expect(clientOf({ url } as GitHubApi)).rejects.toMatchObject({
      reason: 'invalid-input',
      message: 'GITHUB_API_URL is no address of an API',
    });
  });
});

test('limits that are lies make no call wait longer than a minute', async () => {
  const fault = fc.record({
    status: fc.constantFrom(403, 429, 500, 503),
    headers: fc.dictionary(
      fc.constantFrom('retry-after', 'x-ratelimit-remaining', 'x-ratelimit-reset'),
      fc.constantFrom(
        '',
        '-1',
        '0',
        '1',
        '30',
        '1e308',
        '99999999999',
        'NaN',
        'Thu, 01 Jan 1970',
        '0x10',
        'soon',
      ),
    ),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { maxLength: 8 }), async (faults) => {
      await using api = await startGitHub();
      api.faults.push(...faults.map((one) => ({ pattern: /GET/, fault: one })));
      const { client, pauses } = await clientOf(api);
      await client.list(ISSUES).catch((error: unknown) => {
        expect(error).toBeInstanceOf(TrafficError);
      });
      expect(pauses.every((pause) => pause >= 0)).toBe(true);
      expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBeLessThanOrEqual(60_000);
    }),
    { numRuns: 40 },
  );
});
