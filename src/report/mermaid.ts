import { cut } from '../base/text.ts';
import { visible } from './text.ts';

/** Characters of a label. */
export const MAX_LABEL = 60;

/**
 * A quoted label in which nothing can be syntax. Mermaid reads labels as Markdown (`1. a` becomes "Unsupported
 * markdown: list"), takes `%%` for a comment, `:` and `#` in a line with the word "style" for a style; GitHub
 * strips or shows HTML tags. So all but letters, digits, blanks, and a dot or hyphen inside of a word, is
 * written as Mermaid's own entity code, which it decodes last of all.
 *
 * @see https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters
 * @see https://github.com/mermaid-js/mermaid/issues/5824
 */
export function labelOf(text: string): string {
  const safe = cut(visible(text).trim(), MAX_LABEL)
    .replace(/[^A-Za-z0-9 .-]|(?<![A-Za-z0-9])[.-]|[.-](?![A-Za-z0-9])/gu, entityOf)
    // What Mermaid marks a decoded entity with: a text that has it would be decoded once more.
    .replaceAll('#64258;', 'fl')
    // The one word that Markdown makes a link of.
    .replace(/www\./gi, (word) => `${word.slice(0, 3)}#46;`);
  return `"${safe === '' ? ' ' : safe}"`;
}

function entityOf(character: string): string {
  return `#${character.codePointAt(0) ?? 0};`;
}
