import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pages } from '../../scripts/generate/pages.ts';
import { ROOT } from './examples.ts';

export interface Page {
  /** Relative to the root. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  /** Of its first line, counted from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** The script fills it, so what is in it is compared by another test. */
  readonly isGenerated: boolean;
}

export function readPage(path: string): Page {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') };
}

/** README.md and the pages of docs/. */
export const PAGES: readonly Page[] = pages().map(readPage);

export function blocksOf({ path, text }: Page): readonly Block[] {
  const blocks: Block[] = [];
  let open: { readonly line: number; readonly language: string; readonly lines: string[] } | undefined;
  let isGenerated = false;
  for (const [index, line] of text.split('\n').entries()) {
    if (open !== undefined) {
      if (line === '```') {
        const { language, lines } = open;
        blocks.push({ page: path, line: open.line, language, text: lines.join('\n'), isGenerated });
        open = undefined;
      } else {
        open.lines.push(line);
      }
    } else if (line.startsWith('```')) {
      open = { line: index + 2, language: line.slice(3), lines: [] };
    } else if (line.startsWith('<!-- generated:')) {
      isGenerated = true;
    } else if (line === '<!-- /generated -->') {
      isGenerated = false;
    }
  }
  if (open !== undefined) throw new Error(`${path}: the block at line ${open.line} has no end.`);
  return blocks;
}

/** The page without its blocks. */
export function proseOf({ text }: Page): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '');
}

/**
 * The anchors of a page, as GitHub makes them of its headings: small letters, no punctuation, hyphens for blanks, and a
 * number where one is there already.
 *
 * @see https://github.com/gjtorikian/html-pipeline/blob/v2.14.3/lib/html/pipeline/toc_filter.rb
 */
export function anchorsOf(page: Page): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of proseOf(page).matchAll(/^#{1,6} (.+)$/gm)) {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = words
      .replaceAll(/[^\p{Letter}\p{Mark}\p{Number}\p{Connector_Punctuation} -]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let number = 1; anchors.has(anchor); number += 1) anchor = `${slug}-${number}`;
    anchors.add(anchor);
  }
  return anchors;
}
