import { X509Certificate } from 'node:crypto';
import { bad, good, type Parsed } from './parsed.ts';
import type { CertificateAuthority } from './types.ts';

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
