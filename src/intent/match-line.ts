import { bad, good, quote, type Parsed } from './parsed.ts';

/** `name`, `name=value`, `name^=value` or `name~=value`, as it stands between commas. */
export interface MatchItem {
  readonly name: string;
  readonly operator: '=' | '^=' | '~=' | 'present';
  /** Without the quotes; empty for `present`. */
  readonly value: string;
  /** `name=""` matches an empty value, `name=` is a variable that was never set. */
  readonly quoted: boolean;
}

const NAME = /[ \t]*((?:(?![\^~]?=)[^,])*)/y;
const OPERATOR = /(\^=|~=|=)[ \t]*/y;
const QUOTED = /"((?:\\["\\]|\\(?!["\\])|[^"\\])*)"[ \t]*/y;
const PLAIN = /[^,]*/y;

/**
 * The grammar of headers and cookies: items joined by commas. The first operator splits; a value that starts with
 * `"` runs to the closing `"` (inside, `\"` and `\\`; any other backslash is itself), else to the next comma.
 *
 * @example splitMatchLine('x-cid^=seu_, x-env="a,b"')
 */
export function splitMatchLine(line: string): Parsed<readonly MatchItem[]> {
  const items: MatchItem[] = [];
  let at = 0;
  const read = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(line);
    if (found !== null) at += found[0].length;
    return found;
  };
  for (;;) {
    const name = (read(NAME)?.[1] ?? '').trim();
    const operator = read(OPERATOR)?.[1];
    if (name === '') {
      return bad(
        operator === undefined
          ? 'there is a comma with nothing before or after it (a variable that is not set?)'
          : `there is no name before ${operator}`,
      );
    }
    if (operator !== '=' && operator !== '^=' && operator !== '~=') {
      items.push({ name, operator: 'present', value: '', quoted: false });
    } else if (line[at] === '"') {
      const text = read(QUOTED)?.[1];
      if (text === undefined)
        return bad(`the quote after ${quote(name + operator)} is not closed on its line`);
      if (at < line.length && line[at] !== ',')
        return bad(`only a comma may follow the closing quote of ${quote(name)}`);
      items.push({ name, operator, value: text.replace(/\\(["\\])/g, '$1'), quoted: true });
    } else {
      items.push({ name, operator, value: (read(PLAIN)?.[0] ?? '').trim(), quoted: false });
    }
    if (at >= line.length) return good(items);
    at += 1;
  }
}

/** What no kind of match can mean: a value that isn't there, or that no request can carry. */
export function itemProblem({ name, operator, value, quoted }: MatchItem): string | undefined {
  if (operator === 'present') return undefined;
  if (value === '' && (!quoted || operator !== '=')) {
    return `${name}${operator} has no value (a variable that is not set? To match any value, write ${name})`;
  }
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value))
    return `the value of ${name} has a control character in it`;
  const [invisible] = INVISIBLE.exec(value) ?? [];
  if (invisible !== undefined)
    return `the value of ${name} has a character in it that nobody sees (U+${invisible.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}), as copied texts have: type the value anew`;
  return undefined;
}

/** Blanks that are none, soft hyphens, characters of no width and of another direction: no client sends them. */
const INVISIBLE = /[\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff]/;

/** The lines of a text with their numbers from 1; blank ones are left out, line ends may be of either kind. */
export function numberedLines(text: string): readonly { readonly line: string; readonly number: number }[] {
  return text
    .split(/\r?\n/)
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== '');
}

/** RFC 9110: what a header's or a cookie's name is made of. */
export function isToken(name: string): boolean {
  return /^[-!#$%&'*+.^_`|~0-9A-Za-z]+$/.test(name);
}
