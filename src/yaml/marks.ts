/** The `yaml` package's lexer puts marks between the lexemes, which are no part of the text. */
const DOCUMENT = '\u0002';

/** A flow collection breaks off. */
export const FLOW_END = '\u0018';

/** The next lexeme is a plain or a block scalar. */
const SCALAR = '\u001f';

export function isMark(lexeme: string): boolean {
  return lexeme === DOCUMENT || lexeme === FLOW_END || lexeme === SCALAR;
}

/** A lexeme and where it stands. */
export interface PlacedLexeme {
  readonly lexeme: string;
  /** The offset in the text; of a mark, that of the next lexeme. */
  readonly at: number;
  /** `scalar`: a plain or a block scalar. `other`: a sign, white space, a comment, a text in quotes. */
  readonly kind: 'mark' | 'scalar' | 'other';
  /** In how many brackets it stands; both of a pair stand outside of it. */
  readonly depth: number;
}

/** The lexemes of a text in their order, each with its place. */
export function* placedLexemes(lexemes: readonly string[]): Generator<PlacedLexeme, void, undefined> {
  let at = 0;
  let depth = 0;
  let isScalar = false;
  for (const lexeme of lexemes) {
    if (isMark(lexeme)) {
      isScalar = lexeme === SCALAR;
      yield { lexeme, at, kind: 'mark', depth };
      continue;
    }
    const kind = isScalar ? 'scalar' : 'other';
    if (kind === 'other' && (lexeme === '}' || lexeme === ']')) depth = Math.max(0, depth - 1);
    yield { lexeme, at, kind, depth };
    if (kind === 'other' && (lexeme === '{' || lexeme === '[')) depth += 1;
    isScalar = false;
    at += lexeme.length;
  }
}
