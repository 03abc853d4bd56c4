import { parseMembers, type MemberSyntax } from './members.ts';
import type { Parsed } from './parsed.ts';
import { literally } from './regex.ts';

/** Characters that no encoder has a reason to write as `%XX`. */
const NEVER_ENCODED = /^[A-Za-z0-9._~-]$/;

/** What a value has in it as it is: visible ASCII without quote, comma, semicolon, backslash and percent sign. */
const MAY_STAND = /^[!#$&-+\--:<-[\]-~]$/;

/** Spaces and tabs that may stand around names, values, `=`, `,` and `;`. */
const OWS = '[ \\t]*';

/**
 * The W3C header `baggage`: `preview=pr-10;property=x, user=mia`. What a value can't have in it as it is stands there
 * as the `%XX` of its UTF-8 bytes, and any other character may.
 *
 * Several `baggage` lines of a request are one list. Envoy joins them with a comma before it compares.
 *
 * @see https://www.w3.org/TR/baggage/#baggage-http-header-format
 * @see https://github.com/envoyproxy/envoy/blob/main/source/common/http/header_utility.cc getAllOfHeaderAsString
 */
export const BAGGAGE_SYNTAX: MemberSyntax = {
  header: 'baggage',
  noun: 'baggage member',
  plural: 'baggage members',
  ends: [',', ';'],
  valueProblem: (value) => {
    const [encoded] = /%[0-9A-Fa-f]{2}/.exec(value) ?? [];
    return encoded === undefined
      ? undefined
      : `${encoded} can be read in more than one way: write the value as applications see it, decoded, or use ~= with a regex of what is sent`;
  },
  written: (text) => Array.from(text, writtenCharacter).join(''),
  encoded: (text) =>
    Array.from(text, (character) => (MAY_STAND.test(character) ? character : percentEncoded(character))).join(
      '',
    ),
  within: (name, value) => `^(?:.*,)?${OWS}${name}${OWS}=${OWS}${value}${OWS}(?:[,;].*)?$`,
};

/**
 * Baggage members to match, one a line, each as a regex on the whole `baggage` header that finds it among others.
 * Values are given decoded.
 *
 * @example parseBaggage('preview=pr-10') // ['^(?:.*,)?[ \\t]*preview[ \\t]*=[ \\t]*pr-10[ \\t]*(?:[,;].*)?$']
 */
export function parseBaggage(text: string): Parsed<readonly string[]> {
  return parseMembers(text, BAGGAGE_SYNTAX);
}

function writtenCharacter(character: string): string {
  if (NEVER_ENCODED.test(character)) return literally(character);
  const encoded = percentEncoded(character).replaceAll(
    /[A-F]/g,
    (digit) => `[${digit}${digit.toLowerCase()}]`,
  );
  return MAY_STAND.test(character) ? `(?:${literally(character)}|${encoded})` : encoded;
}

function percentEncoded(character: string): string {
  return Array.from(
    new TextEncoder().encode(character),
    (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}
