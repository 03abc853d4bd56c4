/** The `yaml` package's lexer puts marks between the lexemes, which are no part of the text. */
const DOCUMENT = '\u0002';

/** A flow collection breaks off. */
export const FLOW_END = '\u0018';

/** The next lexeme is a plain or a block scalar. */
export const SCALAR = '\u001f';

export function isMark(lexeme: string): boolean {
  return lexeme === DOCUMENT || lexeme === FLOW_END || lexeme === SCALAR;
}
