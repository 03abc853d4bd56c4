import type { StringMatch } from '../istio/types.ts';
import { isToken, numberedLines } from './match-line.ts';
import { all, withPlace, bad, good, quote, type Parsed } from './parsed.ts';
import { regexProblem } from './regex.ts';

/** The real address that is asked after a change, and what it must answer. */
export interface Probe {
  readonly url: string;
  /** By name, in lower case; those of the preview included. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names of the headers whose values are secret. */
  readonly secretHeaders: readonly string[];
  /** All must hold; where none is about the status, it must be 2xx besides. */
  readonly expect: readonly ProbeExpectation[];
  /** Good answers in a row. */
  readonly count: number;
  /** Milliseconds for all of them. */
  readonly timeout: number;
}

export type ProbeExpectation = {
  /** As given, for messages: `header x-build=10`. */
  readonly text: string;
  readonly match: StringMatch;
} & ({ readonly on: 'status' | 'body' } | { readonly on: 'header'; readonly name: string });

/** An address to ask, as it is written down: a password in it would end up in every log. */
export function parseProbeUrl(given: string): Parsed<string> {
  const text = given.trim();
  if (!URL.canParse(text)) return bad('it is no URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return bad('it is neither https nor http');
  if (url.username !== '' || url.password !== '')
    return bad('it has a user or password in it: these go into `probe-headers`, as authorization');
  return good(url.href);
}

/**
 * Headers of a request, `name: value` or `name=value`, one on a line. What is wrong with one is said without its
 * value.
 */
export function parseProbeHeaders(text: string): Parsed<Readonly<Record<string, string>>> {
  const entries = all(
    numberedLines(text).map(({ line, number }) => withPlace(`line ${number}`, parseHeaderLine(line))),
  );
  if (!entries.ok) return entries;
  const names = entries.value.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return bad(`the header ${quote(twice)} is there twice`);
  return good(Object.fromEntries(entries.value));
}

/** The client sets these itself, and they make no sense for a GET. */
const FRAMING = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
  'expect',
  'te',
  'trailer',
]);

function parseHeaderLine(line: string): Parsed<readonly [string, string]> {
  const [, given = '', value = ''] = /^([^:=]*)[:=](.*)$/.exec(line) ?? [];
  const name = given.trim().toLowerCase();
  if (!isToken(name)) return bad('it is no "name: value"');
  if (FRAMING.has(name)) return bad(`the header ${quote(name)} is not yours to set`);
  const text = value.trim();
  if (text === '')
    return bad(`the header ${quote(name)} has no value (a variable or secret that is not set?)`);
  if (/\p{Cc}/u.test(text))
    return bad(`the value of the header ${quote(name)} has a control character in it`);
  return good([name, text]);
}

/**
 * What an answer must be: `status`, `header NAME` or `body`, then `=`, `^=` or `~=` and the rest of the line; one on a
 * line, all must hold. A header's name alone: it is there.
 *
 * @example parseProbeExpect('status=200\nheader x-build~=1\\d') // [{ on: 'status', … }, { on: 'header', … }]
 */
export function parseProbeExpect(text: string): Parsed<readonly ProbeExpectation[]> {
  return all(
    numberedLines(text).map(({ line, number }) => withPlace(`line ${number}`, parseExpectation(line))),
  );
}

function parseExpectation(line: string): Parsed<ProbeExpectation> {
  const [, what = '', operator, value = ''] = /^(.*?)\s*(?:(\^=|~=|=)\s*(.*))?$/.exec(line) ?? [];
  const [on = '', name, ...more] = what.split(/\s+/);
  if (operator !== undefined && value === '') return bad(`${quote(what)} has no value`);
  if (on === 'header' && name !== undefined && more.length === 0) {
    if (!isToken(name)) return bad(`${quote(name)} can't be the name of a header`);
    const match = matchOf(operator, value);
    return match.ok ? good({ on, name: name.toLowerCase(), match: match.value, text: line }) : match;
  }
  if ((on === 'status' || on === 'body') && name === undefined) {
    if (operator === undefined)
      return bad(`${on} needs a value: ${on === 'status' ? 'status=200' : 'body~=ok'}`);
    const match = matchOf(operator, value);
    if (!match.ok) return match;
    const isNone = on === 'status' && operator !== '~=' && !/^[1-5]\d{0,2}$/.test(value);
    const isShort = on === 'status' && operator === '=' && value.length !== 3;
    if (isNone || isShort) return bad(`${quote(value)} is no status: it has three digits`);
    return good({ on, match: match.value, text: line });
  }
  return bad(`${quote(line)} begins with none of status, header NAME and body`);
}

function matchOf(operator: string | undefined, value: string): Parsed<StringMatch> {
  switch (operator) {
    case '=':
      return good({ exact: value });
    case '^=':
      return good({ prefix: value });
    case '~=': {
      const problem = regexProblem(value);
      return problem === undefined ? good({ regex: value }) : bad(problem);
    }
    default:
      return good({});
  }
}

/** How many good answers in a row. */
export function parseProbeCount(given: string): Parsed<number> {
  const text = given.trim();
  const count = Number(text);
  return /^\d{1,4}$/.test(text) && count >= 1 && count <= 1000
    ? good(count)
    : bad('it is not a whole number from 1 to 1000');
}
