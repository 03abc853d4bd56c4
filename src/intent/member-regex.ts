/**
 * A regex for one value, such as a cookie's, has to be found within a header of many: what means the beginning, the
 * end and "anything" of the value must come to mean that in the midst of `a=b; canary=always; c=d`. RE2 has no
 * look-around, so the regex itself is rewritten.
 */
import { bad, good, type Parsed } from './parsed.ts';
import { regexMatches, regexProblem } from './regex.ts';
import { ownValue } from '../base/json.ts';

/** A header's members, as far as a regex of a value has to know them. */
export interface ValueBounds {
  /** `cookie`, `baggage member`, for messages. */
  readonly noun: string;
  /** Characters that no value has in it, because there it would end. */
  readonly ends: readonly string[];
}

interface Token {
  readonly kind: 'open' | 'close' | 'or' | 'begin' | 'end' | 'repeat' | 'flags' | 'nothing' | 'atom';
  readonly text: string;
}

/** RE2's syntax in pieces; every valid regex is a row of these. */
const PIECES: readonly (readonly [Token['kind'], RegExp])[] = [
  ['begin', /\^|\\A/y],
  ['end', /\$|\\z/y],
  ['nothing', /\\[bB]/y],
  ['flags', /\(\?[-imsU]+\)/y],
  ['open', /\((?:\?(?:P?<\w+>|[-imsU]*:))?/y],
  ['close', /\)/y],
  ['or', /\|/y],
  ['repeat', /(?:[*+?]|\{\d+(?:,\d*)?\})\??/y],
  ['atom', /\\Q(?:(?!\\E)[^])*(?:\\E)?/y],
  ['atom', /\[\^?\]?(?:\[:\^?\w+:\]|\\[pP]\{[^}]*\}|\\[^]|[^\]\\])*\]/y],
  ['atom', /\\[pP](?:\{[^}]*\}|.)|\\x(?:\{[^}]*\}|[0-9A-Fa-f]{2})|\\[0-7]{1,3}|\\[^]/y],
  ['atom', /[^]/uy],
];

function tokenize(regex: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < regex.length;) {
    const token = pieceAt(regex, at);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function pieceAt(regex: string, at: number): Token {
  for (const [kind, pattern] of PIECES) {
    pattern.lastIndex = at;
    const text = pattern.exec(regex)?.[0];
    if (text !== undefined) return { kind, text };
  }
  return { kind: 'atom', text: regex.slice(at) };
}

/**
 * The regex of a whole value, made fit to stand within a regex of the header: without its anchors, and matching
 * nothing that has a character in it where the value would end.
 */
export function confineToMember(regex: string, { noun, ends }: ValueBounds): Parsed<string> {
  const fault = regexProblem(regex);
  if (fault !== undefined) return bad(fault);
  const tokens = tokenize(regex);
  const misplaced = [
    ...misplacedAnchors(tokens, 'begin', 'open', 'close'),
    ...misplacedAnchors([...tokens].reverse(), 'end', 'close', 'open'),
  ];
  if (misplaced.length > 0) {
    const [anchor = '^'] = misplaced;
    const where = /[$z]/.test(anchor) ? 'end' : 'beginning';
    return bad(
      `${anchor} can stand only at the ${where} of the regex of a ${noun}, with nothing that repeats it`,
    );
  }
  const pieces: string[] = [];
  for (const { kind, text } of tokens) {
    const piece = kind === 'begin' || kind === 'end' ? '' : kind === 'atom' ? withoutEnds(text, ends) : text;
    if (typeof piece !== 'string')
      return bad(
        `${text} matches "${piece.end}", where the value of a ${noun} ends: use [^${ends.join('')}] or the like`,
      );
    pieces.push(piece);
  }
  return good(pieces.join(''));
}

/**
 * Anchors with something in front of them, or within something that repeats: dropping those would change what is
 * matched. Read backwards, with the brackets' roles swapped, the same holds for the end.
 */
function misplacedAnchors(
  tokens: readonly Token[],
  anchor: 'begin' | 'end',
  opens: 'open' | 'close',
  closes: 'open' | 'close',
): readonly string[] {
  const repeated = repeatedTokens(tokens, anchor);
  const starts: boolean[] = [];
  let first = true;
  let outer = true;
  return tokens.flatMap((token, index) => {
    switch (token.kind) {
      case opens:
        starts.push(outer);
        outer = first;
        return [];
      case closes:
        outer = starts.pop() ?? true;
        first = false;
        return [];
      case 'or':
        first = outer;
        return [];
      case 'flags':
      case 'nothing':
      case 'repeat':
        return [];
      case anchor:
        return first && !repeated.has(index) ? [] : [token.text];
      default:
        if (token.kind === 'atom') first = false;
        return [];
    }
  });
}

/** The indexes of tokens that a repetition applies to, directly or through a group around them. */
function repeatedTokens(tokens: readonly Token[], anchor: 'begin' | 'end'): ReadonlySet<number> {
  const forward = anchor === 'begin' ? tokens : [...tokens].reverse();
  const repeated = new Set<number>();
  const opened: number[] = [];
  for (const [index, token] of forward.entries()) {
    if (token.kind === 'open') opened.push(index);
    const from = token.kind === 'close' ? (opened.pop() ?? index) : index;
    if (forward[index + 1]?.kind !== 'repeat') continue;
    for (let within = from; within <= index; within += 1) repeated.add(within);
  }
  return anchor === 'begin' ? repeated : new Set([...repeated].map((index) => tokens.length - 1 - index));
}

/** Classes that have nearly every character in them, as the inside of a negated class. */
const NEGATED: Readonly<Record<string, string>> = { '.': '', '\\D': '\\d', '\\S': '\\s', '\\W': '\\w' };

/** The same set of characters but for the ends; the end that it has, where the set without it can't be written. */
function withoutEnds(atom: string, ends: readonly string[]): string | { readonly end: string } {
  const negated = ownValue(NEGATED, atom);
  if (negated !== undefined) return `[^${negated}${ends.join('')}]`;
  if (atom.startsWith('[^')) {
    const rest = atom.slice(2);
    // A `]` or `-` that came first was literal; behind the ends it must be told so.
    return `[^${ends.join('')}${/^[\]-]/.test(rest) ? '\\' : ''}${rest}`;
  }
  // Most atoms are plain letters, and compiling each of a thousand takes long.
  const plain = atom.length === 1 || atom.startsWith('\\Q');
  const end = ends.find((one) => (plain ? atom.includes(one) : regexMatches(atom, one)));
  return end === undefined ? atom : { end };
}
