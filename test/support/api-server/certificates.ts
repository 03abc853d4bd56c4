/**
 * X.509 certificates made on the spot: a real TLS server needs one, Node makes keys but no certificates, and one
 * that is kept in the repository expires, or looks like a leaked key to a scanner.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1
 */
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends Certificate {
  readonly issue: (subject: Subject) => Certificate;
}

export interface Subject {
  readonly commonName: string;
  /** Kubernetes reads the groups of a client certificate's user from here. */
  readonly organization?: string;
  readonly from?: Date;
  readonly to?: Date;
}

const YEAR = 365 * 24 * 3_600_000;

/** An authority of its own, to be trusted or not. */
export function authority(commonName = 'test authority'): Authority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = { commonName };
  const make = (subject: Subject, publicKey: KeyObject, ca: boolean) =>
    pem('CERTIFICATE', certificate(subject, publicKey, issuer, keys.privateKey, ca));
  return {
    cert: make(issuer, keys.publicKey, true),
    key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    issue(subject) {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return {
        cert: make(subject, own.publicKey, false),
        key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}

function certificate(
  subject: Subject,
  key: KeyObject,
  issuer: Subject,
  signer: KeyObject,
  ca: boolean,
): Buffer {
  const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([0x01]), randomBytes(15)])),
    ecdsaWithSha256,
    name(issuer),
    sequence(
      time(subject.from ?? new Date(Date.now() - YEAR)),
      time(subject.to ?? new Date(Date.now() + YEAR)),
    ),
    name(subject),
    key.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions(ca))),
  );
  return sequence(body, ecdsaWithSha256, tagged(0x03, Buffer.from([0]), sign('sha256', body, signer)));
}

function extensions(ca: boolean): Buffer[] {
  const yes = tagged(0x01, Buffer.from([0xff]));
  if (ca) return [sequence(oid('2.5.29.19'), yes, tagged(0x04, sequence(yes)))];
  const names = sequence(tagged(0x82, Buffer.from('localhost')), tagged(0x87, Buffer.from([127, 0, 0, 1])));
  return [sequence(oid('2.5.29.17'), tagged(0x04, names))];
}

function name({ commonName, organization }: Subject): Buffer {
  const part = (id: string, text: string) => tagged(0x31, sequence(oid(id), tagged(0x0c, Buffer.from(text))));
  return sequence(
    ...(organization === undefined ? [] : [part('2.5.4.10', organization)]),
    part('2.5.4.3', commonName),
  );
}

function time(date: Date): Buffer {
  const text = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  return tagged(0x18, Buffer.from(text));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((value) => {
    const groups = [value & 0x7f];
    for (let left = value >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return tagged(0x06, Buffer.from(bytes));
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const long =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...long]), content]);
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
