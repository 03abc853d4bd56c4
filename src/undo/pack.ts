import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Json } from '../base/json.ts';

/** Characters up to which a value stays readable: kubectl shows it, and nobody reads more than that. */
const PLAIN = 2048;

/** Bytes of what was packed: what claims to be more was not written by istiops. */
export const LARGEST = 16 * 1024 * 1024;

/**
 * A value as JSON: itself where it is small, else deflated, in base64url. Names and routes repeat in what reverts a
 * change, so that the previews of 2,000 base routes need 80 KB in place of 700.
 */
export function packed(value: unknown): Json {
  const text = JSON.stringify(value);
  if (text.length <= PLAIN) return JSON.parse(text) as Json;
  return deflateRawSync(text, { level: 6 }).toString('base64url');
}

/**
 * @param room bytes that may come out of it
 * @returns the value, and the bytes that came out of it
 * @throws Error where it can't be unpacked, or is larger
 */
export function unpacked(
  value: unknown,
  room = LARGEST,
): { readonly value: unknown; readonly bytes: number } {
  if (typeof value !== 'string') return { value, bytes: 0 };
  const text = inflateRawSync(Buffer.from(value, 'base64url'), { maxOutputLength: Math.max(1, room) });
  return { value: JSON.parse(text.toString()), bytes: text.length };
}
