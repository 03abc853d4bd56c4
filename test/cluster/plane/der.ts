/**
 * As much of DER (X.690) as an X.509 certificate needs. Node reads certificates but does not write them, and the
 * openssl command of today's distributions cannot date one into the past, which an expired certificate needs.
 */

const TAG = { integer: 2, bits: 3, octets: 4, oid: 6, utf8: 12, sequence: 48, set: 49 } as const;

export function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 128) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

export const sequence = (...parts: readonly Buffer[]): Buffer => tagged(TAG.sequence, ...parts);
export const set = (...parts: readonly Buffer[]): Buffer => tagged(TAG.set, ...parts);
export const octets = (bytes: Buffer): Buffer => tagged(TAG.octets, bytes);
export const bits = (bytes: Buffer, unused = 0): Buffer => tagged(TAG.bits, Buffer.from([unused]), bytes);
export const utf8 = (text: string): Buffer => tagged(TAG.utf8, Buffer.from(text));
export const boolean = (value: boolean): Buffer => tagged(1, Buffer.from([value ? 255 : 0]));

/** A positive integer: a leading bit of 1 would make it a negative one. */
export function integer(bytes: Buffer): Buffer {
  return tagged(TAG.integer, (bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 127];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 127) | 128);
    bytes.push(...groups);
  }
  return tagged(TAG.oid, Buffer.from(bytes));
}

/** GeneralizedTime everywhere but before 2050, where RFC 5280 (4.1.2.5) wants UTCTime. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\.\d+/, '').replace(/[-:T]/g, '');
  return date.getUTCFullYear() < 2050
    ? tagged(23, Buffer.from(digits.slice(2)))
    : tagged(24, Buffer.from(digits));
}
