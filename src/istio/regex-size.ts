/** How large a regular expression is with its repetitions written out. Pure arithmetic: nothing is compiled for it. */

interface Level {
  /** Of the alternatives that are complete. */
  before: number;
  /** Of the one that is being read, without its last atom. */
  current: number;
  /** Of the last atom, to which a repetition applies. */
  last: number;
}

/**
 * `\p{L}` and the like: Envoy matches bytes, and writes such a class out as the byte sequences of all its characters,
 * up to 1,200 instructions each time (measured with google-re2 1.1; `.` and `[^a]` take 9).
 */
const UNICODE_CLASS = 40;

const TOKEN =
  /\\Q([^]*?)(?:\\E|$)|\\[pP](?:\{[^}]*\}|.)|\\x\{[^}]*\}|\\[^]|\[\^?\]?(?:\\[^]|\[:\^?\w+:\]|[^\]\\])*\]|\(\?[imsU-]+\)|\((?:\?P?<\w+>|\?[imsU-]*:)?|[)|*+?]|\{(\d+)(,(\d*))?\}|[^]/gu;

/**
 * About as many instructions as the regex is compiled to, in a straight line with its length: a character or class is
 * one, a group two more, `a{0,30}` thirty times `a?`. A Unicode class counts {@link UNICODE_CLASS}.
 *
 * @example regexSize('((a{0,30}){0,30})1') // 1,893
 */
export function regexSize(source: string): number {
  const outer: Level[] = [];
  let level: Level = { before: 0, current: 0, last: 0 };
  const atom = (size: number): void => {
    level.current += level.last;
    level.last = size;
  };
  for (const [token, quoted, from, comma, to] of source.matchAll(TOKEN)) {
    if (quoted !== undefined) atom(quoted.length);
    else if (from !== undefined) level.last = repeated(level.last, Number(from), comma, to);
    else if (/^[*+?]$/.test(token)) level.last += 1;
    else if (/^\(\?[imsU-]+\)$/.test(token)) continue;
    else if (token === '|') {
      level = { before: level.before + level.current + level.last + 1, current: 0, last: 0 };
    } else if (token.startsWith('(')) {
      outer.push(level);
      level = { before: 0, current: 0, last: 0 };
    } else if (token === ')') {
      const inside = level.before + level.current + level.last + 2;
      level = outer.pop() ?? { before: 0, current: 0, last: 0 };
      atom(inside);
    } else atom(atomSize(token));
  }
  return [...outer, level].reduce((sum, each) => sum + each.before + each.current + each.last, 0);
}

function repeated(size: number, from: number, comma: string | undefined, to: string | undefined): number {
  const most = comma === undefined ? from : to === '' || to === undefined ? from + 1 : Number(to);
  return most * size + Math.max(0, most - from);
}

function atomSize(token: string): number {
  const unicode = token.match(/\\[pP]/g)?.length ?? 0;
  return Math.max(1, unicode * UNICODE_CLASS);
}
