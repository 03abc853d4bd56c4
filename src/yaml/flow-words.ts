/**
 * Words in brackets that go-yaml reads otherwise than YAML does: `[-]` is a list of the text `-`, `{c:}` a map with the
 * key `c:`. It ends a word only at a `:` with a space behind it, and begins a list only with such a `-`.
 *
 * @see https://github.com/yaml/go-yaml/blob/v2.4.2/scannerc.go (yaml_parser_fetch_next_token)
 */
import { isMark, SCALAR } from './marks.ts';

/**
 * The offsets of each `-` and `:` that belongs to a word there.
 *
 * @param lexemes those of the `yaml` package's lexer for a whole text
 */
export function flowWords(lexemes: readonly string[]): readonly number[] {
  const found: number[] = [];
  let at = 0;
  let depth = 0;
  /** The next lexeme is a plain scalar's. */
  let isPlain = false;
  /** A plain scalar goes on up to here, where nothing ends it. */
  let afterPlain = false;
  lexemes.forEach((lexeme, index) => {
    if (isMark(lexeme)) {
      isPlain = lexeme === SCALAR;
      return;
    }
    if (!isPlain) {
      if (lexeme === '{' || lexeme === '[') depth += 1;
      if (lexeme === '}' || lexeme === ']') depth = Math.max(0, depth - 1);
      const isWord = lexeme === '-' || (lexeme === ':' && afterPlain);
      if (isWord && depth > 0 && /^[,\]}]/.test(textBehind(lexemes, index))) found.push(at);
    }
    afterPlain = isPlain || (afterPlain && lexeme.trim() === '');
    isPlain = false;
    at += lexeme.length;
  });
  return found;
}

/**
 * The offsets where go-yaml ends a sign that YAML reads as a part of the word behind it or in front of it: in brackets a
 * `?` begins a key without a space behind it, and the name of an alias ends in front of a `:`.
 *
 * @param lexemes those of the `yaml` package's lexer for a whole text
 * @see https://github.com/yaml/go-yaml/blob/v2.4.2/scannerc.go (yaml_parser_scan_anchor)
 */
export function signEnds(lexemes: readonly string[]): readonly number[] {
  const found: number[] = [];
  let at = 0;
  let depth = 0;
  let isPlain = false;
  for (const lexeme of lexemes) {
    if (isMark(lexeme)) {
      isPlain = lexeme === SCALAR;
      continue;
    }
    if (!isPlain) {
      if (lexeme === '{' || lexeme === '[') depth += 1;
      if (lexeme === '}' || lexeme === ']') depth = Math.max(0, depth - 1);
      if (/^\*[\w-]+:$/.test(lexeme)) found.push(at + lexeme.length - 1);
    } else if (depth > 0 && /^\?./.test(lexeme)) found.push(at + 1);
    isPlain = false;
    at += lexeme.length;
  }
  return found;
}

/** The next lexeme that has any text. */
function textBehind(lexemes: readonly string[], index: number): string {
  let next = index + 1;
  while (isMark(lexemes[next] ?? '') || lexemes[next] === '') next += 1;
  return lexemes[next] ?? '';
}
