/** Text with its escapes resolved, in which every unit knows where it came from. */
import { lazy } from './memoized.ts';

export interface Decoded {
  readonly text: string;
  /** Where in the source each unit of `text` begins; one more, for the end. Made when it is first read. */
  readonly starts: () => Int32Array;
}

const ESCAPE =
  /(?:%[0-9a-f]{2})+|\\u[0-9a-f]{4}|\\u\{[0-9a-f]{1,6}\}|\\x[0-9a-f]{2}|\\["'`\\/bfnrt]|&#(?:\d{1,7}|x[0-9a-f]{1,6});|&(?:amp|lt|gt|quot|apos);/gi;

const NAMED: ReadonlyMap<string, string> = new Map([
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&apos;', "'"],
]);

/**
 * Resolves percent-encoding, the escapes of JSON and its relatives and the entities of HTML, each wherever it stands.
 *
 * @returns undefined where the text has none
 */
export function decoded(source: string): Decoded | undefined {
  if (!/[%\\&]/.test(source)) return undefined;
  const text = source.replace(ESCAPE, (escape) =>
    escape.startsWith('%') ? percentDecoded(escape).text : meaning(escape),
  );
  return text === source ? undefined : { text, starts: lazy(() => startsIn(source)) };
}

function startsIn(source: string): Int32Array {
  // No escape is shorter than what it means.
  const starts = new Int32Array(source.length + 1);
  let length = 0;
  let at = 0;
  const add = (units: number, begin: (unit: number) => number): void => {
    for (let unit = 0; unit < units; unit++) starts[length++] = begin(unit);
  };
  for (const { 0: escape, index } of source.matchAll(ESCAPE)) {
    const from = at;
    add(index - from, (unit) => from + unit);
    if (escape.startsWith('%')) {
      const { text, bytes } = percentDecoded(escape);
      add(text.length, (unit) => index + 3 * (bytes[unit] ?? 0));
    } else {
      add(meaning(escape).length, () => index);
    }
    at = index + escape.length;
  }
  const from = at;
  add(source.length - from, (unit) => from + unit);
  starts[length++] = source.length;
  return starts.subarray(0, length);
}

/** One escape that is no percent-encoding; what means nothing stays as it is. */
function meaning(escape: string): string {
  const character = escape.slice(1);
  if (character.length === 1) return NAMED.get(character) ?? character;
  const code = codePointOf(escape);
  if (code === undefined) return NAMED.get(escape.toLowerCase()) ?? escape;
  return code <= 0x10ffff ? String.fromCodePoint(code) : escape;
}

function codePointOf(escape: string): number | undefined {
  const [, decimal] = /^&#(\d+);$/.exec(escape) ?? [];
  if (decimal !== undefined) return Number(decimal);
  const [, hex] = /^(?:&#x|\\u\{?|\\x)([0-9a-f]+)[;}]?$/i.exec(escape) ?? [];
  return hex === undefined ? undefined : Number.parseInt(hex, 16);
}

/** A row of `%41`; `bytes` says at which byte each unit of the text begins. What is no UTF-8 is read byte by byte. */
function percentDecoded(row: string): { readonly text: string; readonly bytes: readonly number[] } {
  const values = row
    .slice(1)
    .split('%')
    .map((hex) => Number.parseInt(hex, 16));
  const bytes: number[] = [];
  let text: string;
  try {
    text = decodeURIComponent(row);
  } catch {
    return { text: String.fromCharCode(...values), bytes: values.map((_, i) => i) };
  }
  let byte = 0;
  for (const character of text) {
    for (let unit = 0; unit < character.length; unit++) bytes.push(byte);
    const code = character.codePointAt(0) ?? 0;
    byte += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return { text, bytes };
}
