/**
 * Words in brackets that go-yaml reads otherwise than YAML does: `[-]` is a list of the text `-`, `{c:}` a map with the
 * key `c:`. It ends a word only at a `:` with a space behind it, and begins a list only with such a `-`.
 *
 * @see https://github.com/yaml/go-yaml/blob/v2.4.2/scannerc.go (yaml_parser_fetch_next_token)
 */
import { placedLexemes } from './marks.ts';

/**
 * The offsets of each `-` and `:` that belongs to a word there.
 *
 * @param lexemes those of the `yaml` package's lexer for a whole text
 */
export function flowWords(lexemes: readonly string[]): readonly number[] {
  const found: number[] = [];
  /** A sign that belongs to a word if what comes next ends one. */
  let sign: number | undefined;
  /** A plain scalar goes on up to here, where nothing ends it. */
  let isAfterPlain = false;
  for (const { lexeme, at, kind, depth } of placedLexemes(lexemes)) {
    if (kind === 'mark') continue;
    if (sign !== undefined && lexeme !== '') {
      if (/^[,\]}]/.test(lexeme)) found.push(sign);
      sign = undefined;
    }
    const isPlain = kind === 'scalar';
    if (!isPlain && depth > 0 && (lexeme === '-' || (lexeme === ':' && isAfterPlain))) sign = at;
    isAfterPlain = isPlain || (isAfterPlain && lexeme.trim() === '');
  }
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
  for (const { lexeme, at, kind, depth } of placedLexemes(lexemes)) {
    if (kind === 'other' && /^\*[\w-]+:$/.test(lexeme)) found.push(at + lexeme.length - 1);
    if (kind === 'scalar' && depth > 0 && /^\?./.test(lexeme)) found.push(at + 1);
  }
  return found;
}
