/** JSON objects one after the other, with or without white space between: `jq -c`, `kubectl get -o json` twice. */

import { closingQuote } from './lexemes.ts';

/** What Go's decoder skips between values; a byte order mark isn't among it. */
const BLANK = /[ \t\r\n]*/y;

/**
 * Cuts a text of two or more JSON objects into slices of one each, which are the text again. Undefined: it is something
 * else, and the marks of YAML cut it. kubectl reads such a text; behind a second object it doesn't go back to YAML, so
 * a `---` after that makes the text none.
 *
 * @see https://github.com/kubernetes/apimachinery/blob/master/pkg/util/yaml/decoder.go (YAMLOrJSONDecoder)
 * @example splitJsonStream('{"a":1}\n{"b":2}\n') // ['{"a":1}\n', '{"b":2}\n']
 */
export function splitJsonStream(text: string): readonly string[] | undefined {
  const slices: string[] = [];
  let start = 0;
  let at = afterBlank(text, 0);
  while (text[at] === '{') {
    const end = endOfObject(text, at);
    if (end === undefined) return undefined;
    const next = afterBlank(text, end);
    slices.push(text.slice(start, next));
    start = at = next;
  }
  const isStream = slices.length > 1 && at === text.length;
  return isStream && slices.every(isJson) ? slices : undefined;
}

function afterBlank(text: string, at: number): number {
  BLANK.lastIndex = at;
  return at + (BLANK.exec(text)?.[0].length ?? 0);
}

/** Behind the brace that closes the one at `start`; undefined: none does. */
function endOfObject(text: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') {
      at = closingQuote(text, at);
      if (at === -1) return undefined;
    } else if (char === '{') depth += 1;
    else if (char === '}') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
