import { kubeconfigYaml } from '../../src/net/credential-text.ts';
import { expect, test } from 'vitest';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { createRedactor } from '../../src/base/redactor.ts';
import {
  formsOf as formsWithKinds,
  redactOpaque,
  secretsIn as secretsWithin,
  secretsOf as secretsWithKinds,
} from '../../src/net/secrets.ts';

/** The texts alone. */
const secretsOf = (text: string) => secretsWithKinds(text).map(({ text }) => text);
const secretsIn = (part: unknown) => secretsWithin(part).map(({ text }) => text);
const formsOf = (secret: string) => formsWithKinds(secret).map(({ text }) => text);

const base64 = (text: string) => Buffer.from(text).toString('base64');

const KEY = `-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\nshortline\n-----END PRIVATE KEY-----\n`;

const config = stringify({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [
    {
      name: 'prod',
      cluster: {
        server: 'https://k8s.corp:6443',
        'certificate-authority-data': base64(
          '-----BEGIN CERTIFICATE-----\npublicAuthority\n-----END CERTIFICATE-----\n',
        ),
        'proxy-url': 'http://proxyuser:pr0xy%21pass@proxy:3128',
      },
    },
  ],
  users: [
    { name: 'token-user', user: { token: 's3cr3t-t0ken' } },
    { name: 'number', user: { token: 12345678 } },
    { name: 'basic', user: { username: 'admin', password: 'pa55' } },
    {
      name: 'cert',
      user: { 'client-certificate-data': base64('cert of mine'), 'client-key-data': base64(KEY) },
    },
    {
      name: 'oidc',
      user: {
        'auth-provider': {
          name: 'oidc',
          config: {
            'client-id': 'clientid1',
            'client-secret': 'cl1ent',
            'id-token': 'a.b1.c',
            'refresh-token': 'refr3sh',
          },
        },
      },
    },
    {
      name: 'exec',
      user: {
        exec: {
          command: 'aws',
          args: [
            'get-token',
            '--client-secret',
            'fl4g',
            '--token=inl1ne',
            'AKIA0123456789ABCDEFxyz',
            '--region',
            'eu-west-1',
          ],
          env: [
            { name: 'AWS_PROFILE', value: 'default' },
            { name: 'VAULT_TOKEN', value: 'v4ult' },
            { name: 'SESSION', value: 'sess10n-value' },
            { name: 'EMPTY' },
          ],
        },
      },
    },
  ],
  contexts: [{ name: 'prod', context: { cluster: 'prod', user: 'token-user', namespace: 'shop' } }],
  'current-context': 'prod',
});

const secret = [
  's3cr3t-t0ken',
  '12345678',
  'pa55',
  base64(KEY),
  KEY,
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg',
  'shortline',
  'cert of mine',
  'cl1ent',
  'a.b1.c',
  'refr3sh',
  'fl4g',
  'inl1ne',
  'AKIA0123456789ABCDEFxyz',
  'v4ult',
  'sess10n-value',
  'pr0xy%21pass',
  'pr0xy!pass',
];

test.each(secret)('%j is a secret', (value) => {
  const found = secretsOf(config);
  expect(found).toContain(value);
  // The lines of a key are never alone, so they have no base64 of their own.
  if (!KEY.includes(value)) expect(found).toContain(base64(value));
});

test('the whole of it is one, raw and in base64', () => {
  expect(secretsOf(config)).toEqual(expect.arrayContaining([config, base64(config)]));
});

test('what everybody may know is none', () => {
  const found = secretsOf(config);
  for (const word of [
    'v1',
    'Config',
    'prod',
    'https://k8s.corp:6443',
    'admin',
    'default',
    'aws',
    'publicAuthority',
    'eu-west-1',
    'shop',
    'clientid1',
    '-----BEGIN PRIVATE KEY-----',
    'undefined',
    'token-user',
  ]) {
    expect(found).not.toContain(word);
  }
});

test('given as base64, wrapped or not, it has the same secrets, and every line of it', () => {
  const wrapped = (base64(config).match(/.{1,76}/g) ?? []).join('\n');
  for (const text of [base64(config), wrapped, `${wrapped}\n`]) {
    const found = secretsOf(text);
    expect(found).toEqual(expect.arrayContaining([...secret, text, base64(config), config]));
    expect(kubeconfigYaml(text)).toBe(config);
  }
  expect(secretsOf(wrapped)).toContain(wrapped.split('\n')[3]);
});

test('of a broken one, what looks like a credential', () => {
  const found = secretsOf(
    'users: [\n  token: s3cr3t-t0ken\n\tpassword: "pa55w0rd", x: eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ\n',
  );
  expect(found).toEqual(
    expect.arrayContaining(['s3cr3t-t0ken', 'pa55w0rd', 'eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ']),
  );
});

test('longest first, so that no secret is left in halves', () => {
  const found = secretsOf(config);
  expect(found.map((one) => one.length)).toEqual(found.map((one) => one.length).sort((a, b) => b - a));
});

test('any text: no throw, and after redaction nothing of a token is left', () => {
  fc.assert(
    fc.property(fc.string(), fc.stringMatching(/^[A-Za-z0-9._-]{8,40}$/), (noise, token) => {
      secretsOf(noise);
      const text = stringify({ users: [{ name: 'a', user: { token } }] });
      const { learn, redact } = createRedactor();
      for (const secret of secretsWithKinds(text)) learn(secret.text, secret.kind);
      expect(redact(`${noise} ${token} ${base64(token)}`)).not.toContain(token);
    }),
    { numRuns: 500 },
  );
});

test('a part of a kubeconfig, and one credential by itself', () => {
  expect(secretsIn({ config: { 'id-token': 'new-t0ken', 'idp-issuer-url': 'https://idp' } })).toEqual([
    'new-t0ken',
    base64('new-t0ken'),
  ]);
  expect(formsOf(' t0ken\n')).toEqual(expect.arrayContaining(['t0ken', ' t0ken\n', base64('t0ken')]));
  expect(formsOf('ab')).toEqual([]);
});

test('words of another program keep names and paths, and lose what may be a credential', () => {
  expect(
    redactOpaque(
      'Error loading SSO Token: /root/.aws/sso/cache/0123456789abcdef.json missing for https://sso.eu-west-1.amazonaws.com',
    ),
  ).toContain('.json missing');
  expect(redactOpaque('got eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.abc, denied')).toBe('got ***, denied');
});
