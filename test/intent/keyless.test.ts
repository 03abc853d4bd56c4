import { describe, expect, test } from 'vitest';
import {
  parseCertificateAuthority,
  parseId,
  parseIssuer,
  parseNames,
  parsePart,
  parseRefs,
  parseServer,
} from '../../src/intent/keyless.ts';
import { authority } from '../support/api-server/certificates.ts';

const PEM = authority('one').cert;
const OTHER = authority('two').cert;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

test.each([
  ['https://k8s.example:6443', 'https://k8s.example:6443'],
  [' https://K8S.Example:443/ ', 'https://k8s.example'],
  ['HTTPS://10.0.0.1:6443/', 'https://10.0.0.1:6443'],
  ['https://[::1]:6443', 'https://[::1]:6443'],
  ['https://rancher.example/k8s/clusters/c-1/', 'https://rancher.example/k8s/clusters/c-1'],
])('server %s is understood', (given, value) => {
  expect(parseServer(given)).toEqual({ ok: true, value });
});

test.each([
  ['k8s.example:6443', 'it does not begin with https://'],
  ['ftp://k8s.example', 'it does not begin with https://'],
  ['https://', 'it is no URL'],
  ['http://k8s.example:6443', 'it is http: everybody on the way could read the token'],
  ['https://ci:t0ken@k8s.example', 'it has credentials in it'],
  ['https://k8s.example?x=1', 'it has something behind its path (? or #)'],
])('server %s is refused', (given, problem) => {
  expect(parseServer(given)).toEqual({ ok: false, problems: [problem] });
});

describe('certificate-authority', () => {
  const pem = (text: string) => ({ ok: true, value: { kind: 'pem', pem: text } });
  const refused = (problem: string) => ({ ok: false, problems: [problem] });
  const key = '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n';

  test.each([
    ['PEM', PEM, pem(PEM)],
    ['with blanks around it', `\n  ${PEM}\n\n`, pem(PEM)],
    ['with comments and another one', `# one\n${PEM}# two\n${OTHER}`, pem(`${PEM.trimEnd()}\n${OTHER}`)],
    ['base64', base64(PEM), pem(PEM)],
    ['base64 in lines', base64(PEM).replaceAll(/.{64}/g, '$&\n'), pem(PEM)],
    ['a path', ' deploy/ca.crt ', { ok: true, value: { kind: 'file', path: 'deploy/ca.crt' } }],
    ['a private key', key, refused('it is a private key')],
    ['a private key in base64', base64(key), refused('it is a private key')],
    ['cut off', PEM.slice(0, 200), refused('it is cut off within a certificate')],
    ['cut off in base64', base64(PEM).slice(0, 300), refused('it is cut off within a certificate')],
    ['broken', PEM.replace(/\n.{10}/, '\nAAAAAAAAAA'), refused('certificate 1 of 1 in it is broken')],
    ['something long', 'x'.repeat(300), refused('there is no certificate in PEM in it')],
  ])('%s', (_what, given, expected) => {
    expect(parseCertificateAuthority(given)).toEqual(expected);
  });
});

test.each([
  [parseId, ' 123456 ', '123456'],
  [parseNames, 'production\n canary eu \nproduction', ['production', 'canary eu']],
  [parseRefs, 'refs/heads/main\r\nrefs/tags/v1', ['refs/heads/main', 'refs/tags/v1']],
  [
    parseIssuer,
    'https://token.actions.githubusercontent.com/octo',
    'https://token.actions.githubusercontent.com/octo',
  ],
  [parsePart, 'authorization', 'authorization'],
] as const)('%o of %s', (parse, given, value) => {
  expect(parse(given)).toEqual({ ok: true, value });
});

test.each([
  [parseId, 'shop/api', /^it is the name: `gh api/],
  [parseId, '0', /^it is not a number/],
  [parseNames, 'pro\u200bduction', /^it has a character in it that is not seen/],
  [parseRefs, 'main', /^"main" does not begin with refs\/: did you mean refs\/heads\/main\?/],
  [parseIssuer, 'http://github.example', /^it is no https URL/],
  [parseIssuer, 'https://a:b@github.example', /credentials/],
  [parseIssuer, 'https://github.example#x', /behind its path/],
  [parsePart, 'role', /^it is neither/],
] as const)('%o of %s is refused', (parse, given, problem) => {
  const parsed = parse(given);
  expect(parsed.ok ? '' : parsed.problems.join()).toMatch(problem);
});
