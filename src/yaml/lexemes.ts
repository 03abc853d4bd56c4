/**
 * What libyaml and go-yaml, with which kubectl reads, take and the `yaml` package refuses, as YAML itself does:
 *
 * - Quoted text and flow collections that go on in lines which aren't indented deeper than their key (YAML 1.2.2, 7.3
 *   and 7.4). go-yaml doesn't look at the indentation inside quotes and brackets.
 * - Words in brackets that are a `-`, or end with a `:`, and signs without a space behind them (`flow-words.ts`).
 *
 * The text is cut into lexemes as if those lines were indented, those words had letters and those signs a space, and each
 * lexeme is then given back as it stands in the text: offsets stay what they are.
 */
import { Lexer } from 'yaml';
import { flowWords, signEnds } from './flow-words.ts';
import { FLOW_END, isMark, placedLexemes } from './marks.ts';
import { columnOf, lineStart } from './tree.ts';

/** Characters that are read before a text with more such lines is given up. */
const MOST_EFFORT = 32 * 1024 * 1024;

/** By the offset of a line's start or of a sign's end, the columns that it lacks. */
type Padding = ReadonlyMap<number, number>;

/**
 * The lexemes of a text that has such lines or words, one after the other the text again but for the lexer's marks.
 *
 * @returns null where it has none, or where something else is wrong with it as well
 */
export function kubernetesLexemes(text: string): readonly string[] | null {
  if (/[\u0002\u0018\u001f]/.test(text)) return null;
  let padding: Padding = new Map();
  let lettered = text;
  for (let effort = 0; effort < MOST_EFFORT; effort += text.length) {
    const padded = withPadding(lettered, padding);
    const lexemes = [...new Lexer().lex(padded.text)];
    const cut = firstCut(padded.text, lexemes);
    if (cut === 'unreadable') return null;
    const signs = cut === 'none' ? signEnds(lexemes).map((at) => at - addedBefore(padded.added, at)) : [];
    if (signs.length > 0) {
      padding = new Map([...padding, ...signs.map((at) => [at, 1] as const)]);
      continue;
    }
    if (cut === 'none') {
      const words = flowWords(lexemes).map((at) => at - addedBefore(padded.added, at));
      if (words.length === 0)
        return padding.size === 0 && lettered === text
          ? null
          : asInText(text, withoutPadding(lexemes, padded.added));
      lettered = withLetters(lettered, words);
      continue;
    }
    const more = new Map(padding);
    for (const line of cut.lines) {
      const start = line - addedBefore(padded.added, line);
      more.set(start, Math.max(cut.columns, more.get(start) ?? 0));
    }
    // Indented already, and broken off all the same: it would be so for ever.
    if ([...more].every(([start, columns]) => padding.get(start) === columns)) return null;
    padding = more;
  }
  return null;
}

/** A text of the same length, with a letter at each offset: there it can only be a part of a word. */
function withLetters(text: string, offsets: readonly number[]): string {
  const parts = offsets.map((at, index) => text.slice((offsets[index - 1] ?? -1) + 1, at));
  return `${parts.join('x')}x${text.slice((offsets.at(-1) ?? -1) + 1)}`;
}

/** The same lexemes, spelled as the text spells them. */
function asInText(text: string, lexemes: readonly string[]): readonly string[] {
  let at = 0;
  return lexemes.map((lexeme) => (isMark(lexeme) ? lexeme : text.slice(at, (at += lexeme.length))));
}

/** White space put in: where, in the text that has it. */
interface AddedText {
  readonly start: number;
  readonly end: number;
  /** With all of it before. */
  readonly sum: number;
}

function withPadding(text: string, padding: Padding): { text: string; added: readonly AddedText[] } {
  const parts: string[] = [];
  const added: AddedText[] = [];
  let at = 0;
  let sum = 0;
  for (const [start, columns] of [...padding].sort((a, b) => a[0] - b[0])) {
    parts.push(text.slice(at, start), ' '.repeat(columns));
    added.push({ start: start + sum, end: start + sum + columns, sum: sum + columns });
    sum += columns;
    at = start;
  }
  return { text: parts.join('') + text.slice(at), added };
}

function addedBefore(added: readonly AddedText[], offset: number): number {
  return added.findLast(({ end }) => end <= offset)?.sum ?? 0;
}

/** The lexemes without what was put in; one that was nothing else is gone. */
function withoutPadding(lexemes: readonly string[], added: readonly AddedText[]): readonly string[] {
  const result: string[] = [];
  let at = 0;
  let next = 0;
  for (const lexeme of lexemes) {
    if (isMark(lexeme)) {
      result.push(lexeme);
      continue;
    }
    const end = at + lexeme.length;
    let kept = '';
    let from = at;
    for (let each = added[next]; each !== undefined && each.start < end; each = added[next]) {
      kept += lexeme.slice(from - at, Math.max(each.start, at) - at);
      from = Math.min(each.end, end);
      if (each.end > end) break;
      next += 1;
    }
    kept += lexeme.slice(from - at);
    if (kept !== '') result.push(kept);
    at = end;
  }
  return result;
}

interface Cut {
  /** The starts of the lines that have to be indented. */
  readonly lines: readonly number[];
  readonly columns: number;
}

/** The first quoted text or flow collection that the lexer breaks off because of a line's indentation. */
function firstCut(text: string, lexemes: readonly string[]): Cut | 'none' | 'unreadable' {
  let open = 0;
  for (const { lexeme, at, kind, depth } of placedLexemes(lexemes)) {
    if (lexeme === FLOW_END) {
      const line = lineStart(text, at);
      return isMarker(text, line) ? 'unreadable' : { lines: [line], columns: columnOf(text, open) + 1 };
    }
    if (kind !== 'other') continue;
    if (depth === 0 && (lexeme === '{' || lexeme === '[')) open = at;
    if (/^["']/.test(lexeme)) {
      const end = closingQuote(text, at);
      if (end === -1) return 'unreadable';
      if (end + 1 !== at + lexeme.length) return cutQuote(text, at, end);
    }
  }
  return 'none';
}

function cutQuote(text: string, start: number, end: number): Cut | 'unreadable' {
  const lines: number[] = [];
  for (let at = text.indexOf('\n', start); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) {
    if (isMarker(text, at + 1)) return 'unreadable';
    lines.push(at + 1);
  }
  return lines.length === 0 ? 'unreadable' : { lines, columns: columnOf(text, start) + 1 };
}

/** `---` and `...` at the start of a line end whatever is open. */
function isMarker(text: string, line: number): boolean {
  return /^(---|\.\.\.)(\s|$)/.test(text.slice(line, line + 4));
}

/** The offset of the quote that ends the text which starts at `start`; -1 where none does. */
export function closingQuote(text: string, start: number): number {
  const quote = text[start] ?? '';
  for (let at = text.indexOf(quote, start + 1); at !== -1; at = text.indexOf(quote, at + 1)) {
    if (quote === "'") {
      if (text[at + 1] !== "'") return at;
      at += 1;
    } else {
      let backslashes = 0;
      while (text[at - 1 - backslashes] === '\\') backslashes += 1;
      if (backslashes % 2 === 0) return at;
    }
  }
  return -1;
}
