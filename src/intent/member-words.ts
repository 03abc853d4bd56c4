import { memoized } from '../base/memoized.ts';
import { BAGGAGE_SYNTAX, parseBaggage } from './baggage.ts';
import { COOKIE_SYNTAX, parseCookies } from './cookies.ts';
import type { MemberSyntax } from './members.ts';
import type { Parsed } from './parsed.ts';
import { literally } from './regex.ts';

/** Stand in for a name and a value, to find out what stands around them. */
const [NAME, VALUE] = ['\u0001', '\u0002'];

interface HeaderReader {
  readonly header: string;
  readonly pattern: RegExp;
  /** What matches any value. */
  readonly anything: string;
  readonly parse: (text: string) => Parsed<readonly string[]>;
}

interface MemberHeader {
  readonly syntax: MemberSyntax;
  readonly parse: HeaderReader['parse'];
}

const HEADERS: readonly MemberHeader[] = [
  { syntax: COOKIE_SYNTAX, parse: parseCookies },
  { syntax: BAGGAGE_SYNTAX, parse: parseBaggage },
];

/** Made at the first regex of a header: the package for regexes takes a while to load, and few routes have one. */
const readerOf = memoized(({ syntax: { header, ends, within }, parse }: MemberHeader): HeaderReader => {
  const [before = '', between = '', after = ''] = within(NAME, VALUE).split(/[\u0001\u0002]/);
  const parts = [before, between, after].map(literally);
  return {
    header,
    // A name has none of the characters that its regex begins with.
    pattern: new RegExp(`^${parts[0] ?? ''}(.+?)${parts[1] ?? ''}(.*)${parts[2] ?? ''}$`),
    anything: `[^${ends.join('')}]*`,
    parse,
  };
});

const known = new Map<string, string | undefined>();

/** A long-lived process sees ever new regexes. */
const MOST_KNOWN = 10_000;

/**
 * A regex that `parseCookies` or `parseBaggage` made, in words, as they were given: only its middle says anything to a
 * person.
 *
 * @param header the header that the regex is for, in small letters
 * @returns undefined where it is another regex
 * @example memberWords('cookie', '^(?:.*; *)?canary=always *(?:;.*)?$') // 'cookie canary=always'
 */
export function memberWords(header: string, regex: string): string | undefined {
  const found = HEADERS.find(({ syntax }) => syntax.header === header);
  if (found === undefined) return undefined;
  const key = `${header} ${regex}`;
  if (known.has(key)) return known.get(key);
  const words = wordsByReader(readerOf(found), regex);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, words);
  return words;
}

function wordsByReader(
  { header, pattern, anything, parse }: HeaderReader,
  regex: string,
): string | undefined {
  const [, name, value] = pattern.exec(regex) ?? [];
  if (name === undefined || value === undefined) return undefined;
  const plainName = plain(name);
  const isMadeBy = (line: string): boolean => {
    const parsed = parse(line);
    return parsed.ok && parsed.value.includes(regex);
  };
  const shown = (text: string): string => `${header} ${plainName}${text}`;
  if (value === anything && isMadeBy(plainName)) return shown('');
  const text = plain(value.endsWith(anything) ? value.slice(0, -anything.length) : value);
  const quoted = `"${text.replaceAll(/(["\\])/g, '\\$1')}"`;
  if (isMadeBy(`${plainName}=${quoted}`)) return shown(`=${text}`);
  if (isMadeBy(`${plainName}^=${quoted}`)) return shown(`=${text}…`);
  return shown(`=${value}`);
}

/** The text that a regex is for, if it is for a text alone; what comes of any other regex is held against it. */
function plain(regex: string): string {
  const unwrapped = regex.replaceAll(/\(\?:(\\?.)\|(?:%[\dA-Fa-f[\]]+)+\)/gu, '$1');
  const percent = unwrapped.replaceAll(/\[([A-F])[a-f]\]/g, '$1').replaceAll(/\\(.)/gu, '$1');
  try {
    return decodeURIComponent(percent);
  } catch {
    return percent;
  }
}
