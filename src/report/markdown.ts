import { visible, visibleLines } from './text.ts';
import { bytesOf, cut } from '../base/text.ts';

/**
 * Text as plain words in Markdown, in a table too. Whatever could be syntax (a pipe ends a cell, `<` begins a
 * tag, a backtick code that runs on) is written as an HTML entity: entities are decoded after the structure
 * is read, and can't be syntax themselves.
 *
 * @see https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references
 */
export function textOf(text: string, limit: number): string {
  return (
    escaped(cut(visible(text), limit))
      // GitHub looks for people and issues in the finished text, so an entity doesn't stop it from notifying
      // somebody called like a header's value; a zero-width space after the sign does.
      .replace(/&#(?:64|35);/g, '$&&#8203;')
  );
}

/**
 * Text as code, in a table too. An HTML tag, because a backtick can't be escaped within backticks. GitHub makes links of
 * e-mail addresses in the finished text, within such a tag as well: another tag after the sign parts the address, and
 * is not copied with it, as an invisible character would be.
 *
 * @see https://github.com/github/cmark-gfm/blob/master/extensions/autolink.c postprocess_text
 */
export function codeOf(text: string, limit: number): string {
  return `<code>${escaped(cut(visible(text), limit)).replaceAll('&#64;', '&#64;<wbr>')}</code>`;
}

/**
 * A sentence of a report: as {@link textOf}, and what it has in backticks (the name of an input, say) as code.
 *
 * @example messageOf('Change `routes`.', 500) // 'Change <code>routes</code>.'
 */
export function messageOf(text: string, limit: number): string {
  return cut(visible(text), limit)
    .split(/`([^`]+)`/)
    .map((part, i) => (i % 2 === 0 ? textOf(part, limit) : codeOf(part, limit)))
    .join('');
}

/**
 * Letters, figures, blanks and the punctuation that begins nothing within a line stay, and so do an underscore
 * inside of a word and the brackets of `http[0]`, which can't begin emphasis or a link. A colon before a slash (the next text may begin with one)
 * and the dot after `www` would make a link.
 */
function escaped(text: string): string {
  return text.replace(
    /((?<=[\p{L}\p{N}])_(?=[\p{L}\p{N}])|\[\d+\](?![(:]))|[^\p{L}\p{N}\p{M} ,.;:()/=%'"?…→–-]|:(?=\/|$)|(?<=www)\./giu,
    (found: string, harmless: string | undefined) => harmless ?? entityOf(found),
  );
}

function entityOf(character: string): string {
  return `&#${character.codePointAt(0) ?? 0};`;
}

/** A fenced block that its content can't end: the fence is longer than any row of backticks in it. */
export function fenced(content: string, language: string): string {
  const text = visibleLines(content).replace(/\n$/, '');
  const rows = text.match(/`+/g) ?? [];
  const longest = rows.reduce((most, row) => Math.max(most, row.length), 2);
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

/** A part that is folded away until it is clicked. The blank lines make its content Markdown again. */
export function folded(title: string, content: string): string {
  return `<details>\n<summary>${title}</summary>\n\n${content}\n\n</details>`;
}

/** Rows of cells that are Markdown already. */
export function tableOf(head: readonly string[], rows: readonly string[]): string {
  return [rowOf(head), rowOf(head.map(() => '---')), ...rows].join('\n');
}

export function rowOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** The rows of a table from the first one on, as many as fit into this many bytes. */
export function rowsWithin<T>(
  items: readonly T[],
  draw: (item: T) => string,
  room: number,
): readonly string[] {
  const rows: string[] = [];
  let left = room;
  for (const item of items) {
    const row = draw(item);
    left -= bytesOf(row) + 1;
    if (left < 0) break;
    rows.push(row);
  }
  return rows;
}
