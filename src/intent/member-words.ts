import { BAGGAGE_SYNTAX } from './baggage.ts';
import { COOKIE_SYNTAX } from './cookies.ts';
import { literally } from './regex.ts';

/** Stand in for a name and a value, to find out what stands around them. */
const [NAME, VALUE] = ['\u0001', '\u0002'];

const SYNTAXES = [COOKIE_SYNTAX, BAGGAGE_SYNTAX].map(({ header, within }) => {
  const [before = '', between = '', after = ''] = within(NAME, VALUE).split(/[\u0001\u0002]/);
  return {
    header,
    between,
    pattern: new RegExp(`^${[before, after].map(literally).join('(.+)')}$`),
  };
});

/**
 * A regex that `parseCookies` or `parseBaggage` made, in words: only its middle says anything to a person.
 *
 * @param header the header that the regex is for, in small letters
 * @returns undefined where it is another regex
 * @example memberWords('cookie', '^(?:.*; *)?canary=always *(?:;.*)?$') // 'cookie canary=always'
 */
export function memberWords(header: string, regex: string): string | undefined {
  const syntax = SYNTAXES.find((one) => one.header === header);
  const middle = syntax?.pattern.exec(regex)?.[1];
  return syntax && middle && `${header} ${middle.replace(syntax.between, '=')}`;
}
