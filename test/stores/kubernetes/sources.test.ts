import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { KubeconfigSource } from '../../../src/intent/types.ts';
import { findConnection, type KubeconfigSources } from '../../../src/stores/kubernetes/sources.ts';
import { kubeconfig } from '../../support/api-server/server.ts';
import { faultOf } from '../../support/kubernetes-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const at = (url: string, options = {}) => kubeconfig({ url }, options);
const find = (sources: Partial<KubeconfigSources>) =>
  findConnection({ env: {}, serviceAccountPath: '/nowhere', ...sources });
const fault = (sources: Partial<KubeconfigSources>) => faultOf(() => find(sources));

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function serviceAccount(namespace = 'ci\n'): string {
  file('account/token', 'p0d-token\n');
  file('account/namespace', namespace);
  return join(folder, 'account');
}

const IN_POD = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

test('the order: input, $KUBECONFIG, the pod, the home folder', () => {
  file('home/.kube/config', at('https://home'));
  const env = { HOME: join(folder, 'home'), KUBECONFIG: file('variable', at('https://variable')), ...IN_POD };
  const all = { kubeconfig: at('https://input'), env, serviceAccountPath: serviceAccount() };
  expect(find(all).server).toBe('https://input');
  expect(find({ ...all, kubeconfig: ' \n' }).server).toBe('https://variable');
  expect(
    find({ ...all, kubeconfig: undefined, kubeconfigPath: file('path', at('https://path')) }).server,
  ).toBe('https://path');
  const rest = { ...env, KUBECONFIG: undefined };
  expect(find({ env: rest, serviceAccountPath: all.serviceAccountPath })).toMatchObject({
    server: 'https://10.0.0.1',
    namespace: 'ci',
    who: 'user "in-cluster" of context "in-cluster" (the pod\'s service account)',
    plugin: { kind: 'token-file', path: join(folder, 'account/token') },
  });
  expect(find({ env: rest }).server).toBe('https://home');
  expect(
    find({ env: { ...IN_POD, KUBERNETES_SERVICE_HOST: 'fd00::1' }, serviceAccountPath: serviceAccount() })
      .server,
  ).toBe('https://[fd00::1]');
});

test('only the places that are named, in the order in which they are', async () => {
  file('home/.kube/config', at('https://home', { context: 'at-home' }));
  const env = { HOME: join(folder, 'home'), KUBECONFIG: file('variable', at('https://variable')), ...IN_POD };
  const all = { kubeconfig: at('https://input'), env, serviceAccountPath: serviceAccount() };
  const from = (...kubeconfigFrom: readonly KubeconfigSource[]) => find({ ...all, kubeconfigFrom });
  expect(from('input')).toMatchObject({
    server: 'https://input',
    source: 'input',
    origin: 'the input "kubeconfig"',
  });
  expect(from('env')).toMatchObject({ server: 'https://variable', source: 'env', context: 'test' });
  expect(from('in-cluster')).toMatchObject({ source: 'in-cluster', context: 'in-cluster' });
  expect(from('home')).toMatchObject({ source: 'home', context: 'at-home', server: 'https://home' });
  expect(from('home', 'input').source).toBe('home');
  expect(find({ ...all, kubeconfig: '', kubeconfigFrom: ['input', 'home'] }).source).toBe('home');
  const { reason, message } = await fault({ ...all, kubeconfig: '', kubeconfigFrom: ['input'] });
  expect(reason).toBe('invalid-input');
  expect(message).toContain('Looked at: `kubeconfig` (not given) (`kubeconfig-from: input`). Give');
});

test('none: the places that were looked at', async () => {
  expect(await fault({ env: { HOME: '/nobody' } })).toEqual({
    reason: 'invalid-input',
    message:
      "No kubeconfig was found, so there is no cluster to talk to. Looked at: `kubeconfig` (not given), $KUBECONFIG (not set), the service account of a pod (/nowhere: not there), /nobody/.kube/config (not there). Give one of these, `server` to use GitHub's OIDC token of the job, or `manifests` to work on files in place of a cluster.",
  });
});

test('$KUBECONFIG with several files: the first to say something wins, missing ones are skipped', () => {
  const first = file(
    'first',
    stringify({
      clusters: [{ name: 'a', cluster: { server: 'https://first-a' } }],
      'current-context': 'two',
    }),
  );
  const second = file(
    'second',
    stringify({
      clusters: [
        { name: 'a', cluster: { server: 'https://second-a' } },
        { name: 'b', cluster: { server: 'https://second-b' } },
      ],
      contexts: [
        { name: 'one', context: { cluster: 'b', user: 'u' } },
        { name: 'two', context: { cluster: 'a', user: 'u' } },
      ],
      users: [{ name: 'u', user: { token: 'x' } }],
      'current-context': 'one',
    }),
  );
  const env = { KUBECONFIG: `${first}:${join(folder, 'missing')}::${second}` };
  expect(find({ env }).server).toBe('https://first-a');
  expect(find({ env, context: 'one' }).server).toBe('https://second-b');
});

test('$KUBECONFIG with a file that is empty, and one that only sets the context', () => {
  const empty = file('empty', '');
  const current = file('current', 'apiVersion: v1\nkind: Config\ncurrent-context: two\n');
  const rest = file('rest', config({}));
  expect(find({ env: { KUBECONFIG: `${empty}:${current}:${rest}` } }).who).toContain('context "two"');
});

test('a file that is no kubeconfig is not told to be a secret', async () => {
  const { message } = await fault({ kubeconfigPath: file('text', 'hello') });
  expect(message).toMatch(/text holds no kubeconfig: neither its YAML nor the base64 of it\.$/);
});

test('$KUBECONFIG that names nothing that exists does not send the run to another cluster', async () => {
  file('home/.kube/config', at('https://home'));
  const { reason, message } = await fault({ env: { KUBECONFIG: '/no/a:/no/b', HOME: join(folder, 'home') } });
  expect(reason).toBe('invalid-input');
  expect(message).toBe('$KUBECONFIG (/no/a, /no/b) names no file that exists. Mend or unset it.');
});

test('a path that is not there', async () => {
  expect((await fault({ kubeconfigPath: '/no/such' })).message).toBe(
    "The kubeconfig /no/such can't be read (/no/such: ENOENT).",
  );
});

test('paths in a kubeconfig start where it lies', () => {
  file('deep/ca.pem', 'ca');
  file('deep/certs/me.pem', 'cert');
  file('deep/certs/me.key', 'key');
  const cluster = { 'certificate-authority': 'ca.pem' };
  const user = {
    'client-certificate': 'certs/me.pem',
    'client-key': join(folder, 'deep/certs/me.key'),
    exec: { command: './bin/login' },
  };
  const found = find({ kubeconfigPath: file('deep/config', at('https://x', { cluster, user })) });
  expect(found.cluster.caFile).toBe(join(folder, 'deep/ca.pem'));
  expect(found.user.certFile).toBe(join(folder, 'deep/certs/me.pem'));
  expect(found.user.keyFile).toBe(join(folder, 'deep/certs/me.key'));
  expect(found.plugin).toEqual({ kind: 'exec', settings: { command: join(folder, 'deep/bin/login') } });
  const bare = find({ kubeconfig: at('https://x', { user: { exec: { command: 'aws' } } }) });
  expect(bare.plugin).toEqual({ kind: 'exec', settings: { command: 'aws' } });
});

test('base64, wrapped or not, is as good as YAML', () => {
  const text = Buffer.from(at('https://x')).toString('base64');
  expect(find({ kubeconfig: text }).server).toBe('https://x');
  expect(find({ kubeconfig: (text.match(/.{1,60}/g) ?? []).join('\n') }).server).toBe('https://x');
  expect(find({ kubeconfig: `\uFEFF${at('https://x')}` }).server).toBe('https://x');
});

test.each<[string, string, RegExp]>([
  [
    'no YAML',
    'users:\n  - name: a\n   token: "s3cr3t-t0ken\n',
    /^The input "kubeconfig" is no valid YAML: line \d+, column \d+ \([a-z ]+\)\. Its content is not shown here\.$/,
  ],
  [
    'a path',
    '/home/me/.kube/config',
    /holds no kubeconfig: neither its YAML nor the base64 of it\. Give the content/,
  ],
  [
    'something else',
    'apiVersion: v1\nkind: Secret\n',
    /is YAML, but no kubeconfig: it has no list of clusters, contexts or users/,
  ],
  [
    'a bomb',
    `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\nusers: []\n`,
    /grow beyond measure/,
  ],
  ['what GitHub prints of a secret', '***\n', /is `\*\*\*`, which GitHub prints in place of a secret/],
  ['an alias of nothing', 'users: *s3cr3t\n', /refers to a YAML anchor that is not in it/],
  ['no list', 'clusters: []\nusers: {a: 1}\n', /`users` must be a list/],
  ['no name', 'users: [{user: {}}]\n', /`users\[0\]\.name` is missing/],
  ['no context', 'clusters: []\n', /sets no current context: say which one with `context` \(it has none\)/],
])('%s is refused, without a word of it', async (_, text, words) => {
  const { reason, message } = await fault({ kubeconfig: text });
  expect(reason).toBe('invalid-input');
  expect(message).toMatch(words);
  expect(message).not.toMatch(/s3cr3t|Secret|\/home/);
});

test('an auth-provider that only an old kubectl could ask is refused, with what replaces it', async () => {
  const text = stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://x' } }],
    users: [{ name: 'u', user: { 'auth-provider': { name: 'gcp' } } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'c',
  });
  const { reason, message } = await fault({ kubeconfig: text });
  expect(reason).toBe('invalid-input');
  expect(message).toContain('auth-provider "gcp" and no token of it');
  expect(message).toContain('gke-gcloud-auth-plugin');
});

const config = (change: Record<string, unknown>) =>
  stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://x' } }],
    users: [{ name: 'u', user: {} }],
    contexts: [
      { name: 'one', context: { cluster: 'c', user: 'u' } },
      { name: 'two', context: { cluster: 'c' } },
    ],
    'current-context': 'one',
    ...change,
  });

test.each<[string, Record<string, unknown>, string | undefined, string]>([
  [
    'an unknown context',
    {},
    'prod',
    'The input "kubeconfig" lacks the context "prod": it has "one", "two". Say one of these with `context`.',
  ],
  [
    'an unknown current one',
    { 'current-context': 'gone' },
    undefined,
    'lacks its current context "gone": it has "one", "two".',
  ],
  [
    'none said',
    { 'current-context': '' },
    undefined,
    'sets no current context: say which one with `context` (it has "one", "two").',
  ],
  ['no such cluster', { clusters: [] }, undefined, 'has a context "one" whose cluster "c" it lacks.'],
  ['no such user', { users: [] }, undefined, 'has a context "one" whose user "u" it lacks.'],
  ['no server', { clusters: [{ name: 'c', cluster: {} }] }, undefined, 'has a cluster "c" without a server.'],
  [
    'no address',
    { clusters: [{ name: 'c', cluster: { server: 'ftp://x' } }] },
    undefined,
    'whose server is no https:// or http:// address.',
  ],
  [
    'credentials in it',
    { clusters: [{ name: 'c', cluster: { server: 'https://u:s3cr3t@x' } }] },
    undefined,
    'with credentials in its server',
  ],
  [
    'a namespace that leads elsewhere',
    { contexts: [{ name: 'one', context: { cluster: 'c', user: 'u', namespace: '..' } }] },
    undefined,
    'has a context "one" whose namespace is not the name of a namespace.',
  ],
  [
    'a proxy of another kind',
    { clusters: [{ name: 'c', cluster: { server: 'https://x', 'proxy-url': 'ftp://u:s3cr3t@p' } }] },
    undefined,
    'mend its proxy-url',
  ],
  [
    'a file that is missing',
    { clusters: [{ name: 'c', cluster: { server: 'https://x', 'certificate-authority': '/no/ca.crt' } }] },
    undefined,
    'names the file /no/ca.crt as `certificate-authority`',
  ],
  [
    'more impersonation than we can',
    { users: [{ name: 'u', user: { as: 'a', 'as-groups': ['g'] } }] },
    undefined,
    '`as-groups`',
  ],
])('a kubeconfig is of no use with %s', async (_, change, context, words) => {
  const { reason, message } = await fault({ kubeconfig: config(change), context });
  expect(reason).toBe('invalid-input');
  expect(message).toContain(words);
  expect(message).not.toContain('s3cr3t');
});

test('a context without a user is an anonymous one', () => {
  expect(find({ kubeconfig: config({}), context: 'two' }).user).toEqual({ name: '' });
});

test('what the kubeconfig holds comes before what it refers to', () => {
  const exec = { command: 'aws' };
  const pair = (user: Record<string, unknown>) =>
    find({ kubeconfig: config({ users: [{ name: 'u', user }] }) });
  expect(pair({ token: 12345, exec })).toMatchObject({ user: { token: '12345' } });
  expect(pair({ token: 12345, exec }).plugin).toBeUndefined();
  expect(pair({ 'auth-provider': { name: 'oidc', config: { a: 'b' } } })).toMatchObject({
    plugin: { kind: 'oidc', settings: { a: 'b' } },
  });
  expect(pair({ 'auth-provider': { name: 'gcp', config: { a: 'b' } } }).user.authProvider).toEqual({
    name: 'gcp',
    config: { a: 'b' },
  });
  // As kubectl: the token wins, and nobody is asked for another.
  const both = pair({ token: 't', 'auth-provider': { name: 'oidc', config: { 'id-token': 'old' } } });
  expect(both.user).toEqual({ name: 'u', token: 't' });
  expect(both.plugin).toBeUndefined();
  const tokenFile = file('t0ken', 'x');
  expect(pair({ token: 'old', tokenFile })).toMatchObject({
    user: { name: 'u' },
    plugin: { kind: 'token-file', path: tokenFile },
  });
  expect(pair({ token: 'old', tokenFile }).user.token).toBeUndefined();
  const cert = { 'client-certificate-data': 'ZGF0YQ==', 'client-certificate': '/no/such' };
  const key = { 'client-key-data': 'a2V5', 'client-key': '/no/such' };
  expect(pair({ ...cert, ...key }).user).toEqual({ name: 'u', certData: 'ZGF0YQ==', keyData: 'a2V5' });
});

test('every secret is told before anything can go wrong', async () => {
  const secrets: string[] = [];
  const onSecret = (secret: string) => secrets.push(secret);
  await fault({ kubeconfig: at('ftp://x', { token: 's3cr3t-t0ken' }), onSecret });
  expect(secrets).toContain('s3cr3t-t0ken');
  find({ env: IN_POD, serviceAccountPath: serviceAccount(), onSecret });
  expect(secrets).toContain('p0d-token');
});

test('a kubeconfig itself as $KUBECONFIG: its secrets are told, and none of it is repeated', async () => {
  const yaml = at('https://home', { token: 's3cr3t-t0ken-of-ci' });
  for (const KUBECONFIG of [yaml, Buffer.from(yaml).toString('base64'), JSON.stringify(parse(yaml))]) {
    const told: string[] = [];
    const { reason, message } = await fault({ env: { KUBECONFIG }, onSecret: (secret) => told.push(secret) });
    expect(reason).toBe('invalid-input');
    expect(message).toBe(
      '$KUBECONFIG is not the path of a file, but the text of a kubeconfig: give it as the input "kubeconfig" of the Action, or write it to a file and name that one. It is not shown here.',
    );
    expect(told).toContain('s3cr3t-t0ken-of-ci');
  }
});

test('UTF-16 with a byte order mark, as PowerShell writes it', () => {
  const yaml = at('https://wide');
  const little = Buffer.from(`\ufeff${yaml}`, 'utf16le');
  const big = Buffer.from(little).swap16();
  for (const bytes of [little, big]) {
    const path = join(folder, 'wide');
    writeFileSync(path, bytes);
    expect(find({ env: { KUBECONFIG: path } }).server).toBe('https://wide');
    expect(find({ kubeconfig: bytes.toString('base64') }).server).toBe('https://wide');
  }
});

test('~ is nothing but a letter to whoever is no shell', async () => {
  const { message } = await fault({ env: { KUBECONFIG: '~/.kube/config' } });
  expect(message).toContain('names no file that exists. Mend or unset it. Only a shell replaces ~');
  const given = await fault({ kubeconfigPath: '~/.kube/config' });
  expect(given.message).toContain('ENOENT). Only a shell replaces ~');
  expect((await fault({ kubeconfigPath: folder })).message).toContain('it is a folder');
});

test.each([
  ['eyJhbGciOi\nJSUzI1NiJ9', 'whose token has a blank or a line break in it'],
  ['Bearer eyJhbGciOiJSUzI1NiJ9', 'has "Bearer" in front'],
])('a token that was cut or decorated: %j', async (token, words) => {
  const { message } = await fault({ kubeconfig: at('https://x', { user: { token } }) });
  expect(message).toContain(words);
  expect(message).not.toContain('JSUzI1NiJ9');
});

test('a client certificate without its key is no anonymous user', async () => {
  const user = { 'client-certificate-data': Buffer.from('PEM').toString('base64') };
  const { message } = await fault({ kubeconfig: at('https://x', { user }) });
  expect(message).toContain('has a user "someone" with a client certificate and without its key');
});
