import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/base/json.ts';
import { authority } from '../../support/api-server/certificates.ts';
import { startProxy } from '../../support/api-server/proxy.ts';
import { kubeconfig, startServer, type FakeServer } from '../../support/api-server/server.ts';
import { errorOf, everything, openStore } from '../../support/kubernetes-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'auth-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const ca = authority();
const base64 = (text: string) => Buffer.from(text).toString('base64');
const serverTls = { ...ca.issue({ commonName: 'localhost' }), clientCa: ca.cert };
const trusted = { 'certificate-authority-data': base64(ca.cert) };
const TOKEN = 't0ken-of-ci';

const startTls = (tls = {}) =>
  startServer({ objects: everything, users: { [TOKEN]: 'ci' }, tls: { ...serverTls, ...tls } });

function reader(server: FakeServer, user: JsonObject, cluster: JsonObject = trusted, env = {}) {
  const opened = openStore(server, {
    kubeconfig: kubeconfig(server, { user, cluster }),
    env,
  });
  return opened.then(({ store, secrets }) => ({ read: () => store.read(), secrets, store }));
}

const usersOf = (server: FakeServer) => [...new Set(server.requests.map(({ user }) => user))];

test('a token is sent over TLS, and the server knows whose it is', async () => {
  await using server = await startTls();
  await (await reader(server, { token: TOKEN })).read();
  expect(usersOf(server)).toEqual(['ci']);
});

test('a client certificate, and one connection pool for all requests', async () => {
  await using server = await startTls();
  const me = ca.issue({ commonName: 'deployer', organization: 'ci' });
  const user = { 'client-certificate-data': base64(me.cert), 'client-key-data': base64(me.key) };
  const { read } = await reader(server, user);
  for (let times = 0; times < 4; times += 1) await read();
  expect(usersOf(server)).toEqual(['deployer']);
  expect(server.requests).toHaveLength(20);
  // One that is idle for some seconds is closed, which a slow machine may come to.
  expect(server.connections).toBeLessThan(20);
  const [cert, key] = ['me.crt', 'me.key'].map((name) => join(folder, name));
  if (cert === undefined || key === undefined) throw new Error('no paths');
  writeFileSync(cert, me.cert);
  writeFileSync(key, me.key);
  await (await reader(server, { 'client-certificate': cert, 'client-key': key })).read();
  expect(usersOf(server)).toEqual(['deployer']);
});

test('user name and password are sent as basic authentication, and both are masked', async () => {
  const credential = base64('admin:pa55w0rd');
  await using server = await startServer({ objects: everything, users: { [credential]: 'admin' } });
  const { read, secrets } = await reader(server, { username: 'admin', password: 'pa55w0rd' }, {});
  await read();
  expect(server.requests[0]).toMatchObject({ user: 'admin', authorization: 'Basic ***' });
  expect([...secrets]).toEqual(expect.arrayContaining(['pa55w0rd', credential]));
});

test('a token file is read without its line end, and masked', async () => {
  await using server = await startTls();
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, `${TOKEN}\n`);
  const { read, secrets } = await reader(server, { tokenFile });
  await read();
  expect(usersOf(server)).toEqual(['ci']);
  expect([...secrets]).toContain(TOKEN);
});

test('the service account of a pod gives token, authority and namespace', async () => {
  await using server = await startTls();
  for (const [name, text] of Object.entries({ token: TOKEN, 'ca.crt': ca.cert, namespace: 'shop' })) {
    writeFileSync(join(folder, name), text);
  }
  const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: new URL(server.url).port };
  const { store } = await openStore(server, { kubeconfig: undefined, env, serviceAccountPath: folder });
  expect((await store.read()).namespace).toBe('shop');
  expect(usersOf(server)).toEqual(['ci']);
});

test('as: the request is made for another user', async () => {
  await using server = await startTls();
  await (await reader(server, { token: TOKEN, as: 'somebody' })).read();
  expect(server.requests[0]).toMatchObject({ user: 'ci', impersonated: 'somebody' });
});

function plugin(script: string, more: JsonObject = {}): JsonObject {
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1beta1',
    command: process.execPath,
    args: ['-e', script],
    ...more,
  };
  return { exec };
}

const printed = (status: JsonObject) =>
  `console.log(JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1beta1", kind: "ExecCredential", status: ${JSON.stringify(status)} }))`;

test('an exec plugin: run once for all lists, told what kubectl tells, its token masked', async () => {
  await using server = await startTls();
  const log = join(folder, 'asked');
  const script = `require("fs").appendFileSync(${JSON.stringify(log)}, process.env.KUBERNETES_EXEC_INFO + process.env.STAGE + "\\n"); process.stdin.resume().on("end", () => ${printed({ token: TOKEN })})`;
  const { read, secrets } = await reader(
    server,
    plugin(script, { provideClusterInfo: true, env: [{ name: 'STAGE', value: 'qa' }] }),
  );
  await read();
  await read();
  const asked = readFileSync(log, 'utf8').trim().split('\n');
  expect(asked).toHaveLength(1);
  expect(asked[0]?.endsWith('qa')).toBe(true);
  expect(JSON.parse(asked[0]?.slice(0, -2) ?? '')).toEqual({
    apiVersion: 'client.authentication.k8s.io/v1beta1',
    kind: 'ExecCredential',
    spec: { interactive: false, cluster: { server: server.url, ...trusted } },
  });
  expect(usersOf(server)).toEqual(['ci']);
  expect([...secrets]).toContain(TOKEN);
});

test('an exec plugin that gives a certificate', async () => {
  await using server = await startTls();
  const me = ca.issue({ commonName: 'by-plugin' });
  const { read, secrets } = await reader(
    server,
    plugin(printed({ clientCertificateData: me.cert, clientKeyData: me.key })),
  );
  await read();
  expect(usersOf(server)).toEqual(['by-plugin']);
  expect([...secrets]).toContain(me.key.split('\n')[1]);
});

test("an exec plugin's credential that has expired is renewed", async () => {
  await using server = await startTls();
  const log = join(folder, 'renewed');
  const script = `require("fs").appendFileSync(${JSON.stringify(log)}, "x"); ${printed({ token: TOKEN, expirationTimestamp: '2020-01-01T00:00:00Z' })}`;
  const { read } = await reader(server, plugin(script));
  await read();
  expect(readFileSync(log, 'utf8')).toBe('xxxxx');
});

test.each<[string, JsonObject, RegExp]>([
  [
    'fails',
    plugin(
      'console.error("Unable to locate credentials for eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ"); process.exit(255)',
    ),
    /its exec plugin \S+ ended with exit code 255: Unable to locate credentials for \*\*\*$/,
  ],
  [
    'quotes its own secret',
    plugin('console.error("bad " + process.env.MY_SECRET); process.exit(1)', {
      env: [{ name: 'MY_SECRET', value: 'v4ult' }],
    }),
    /exit code 1: bad \*\*\*$/,
  ],
  [
    'prints without end',
    plugin(
      'const more = () => { while (process.stdout.write("x".repeat(65536))); process.stdout.once("drain", more); }; more()',
    ),
    /its exec plugin \S+ printed more than 4 MiB\.$/,
  ],
  ['says nothing', plugin('process.exit(3)'), /exit code 3 and said nothing\.$/],
  [
    'is not there',
    { exec: { command: 'no-such-plugin', installHint: 'See the docs.' } },
    /no-such-plugin isn't installed on this machine\. See the docs\.$/,
  ],
  [
    'prints nonsense',
    plugin('console.log("hello")'),
    /printed no ExecCredential with a token or a certificate and key\.$/,
  ],
  ['prints no token', plugin(printed({})), /printed no ExecCredential/],
  ['has no command', { exec: { args: [] } }, /its exec plugin has no `command`\.$/],
  ['needs a person', { exec: { command: 'login', interactiveMode: 'Always' } }, /needs a terminal/],
])('an exec plugin that %s', async (_, user, words) => {
  await using server = await startTls();
  const { reason, message } = await errorOf((await reader(server, user)).read());
  expect(reason).toBe('unauthorized');
  expect(message).toMatch(
    /^No credentials for user "someone" of context "test" \(the input "kubeconfig"\): /,
  );
  expect(message).toMatch(words);
  expect(server.requests).toEqual([]);
});

const jwt = (name: string, expires: number) =>
  ['{"alg":"none"}', JSON.stringify({ name, exp: Math.round(expires / 1000) }), name]
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
const fresh = jwt('fresh', Date.now() + 3_600_000);
const stale = jwt('stale', Date.now() - 3_600_000);
const oidc = (config: JsonObject) => ({ 'auth-provider': { name: 'oidc', config } });

test('OIDC: an ID token that is valid is used', async () => {
  await using server = await startServer({ objects: everything, users: { [fresh]: 'ann' }, tls: serverTls });
  await (await reader(server, oidc({ 'id-token': fresh, 'idp-issuer-url': 'https://idp' }))).read();
  expect(usersOf(server)).toEqual(['ann']);
});

test('OIDC: one that has expired is renewed once, over the provider’s own authority', async () => {
  await using server = await startServer({ objects: everything, users: { [fresh]: 'ann' }, tls: serverTls });
  const asked: string[] = [];
  const provider = createServer(ca.issue({ commonName: 'idp' }), (request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      asked.push([method, url, headers.authorization, body].filter((word) => word !== undefined).join(' '));
      const token_endpoint = `https://127.0.0.1:${(provider.address() as AddressInfo).port}/token`;
      const answer =
        request.url === '/token' ? { id_token: fresh, refresh_token: 'next-refresh' } : { token_endpoint };
      response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((done) => provider.listen(0, '127.0.0.1', done));
  const config = {
    'id-token': stale,
    'refresh-token': 'f1rst-refresh',
    'client-id': 'istiops',
    'client-secret': 'cl1ent',
    'idp-issuer-url': `https://127.0.0.1:${(provider.address() as AddressInfo).port}`,
    'idp-certificate-authority-data': base64(ca.cert),
  };
  const { read, secrets } = await reader(server, oidc(config));
  await read();
  await read();
  provider.close();
  provider.closeAllConnections();
  expect(asked).toEqual([
    'GET /.well-known/openid-configuration ',
    `POST /token Basic ${base64('istiops:cl1ent')} grant_type=refresh_token&refresh_token=f1rst-refresh`,
  ]);
  expect(usersOf(server)).toEqual(['ann']);
  expect([...secrets]).toEqual(expect.arrayContaining([fresh, 'next-refresh', 'f1rst-refresh', 'cl1ent']));
});

test.each<[string, JsonObject, RegExp]>([
  [
    'without a refresh token',
    { 'id-token': stale },
    /Its ID token expired at \S+Z, and without refresh-token/,
  ],
  ['without anything', {}, /There is no ID token, and without refresh-token/],
  [
    'whose provider is gone',
    { 'refresh-token': 'x123', 'client-id': 'c', 'idp-issuer-url': 'http://127.0.0.1:1' },
    /its identity provider 127\.0\.0\.1:1 can't be reached \(ECONNREFUSED\)\.$/,
  ],
  [
    'whose provider is no address',
    { 'refresh-token': 'x123', 'client-id': 'c', 'idp-issuer-url': 'idp' },
    /can't be reached/,
  ],
])('OIDC %s', async (_, config, words) => {
  await using server = await startTls();
  const { reason, message } = await errorOf((await reader(server, oidc(config))).read());
  expect(reason).toBe('unauthorized');
  expect(message).toMatch(words);
});

const unlucky: [string, JsonObject, object, string][] = [
  ['a wrong authority', { 'certificate-authority-data': base64(authority().cert) }, {}, "can't be trusted"],
  ['no authority', {}, {}, "can't be trusted"],
  [
    'an expired certificate',
    trusted,
    ca.issue({ commonName: 'x', to: new Date(Date.now() - 1000) }),
    'its certificate has expired (CERT_HAS_EXPIRED)',
  ],
  [
    'another name',
    { ...trusted, 'tls-server-name': 'other' },
    {},
    "for another name than the kubeconfig's server",
  ],
  ['an authority that is none', { 'certificate-authority-data': base64('nonsense') }, {}, "can't be"],
];
test.each(unlucky)('%s: reported at once', async (_, cluster, tls, words) => {
  await using server = await startTls(tls);
  const { reason, message } = await errorOf((await reader(server, { token: TOKEN }, cluster)).read());
  expect(reason).toBe('unreachable');
  expect(message).toContain(words);
  expect(server.requests).toEqual([]);
});

test('a certificate that nobody checks, where the kubeconfig says so', async () => {
  await using server = await startTls();
  await (await reader(server, { token: TOKEN }, { 'insecure-skip-tls-verify': true })).read();
  expect(usersOf(server)).toEqual(['ci']);
});

test('http:// spoken to https:// is unreachable, and the other way round as well', async () => {
  await using tls = await startTls();
  const plain = { url: tls.url.replace('https', 'http') };
  const first = await openStore(tls, { kubeconfig: kubeconfig(plain), patience: { read: { total: 0 } } });
  expect((await errorOf(first.store.read())).reason).toBe('unreachable');
  await using http = await startServer();
  const wrong = { url: http.url.replace('http', 'https') };
  const second = await openStore(tls, { kubeconfig: kubeconfig(wrong) });
  expect((await errorOf(second.store.read())).message).toContain('speaks another protocol');
});

test('a token that is no header value is not shown', async () => {
  await using server = await startTls();
  const token = 'first-l1ne\u0001second-l1ne';
  const { message } = await errorOf((await reader(server, { token })).read());
  expect(message).not.toMatch(/l1ne/);
});

test('through the proxy of the environment, http and https', async () => {
  await using proxy = await startProxy({ credentials: 'me:pr0xy-pass' });
  const env = {
    HTTPS_PROXY: proxy.url.replace('//', '//me:pr0xy-pass@'),
    HTTP_PROXY: proxy.url.replace('//', '//me:pr0xy-pass@'),
  };
  await using tls = await startTls();
  const { read, secrets } = await reader(tls, { token: TOKEN }, trusted, env);
  await read();
  expect(proxy.seen[0]).toBe(`CONNECT ${new URL(tls.url).host}`);
  expect([...secrets]).toContain('pr0xy-pass');
  proxy.seen.length = 0;
  await using http = await startServer({ objects: everything });
  await (await reader(http, {}, {}, env)).read();
  expect(proxy.seen).toContain(`GET ${http.url}/api/v1/namespaces/default/pods`);
  proxy.seen.length = 0;
  await (await reader(tls, { token: TOKEN }, trusted, { ...env, NO_PROXY: '127.0.0.0/8' })).read();
  expect(proxy.seen).toEqual([]);
  await (await reader(tls, { token: TOKEN }, { ...trusted, 'proxy-url': env.HTTPS_PROXY })).read();
  expect(proxy.seen.length).toBeGreaterThan(0);
});

test('a proxy that wants credentials, and one that is not there', async () => {
  await using proxy = await startProxy({ credentials: 'me:pr0xy-pass' });
  await using tls = await startTls();
  const refused = await errorOf(
    (await reader(tls, { token: TOKEN }, trusted, { HTTPS_PROXY: proxy.url })).read(),
  );
  expect(refused).toMatchObject({ reason: 'unreachable' });
  expect(refused.message).toContain(`the proxy in between (${proxy.url}) answered 407`);
  const env = { HTTPS_PROXY: 'http://me:pr0xy-pass@127.0.0.1:1' };
  const gone = await errorOf((await reader(tls, { token: TOKEN }, trusted, env)).read());
  expect(gone.reason).toBe('unreachable');
  expect(gone.message).toMatch(/^The proxy http:\/\/127\.0\.0\.1:1, through which .*connection refused/);
  expect(gone.message).not.toContain('pr0xy-pass');
});
