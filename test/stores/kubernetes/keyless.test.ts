/** The source of GitHub's tokens: until when each is used, whatever the clocks say. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CredentialSource } from '../../../src/stores/kubernetes/credential-source.ts';
import { githubTokens } from '../../../src/stores/kubernetes/github-token.ts';
import { keylessConnection } from '../../../src/stores/kubernetes/keyless.ts';
import { authority } from '../../support/api-server/certificates.ts';
import { startGithub, type Job } from '../../support/github.ts';
import { startServer } from '../../support/api-server/server.ts';
import { errorOf, everything, faultOf, openStore } from '../../support/kubernetes-store.ts';

const SERVER = 'https://k8s.example:6443';

function tokensOf(env: Readonly<Record<string, string>>, secrets: string[] = []): CredentialSource {
  return githubTokens({
    audience: 'kube',
    server: SERVER,
    env,
    shown: (words) => words,
    onSecret: (secret) => secrets.push(secret),
  });
}

/** Milliseconds from now until when the next token is used: between these two. */
async function usedFor(job: Job): Promise<readonly [number, number]> {
  const source = tokensOf(job.env);
  const before = Date.now();
  const { expires = Infinity } = await source.obtain(false);
  return [expires - Date.now(), expires - before];
}

describe('a token is used', () => {
  const seconds = (): number => Math.floor(Date.now() / 1000);

  test.each([
    ['until a minute before its end', () => ({}), 240],
    [
      'for as long, where this clock is an hour ahead',
      () => ({ iat: seconds() - 3600, exp: seconds() - 3300 }),
      240,
    ],
    [
      'for as long, where it is an hour behind',
      () => ({ iat: seconds() + 3600, exp: seconds() + 3900 }),
      240,
    ],
    ['for what is left of it', () => ({ iat: seconds() - 200, exp: seconds() + 100 }), 40],
    ['once, with less than a minute to live', () => ({ exp: seconds() + 30 }), -30],
  ])('%s', async (_how, claims, expected) => {
    await using github = await startGithub();
    const [least, most] = await usedFor(github.job(claims()));
    // The token counts in whole seconds.
    expect(most / 1000).toBeGreaterThan(expected - 1.001);
    expect(least / 1000).toBeLessThanOrEqual(expected + 1);
  });

  test('for ever, if nothing says how long', async () => {
    await using github = await startGithub();
    const source = tokensOf(github.job({ exp: undefined }).env);
    expect((await source.obtain(false)).expires).toBeUndefined();
  });
});

test("the job's own token is a secret before it is sent, and the audience is asked for as it is", async () => {
  await using github = await startGithub();
  const job = github.job();
  const secrets: string[] = [];
  await tokensOf(job.env, secrets).obtain(false);
  expect(secrets).toEqual([job.own]);
  expect(job.audiences).toEqual(['kube']);
});

test.each([
  ['no variable at all', {}, 'ACTIONS_ID_TOKEN_REQUEST_URL is not set'],
  ['no token', { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://x/' }, 'ACTIONS_ID_TOKEN_REQUEST_TOKEN is not set'],
  [
    'no URL',
    { ACTIONS_ID_TOKEN_REQUEST_URL: 'x', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't' },
    'ACTIONS_ID_TOKEN_REQUEST_URL is no URL',
  ],
])('a job that gets no token is told why: %s', async (_what, env, words) => {
  const { reason, message } = await errorOf(tokensOf(env).obtain(false));
  expect([reason, message]).toEqual(['unauthorized', expect.stringContaining(words)]);
});

describe('the certificate authority', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyless-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const connect = (path: string) =>
    keylessConnection({ server: SERVER, audience: SERVER, certificateAuthority: { kind: 'file', path } }, {});

  test('of a file', () => {
    const { cert } = authority();
    for (const text of [cert, Buffer.from(cert).toString('base64')])
      expect(connect(file('ca', text)).cluster.caData).toBe(Buffer.from(cert).toString('base64'));
  });

  test('of a file that is of no use', async () => {
    expect(await faultOf(() => connect(join(folder, 'none')))).toMatchObject({ reason: 'invalid-input' });
    expect((await faultOf(() => connect(file('text', 'hello')))).message).toContain(
      "which `certificate-authority` names, can't be used: there is no certificate in PEM in it.",
    );
  });
});

describe('over hours', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('a store asks for a token as often as one runs out, and no more often', async () => {
    await using github = await startGithub();
    const job = github.job();
    const ca = authority();
    await using server = await startServer({
      objects: everything,
      users: {},
      tls: ca.issue({ commonName: '127.0.0.1' }),
      userOfToken: (token) => (github.claimsIn(token) === undefined ? undefined : 'job'),
    });
    const { store, secrets } = await openStore(server, {
      keyless: {
        server: server.url,
        audience: server.url,
        certificateAuthority: { kind: 'pem', pem: ca.cert },
      },
      env: job.env,
    });
    // A look every three minutes, for two hours; a token is used for four of its five minutes.
    for (let look = 0; look < 40; look += 1) {
      expect((await store.read()).virtualServices).toHaveLength(1);
      vi.setSystemTime(Date.now() + 180_000);
    }
    expect(job.tokens).toHaveLength(20);
    expect(server.requests.every(({ user }) => user === 'job')).toBe(true);
    for (const secret of [job.own, ...job.tokens]) expect(secrets).toContain(secret);
  });
});

test('a proxy of the environment is used', () => {
  const { cluster } = keylessConnection(
    { server: SERVER, audience: SERVER },
    { HTTPS_PROXY: 'proxy.example:3128' },
  );
  expect(cluster.proxyUrl).toBe('http://proxy.example:3128');
});
