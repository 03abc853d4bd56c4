import { parseMembers, type MemberSyntax } from './members.ts';
import type { Parsed } from './parsed.ts';
import { literally } from './regex.ts';

/** @see https://www.rfc-editor.org/rfc/rfc6265#section-4.2 */
export const COOKIE_SYNTAX: MemberSyntax = {
  header: 'cookie',
  noun: 'cookie',
  plural: 'cookies',
  ends: [';'],
  valueProblem: (value) => (value.includes(';') ? 'the value of a cookie has no ";" in it' : undefined),
  written: literally,
  encoded: (text) => text,
  // In front only a `;` may stand, else `xcanary=always` would do for `canary=always`.
  within: (name, value) => `^(?:.*; *)?${name}=${value} *(?:;.*)?$`,
};

/**
 * Cookies to match, one a line, each as a regex on the whole `cookie` header that finds it among others.
 *
 * @example parseCookies('canary=always') // ['^(?:.*; *)?canary=always *(?:;.*)?$']
 */
export function parseCookies(text: string): Parsed<readonly string[]> {
  return parseMembers(text, COOKIE_SYNTAX);
}
