import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { bits, boolean, integer, octets, oid, sequence, set, tagged, time, utf8 } from './der.ts';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PEM, PKCS#8. */
  readonly key: string;
}

export interface Subject {
  /** Kubernetes takes the common name for the user and each organization for a group. */
  readonly name: string;
  readonly groups?: readonly string[];
  /** DNS names and IPv4 addresses, for a server. */
  readonly hosts?: readonly string[];
  readonly from?: Date;
  readonly until?: Date;
}

const HOUR = 3_600_000;
const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));

export function authority(name: string): Certificate {
  return make({ name }, undefined);
}

export function issue(ca: Certificate, subject: Subject): Certificate {
  return make(subject, { ca, issuer: nameOf(ca.cert) });
}

/** The issuer's name must be the authority's subject byte for byte, so it is remembered rather than parsed back. */
const NAMES = new Map<string, Buffer>();

function nameOf(cert: string): Buffer {
  const name = NAMES.get(cert);
  if (name === undefined) throw new Error('Only an authority made here can issue.');
  return name;
}

function make(
  subject: Subject,
  by: { readonly ca: Certificate; readonly issuer: Buffer } | undefined,
): Certificate {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const groups = (subject.groups ?? []).map((group) => set(sequence(oid('2.5.4.10'), utf8(group))));
  const name = sequence(...groups, set(sequence(oid('2.5.4.3'), utf8(subject.name))));
  const from = subject.from ?? new Date(Date.now() - HOUR);
  const until = subject.until ?? new Date(Date.now() + 48 * HOUR);
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ECDSA_SHA256,
    by?.issuer ?? name,
    sequence(time(from), time(until)),
    name,
    pair.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(
      0xa3,
      sequence(...(by === undefined ? authorityExtensions() : leafExtensions(subject.hosts ?? []))),
    ),
  );
  const signature = sign('sha256', body, by === undefined ? pair.privateKey : createPrivateKey(by.ca.key));
  const cert = pem(sequence(body, ECDSA_SHA256, bits(signature)));
  if (by === undefined) NAMES.set(cert, name);
  return { cert, key };
}

function authorityExtensions(): readonly Buffer[] {
  const certSign = bits(Buffer.from([0b0000_0110]), 1);
  return [extension('2.5.29.19', sequence(boolean(true)), true), extension('2.5.29.15', certSign, true)];
}

function leafExtensions(hosts: readonly string[]): readonly Buffer[] {
  const usage = extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2')));
  const names = hosts.map((host) =>
    isIPv4(host) ? tagged(0x87, Buffer.from(host.split('.').map(Number))) : tagged(0x82, Buffer.from(host)),
  );
  return names.length === 0 ? [usage] : [usage, extension('2.5.29.17', sequence(...names))];
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
