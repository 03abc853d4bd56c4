/** What a token says, read without looking at its signature: that is for whoever accepts the token. */
import { field, isObject, parseJson, type JsonObject } from '../../base/json.ts';

/** The claims of a JWT; undefined where it is none. */
export function claimsOf(token: string): JsonObject | undefined {
  const claims = parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  return isObject(claims) ? claims : undefined;
}

/** A moment of a JWT (`exp`, `iat`, `nbf`) in milliseconds since 1970; undefined where it doesn't say. */
export function momentIn(claims: JsonObject | undefined, name: 'exp' | 'iat' | 'nbf'): number | undefined {
  const seconds = field(claims, name);
  return typeof seconds === 'number' ? seconds * 1000 : undefined;
}

/** When a JWT expires, in milliseconds since 1970; undefined where it doesn't say, or is no JWT. */
export function expiryOf(token: string): number | undefined {
  return momentIn(claimsOf(token), 'exp');
}
