import { X509Certificate } from 'node:crypto';
import { bad, good, quote, type Parsed } from './parsed.ts';
import type { CertificateAuthority, KeylessPart } from './types.ts';

/**
 * The URL of an API server, in one spelling: it is the audience of the tokens, too, unless another one is given.
 *
 * @example parseServer('https://K8S.example:6443/') // 'https://k8s.example:6443'
 */
export function parseServer(given: string): Parsed<string> {
  const text = given.trim();
  const url = URL.parse(text);
  if (!/^https?:\/\//i.test(text)) return bad('it does not begin with https://');
  if (url === null) return bad('it is no URL');
  if (url.protocol === 'http:') return bad('it is http: everybody on the way could read the token');
  if (url.username + url.password !== '') return bad('it has credentials in it');
  if (url.search + url.hash !== '') return bad('it has something behind its path (? or #)');
  return good(`https://${url.host}${url.pathname.replace(/\/+$/, '')}`);
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const PATH_AT_MOST = 255;

/**
 * The certificate authority of a server: PEM, its base64 (as a kubeconfig has it), or the path of a file with either.
 * A file is not read here.
 */
export function parseCertificateAuthority(given: string): Parsed<CertificateAuthority> {
  const text = given.trim();
  const isPath = !/[\r\n]/.test(text) && text.length <= PATH_AT_MOST && !/^LS0tLS1CRUdJ/.test(text);
  if (isPath && !text.includes('-----BEGIN')) return good({ kind: 'file', path: text });
  const pem = certificatesIn(text);
  return pem.ok ? good({ kind: 'pem', pem: pem.value }) : pem;
}

/**
 * The certificates of a text, PEM or its base64, and nothing else of it.
 *
 * @example certificatesIn('LS0tLS1CRUdJTiBD…') // { ok: true, value: '-----BEGIN CERTIFICATE-----…' }
 */
export function certificatesIn(text: string): Parsed<string> {
  const plain = text.includes('-----BEGIN') ? text : Buffer.from(text, 'base64').toString('utf8');
  const found = plain.match(PEM) ?? [];
  const begun = plain.match(/-----BEGIN CERTIFICATE-----/g) ?? [];
  if (begun.length === 0)
    return bad(
      plain.includes('PRIVATE KEY-----') ? 'it is a private key' : 'there is no certificate in PEM in it',
    );
  if (found.length < begun.length) return bad('it is cut off within a certificate');
  const broken = found.findIndex((one) => !isCertificate(one));
  if (broken >= 0) return bad(`certificate ${broken + 1} of ${found.length} in it is broken`);
  return good(`${found.join('\n')}\n`);
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

/** The number that GitHub has for a repository or its owner: names may change hands, numbers don't. */
export function parseId(given: string): Parsed<string> {
  const text = given.trim();
  if (/^[1-9]\d{0,18}$/.test(text)) return good(text);
  return bad(
    text.includes('/')
      ? 'it is the name: `gh api repos/OWNER/NAME --jq .id` prints the number'
      : 'it is not a number in plain digits',
  );
}

/** Names of environments, one a line. */
export function parseNames(given: string): Parsed<readonly string[]> {
  const lines = distinctLines(given);
  return lines.some((line) => /[\p{Cc}\p{Cf}]/u.test(line))
    ? bad('it has a character in it that is not seen')
    : good(lines);
}

/** Refs as GitHub's tokens name them. */
export function parseRefs(given: string): Parsed<readonly string[]> {
  const lines = distinctLines(given);
  const wrong = lines.filter((line) => !/^refs\/[^\s\p{Cc}\p{Cf}]+$/u.test(line));
  if (wrong.length === 0) return good(lines);
  return bad(
    ...wrong.map((line) => `${quote(line)} does not begin with refs/: did you mean refs/heads/${line}?`),
  );
}

/** The issuer of tokens, as their claim `iss` has it: to the letter, a slash at its end as well. */
export function parseIssuer(given: string): Parsed<string> {
  const text = given.trim();
  const url = URL.parse(text);
  if (url?.protocol !== 'https:') return bad('it is no https URL');
  if (url.username + url.password !== '') return bad('it has credentials in it');
  return url.search + url.hash === '' ? good(text) : bad('it has something behind its path (? or #)');
}

export function parsePart(given: string): Parsed<KeylessPart> {
  const text = given.trim();
  if (text === 'authentication' || text === 'authorization') return good(text);
  return bad('it is neither authentication nor authorization');
}

function distinctLines(text: string): readonly string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== ''))];
}
