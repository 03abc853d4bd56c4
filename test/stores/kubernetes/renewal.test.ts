/** Credentials that run out in the middle of a run, without having said when. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/base/json.ts';
import { answers, kubeconfig, startServer, type FakeServer } from '../../support/api-server/server.ts';
import { errorOf, everything, openStore, subsetWrite, weightWrite } from '../../support/kubernetes-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'renewal-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let plugins = 0;

/** A plugin that gives `tok3n-1`, then `tok3n-2`, …, at most the last of `most`; and how often it was asked. */
function counting(most = Infinity): { readonly user: JsonObject; readonly asked: () => number } {
  const log = join(folder, `asked-${(plugins += 1)}`);
  writeFileSync(log, '');
  const script =
    `const fs = require("fs"), log = ${JSON.stringify(log)}; fs.appendFileSync(log, "x");` +
    `const token = "tok3n-" + Math.min(${most === Infinity ? 'Infinity' : most}, fs.readFileSync(log).length);` +
    'console.log(JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: { token } }))';
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: ['-e', script],
  };
  return { user: { exec }, asked: () => readFileSync(log, 'utf8').length };
}

const users = { 'tok3n-1': 'ci', 'tok3n-2': 'ci', 'tok3n-3': 'ci' };

const opened = async (server: FakeServer, user: JsonObject) =>
  (
    await openStore(server, {
      kubeconfig: kubeconfig(server, { user }),
    })
  ).store;

describe('an exec plugin whose token runs out', () => {
  // Five lists, a rehearsal, a write, and the write that takes it back.
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'after %d requests: it is asked once more, and all is done',
    async (good) => {
      await using server = await startServer({ objects: everything, users, requestsOf: { 'tok3n-1': good } });
      const plugin = counting();
      const store = await opened(server, plugin.user);
      const write = await weightWrite(store, 20);
      await store.rehearse(write);
      const written = await store.write(write);
      const back = await store.write({
        ...write,
        before: written as typeof write.before,
        after: write.before,
      });
      expect(back.spec).toEqual(write.before.spec);
      expect(plugin.asked()).toBe(good === 8 ? 1 : 2);
      expect(new Set(server.requests.map(({ user }) => user)).has('ci')).toBe(true);
    },
  );

  test('while an answer was lost: the write counts, once', async () => {
    await using server = await startServer({ objects: everything, users, requestsOf: { 'tok3n-1': 6 } });
    server.on('PUT virtualservices', { drop: 'after' });
    const store = await opened(server, counting().user);
    const written = await store.write(await weightWrite(store, 20));
    expect(written).toEqual(server.objects.find('VirtualService', 'default', 'api'));
  });

  test('and who gives the same one again: unauthorized, and no endless requests', async () => {
    await using server = await startServer({ objects: everything, users, requestsOf: { 'tok3n-1': 5 } });
    const plugin = counting(1);
    const store = await opened(server, plugin.user);
    const { reason, message } = await errorOf(store.rehearse(await subsetWrite(store)));
    expect(reason).toBe('unauthorized');
    expect(message).toContain('(401 Unauthorized)');
    expect(plugin.asked()).toBe(2);
    expect(server.requests).toHaveLength(7);
  });

  test('and who fails the second time: in its own words', async () => {
    await using server = await startServer({ objects: everything, users, requestsOf: { 'tok3n-1': 5 } });
    const log = join(folder, 'fails-later');
    writeFileSync(log, '');
    const script =
      `const fs = require("fs"), log = ${JSON.stringify(log)}; if (fs.readFileSync(log).length) { console.error("session over"); process.exit(1); }` +
      'fs.appendFileSync(log, "x"); console.log(JSON.stringify({ status: { token: "tok3n-1" } }))';
    const store = await opened(server, { exec: { command: process.execPath, args: ['-e', script] } });
    const { reason, message } = await errorOf(store.rehearse(await subsetWrite(store)));
    expect(reason).toBe('unauthorized');
    expect(message).toMatch(/its exec plugin \S+ ended with exit code 1: session over$/);
  });

  test('and who fails at once is run once, for all five lists', async () => {
    await using server = await startServer({ objects: everything, users });
    const log = join(folder, 'fails');
    const script = `require("fs").appendFileSync(${JSON.stringify(log)}, "x"); process.exit(1)`;
    const store = await opened(server, { exec: { command: process.execPath, args: ['-e', script] } });
    expect((await errorOf(store.read())).reason).toBe('unauthorized');
    expect((await errorOf(store.read())).reason).toBe('unauthorized');
    expect(readFileSync(log, 'utf8')).toBe('xx');
  });

  test('for good: the second 401 is the end', async () => {
    await using server = await startServer({ objects: everything, users });
    server.always('DRYRUN *', answers.unauthorized);
    const plugin = counting();
    const store = await opened(server, plugin.user);
    expect((await errorOf(store.rehearse(await subsetWrite(store)))).reason).toBe('unauthorized');
    expect(plugin.asked()).toBe(2);
  });
});

test('a token in the kubeconfig: nobody to ask, so one 401 is enough', async () => {
  await using server = await startServer({ objects: everything, users });
  const store = await opened(server, { token: 'wrong' });
  expect((await errorOf(store.read('routing'))).reason).toBe('unauthorized');
  expect(server.requests.filter(({ resource }) => resource === 'virtualservices').length).toBeLessThanOrEqual(
    1,
  );
});

test('a token file is read again', async () => {
  await using server = await startServer({ objects: everything, users, requestsOf: { 'tok3n-1': 5 } });
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'tok3n-1\n');
  const store = await opened(server, { tokenFile });
  const write = await subsetWrite(store);
  writeFileSync(tokenFile, 'tok3n-2\n');
  await store.rehearse(write);
  expect(server.requests.slice(5).map(({ user }) => user)).toEqual([null, 'ci']);
  rmSync(tokenFile);
  await store.rehearse(write);
  server.on('DRYRUN *', answers.unauthorized);
  const { reason, message } = await errorOf(store.rehearse(write));
  expect(reason).toBe('unauthorized');
  expect(message).toMatch(/its token file \S+ can't be read \(ENOENT\)\.$/);
});

const jwt = (name: string, expires = Date.now() + 3_600_000) =>
  ['{"alg":"none"}', JSON.stringify({ name, exp: Math.round(expires / 1000) }), name]
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
const first = jwt('first');
const second = jwt('second');

type Token = (
  body: URLSearchParams,
  authorization: string | undefined,
) => { readonly status: number; readonly body: object };

/** An identity provider, what it was asked, and a user who has its refresh token. */
async function provider(
  token: Token,
  handle?: (request: IncomingMessage, response: ServerResponse) => boolean,
) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    if (handle?.(request, response) === true) return;
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      if (request.url !== '/token') {
        response.end(JSON.stringify({ token_endpoint: `${url()}/token` }));
        return;
      }
      const { authorization } = request.headers;
      asked.push(`${authorization ?? 'no header'} ${text}`);
      const { status, body } = token(new URLSearchParams(text), authorization);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const user = (config: JsonObject = {}): JsonObject => ({
    'auth-provider': {
      name: 'oidc',
      config: {
        'id-token': first,
        'refresh-token': 'r3fresh',
        'client-id': 'istiops',
        'client-secret': 'cl1ent s+cret',
        'idp-issuer-url': url(),
        ...config,
      },
    },
  });
  return {
    asked,
    user,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

const basic = `Basic ${Buffer.from('istiops:cl1ent+s%2Bcret').toString('base64')}`;
const given = { status: 200, body: { id_token: second } };
const refused = (error: string) => ({ status: 401, body: { error } });
const GRANT = 'grant_type=refresh_token&refresh_token=r3fresh';
const BODY = `${GRANT}&client_id=istiops&client_secret=cl1ent+s%2Bcret`;

describe('OIDC', () => {
  const start = () =>
    startServer({
      objects: everything,
      users: { [first]: 'ann', [second]: 'ann' },
      requestsOf: { [first]: 5 },
    });

  test('an ID token that is refused before it has expired is renewed, the client in HTTP Basic', async () => {
    await using server = await start();
    await using idp = await provider(() => given);
    const store = await opened(server, idp.user());
    await store.rehearse(await subsetWrite(store));
    expect(idp.asked).toEqual([`${basic} ${GRANT}`]);
    expect(server.requests.map(({ user }) => user).slice(5)).toEqual([null, 'ann']);
  });

  test('a provider that accepts the client in the body alone', async () => {
    await using server = await start();
    await using idp = await provider((_, authorization) =>
      authorization === undefined ? given : refused('invalid_client'),
    );
    const store = await opened(server, idp.user());
    await store.rehearse(await subsetWrite(store));
    expect(idp.asked).toEqual([`${basic} ${GRANT}`, `no header ${BODY}`]);
  });

  test('a client without a secret says its name in the body', async () => {
    await using server = await start();
    await using idp = await provider(() => given);
    const store = await opened(server, idp.user({ 'client-secret': '' }));
    await store.rehearse(await subsetWrite(store));
    expect(idp.asked).toEqual([`no header ${GRANT}&client_id=istiops`]);
  });

  test.each<[string, Token, RegExp]>([
    ['the refresh token is over', () => refused('invalid_grant'), /refuses \(401\): invalid_grant$/],
    [
      'over, and the body is not accepted',
      (_, authorization) => refused(authorization === undefined ? 'invalid_client' : 'invalid_grant'),
      /refuses \(401\): invalid_grant$/,
    ],
    ['the client is unknown', () => refused('invalid_client'), /refuses \(401\): invalid_client$/],
    [
      'no ID token in the answer',
      () => ({ status: 200, body: {} }),
      /gave no id_token for the refresh token\.$/,
    ],
  ])('%s', async (_, token, words) => {
    await using server = await start();
    await using idp = await provider(token);
    const store = await opened(server, idp.user());
    const { reason, message } = await errorOf(store.rehearse(await subsetWrite(store)));
    expect(reason).toBe('unauthorized');
    expect(message).toMatch(words);
    expect(message).not.toContain('cl1ent');
  });

  test('without a refresh token: the refusal itself', async () => {
    await using server = await start();
    await using idp = await provider(() => given);
    const store = await opened(server, idp.user({ 'refresh-token': '' }));
    expect((await errorOf(store.rehearse(await subsetWrite(store)))).message).toContain('(401 Unauthorized)');
    expect(idp.asked).toEqual([]);
  });

  test.each(['/.well-known/openid-configuration', '/token'])(
    'an answer without end at %s is a sentence',
    async (path) => {
      await using server = await start();
      await using idp = await provider(
        () => given,
        (request, response) => {
          if (request.url !== path) return false;
          const chunk = Buffer.alloc(65_536, ' ');
          const send = (): void => {
            while (!response.destroyed && response.write(chunk));
          };
          response.on('drain', send);
          send();
          return true;
        },
      );
      const store = await opened(server, idp.user());
      const { reason, message } = await errorOf(store.rehearse(await subsetWrite(store)));
      expect(reason).toBe('unauthorized');
      expect(message).toMatch(/its identity provider 127\.0\.0\.1:\d+ answers with more than 1 MiB\.$/);
    },
  );
});
