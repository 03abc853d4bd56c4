/**
 * Reads the headers out of a match in words, as `describeMatch` writes it: `uri prefix "/v2" and header x-cid
 * is "a" or header x-cid is "b"`. Quoted values may hold anything, ` and ` and ` or ` too.
 */

import { cookieIn } from '../intent/cookies.ts';

/** `x-cid: a, x-tenant: b or x-cid: c`; null where the match asks for no header, so that nobody is misled. */
export function headersIn(match: string): string | null {
  const alternatives = splitOutsideQuotes(match, ' or ').map((block) =>
    splitOutsideQuotes(block, ' and ')
      .filter((words) => words.startsWith('header '))
      .map(shorten)
      .join(', '),
  );
  if (alternatives.includes('')) return null;
  return [...new Set(alternatives)].join(' or ');
}

/** As `x-cid: a`; a prefix as `x-cid: a…`, a regex between slashes, presence as the name alone. */
function shorten(words: string): string {
  const rest = words.slice('header '.length);
  const [, present] = /^(\S+) is present$/u.exec(rest) ?? [];
  if (present !== undefined) return present;
  const [, name, operator, value] = /^(\S+) (is|starts with|matches) ("(?:[^"\\]|\\.)*")$/u.exec(rest) ?? [];
  if (name === undefined || value === undefined) return rest;
  const text = unquote(value);
  switch (operator) {
    case 'starts with':
      return `${name}: ${text}…`;
    case 'matches': {
      const cookie = name === 'cookie' ? cookieIn(text) : undefined;
      return cookie === undefined ? `${name}: /${text}/` : `cookie ${cookie}`;
    }
    default:
      return `${name}: ${text}`;
  }
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let quoted = false;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (quoted && text[i] === '\\') i++;
    else if (text[i] === '"') quoted = !quoted;
    else if (!quoted && text.startsWith(separator, i)) {
      parts.push(text.slice(from, i));
      from = i + separator.length;
      i = from - 1;
    }
  }
  return [...parts, text.slice(from)];
}
