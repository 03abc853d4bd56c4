/**
 * Items put into and taken out of block style, by whole lines. A comment directly above an item, in its
 * column, is that item's, and so is what is indented deeper below it; all other comments stay.
 */
import type { Added } from './changes.ts';
import type { Edit } from './edits.ts';
import { childLike, itemLines, pairLines, type Like } from './render.ts';
import type { Style } from './style.ts';
import {
  columnOf,
  lineStart,
  lineStop,
  type MapItem,
  type MapSrc,
  type SeqItem,
  type SeqSrc,
} from './tree.ts';

interface Block {
  readonly text: string;
  readonly src: MapSrc | SeqSrc;
  readonly column: number;
  readonly style: Style;
  /** What stands between two items besides a line end: one more, where blank lines part all of them. */
  readonly gap: string;
}

interface TextRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The edits that remove and add items of a block map or list of which at least one stays. `text` ends with a
 * line end.
 */
export function blockEdits(
  text: string,
  src: MapSrc | SeqSrc,
  removed: ReadonlySet<number>,
  added: readonly Added[],
  style: Style,
): Edit[] {
  const bare: Block = { text, src, column: columnOf(text, src.items[0]?.start ?? src.body), style, gap: '' };
  const block: Block = added.length > 0 && isSpaced(bare) ? { ...bare, gap: style.eol } : bare;
  const runs = runsOf(removed);
  const deletions = runs.flatMap((run) => removal(block, run)).map((span) => ({ ...span, text: '' }));
  const insertions = [...Map.groupBy(added, ({ behind }) => behind)].map(([behind, group]) => {
    const blocks = group.map((each) => addedLines(block, each));
    return behind === -1 ? above(block, removed, blocks) : below(block, behind, blocks);
  });
  return [...deletions, ...insertions];
}

function addedLines({ text, src, style }: Block, { key, value }: Added): readonly string[] {
  const like: Like = { text, style, src };
  if (key === null) return itemLines(value, childLike(like, value));
  return pairLines(key, value, { ...like, src: cousin(src, key) });
}

/** The same field in a neighbouring item of the list that a map is in: what a new one should look like. */
function cousin(src: MapSrc | SeqSrc, key: string): Like['src'] {
  const list = src.parent?.src;
  if (list?.kind !== 'seq') return null;
  for (const { value } of list.items.slice(0, 8)) {
    const item = value.kind === 'map' ? value.items.find((each) => each.key === key) : undefined;
    if (item !== undefined) return item.value;
  }
  return null;
}

function below(block: Block, index: number, blocks: readonly (readonly string[])[]): Edit {
  const { gap, style } = block;
  // At the start of a line: the one before may go with a smaller change inside this item.
  const at = nextLine(block.text, tail(block, index));
  return { start: at, end: at, text: blocks.map((lines) => gap + padded(block, lines) + style.eol).join('') };
}

function above(block: Block, removed: ReadonlySet<number>, blocks: readonly (readonly string[])[]): Edit {
  const { gap, style } = block;
  const lines = blocks.map((each) => padded(block, each) + style.eol + gap).join('');
  const first = item(block, 0);
  if (ownsLine(block, first)) {
    const kept = block.src.items.findIndex((_item, index) => !removed.has(index));
    const at = head(block, kept);
    return { start: at, end: at, text: lines };
  }
  // Behind the dash of the item that this map is: the old first line moves down, below the new ones.
  const run = runsOf(removed)[0];
  const at = run?.start === 0 ? afterRun(block, run) : first.start;
  return { start: at, end: at, text: lines.slice(block.column) + ' '.repeat(block.column) };
}

/** Do blank lines part all of its items? */
function isSpaced(block: Block): boolean {
  const { items } = block.src;
  if (items.length < 2) return false;
  return items
    .slice(1)
    .every(
      (_item, index) => blankBelow(block, tail(block, index)).end > nextLine(block.text, tail(block, index)),
    );
}

interface Run {
  readonly start: number;
  /** The last one's index. */
  readonly stop: number;
}

function runsOf(removed: ReadonlySet<number>): Run[] {
  const runs: { start: number; stop: number }[] = [];
  for (const index of [...removed].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last?.stop === index - 1) last.stop = index;
    else runs.push({ start: index, stop: index });
  }
  return runs;
}

function removal(block: Block, run: Run): TextRange[] {
  const { text, src } = block;
  if (!ownsLine(block, item(block, run.start))) {
    return [{ start: item(block, run.start).start, end: afterRun(block, run) }];
  }
  const spans: TextRange[] = [];
  for (let index = run.start; index <= run.stop; index++) {
    const end = nextLine(text, tail(block, index));
    spans.push({ start: head(block, index), end });
    const next = index < run.stop ? head(block, index + 1) : end;
    if (text.slice(end, next).trim() === '') spans.push({ start: end, end: next });
  }
  const start = head(block, run.start);
  const stop = tail(block, run.stop);
  const underneath = blankBelow(block, stop);
  const isLast = run.stop === src.items.length - 1;
  if (run.start === 0) {
    if (!isLast) spans.push(underneath);
  } else if (isLast || underneath.end > underneath.start) {
    // Blank lines part items: with one item gone, one gap goes. Below a comment they part that from the item.
    const above = nextLine(text, tail(block, run.start - 1));
    if (text.slice(above, start).trim() === '') spans.push({ start: above, end: start });
  }
  return spans;
}

/** Where the text goes on after items that share their first line with a dash: at a comment or an item. */
function afterRun(block: Block, run: Run): number {
  const stop = tail(block, run.stop);
  return stop + (/^\s*/.exec(block.text.slice(stop))?.[0].length ?? 0);
}

function item(block: Block, index: number): MapItem | SeqItem {
  const found = block.src.items[index];
  if (found === undefined) throw new Error(`a block without an item ${index}`);
  return found;
}

function ownsLine({ text }: Block, { start }: MapItem | SeqItem): boolean {
  return text.slice(lineStart(text, start), start).trim() === '';
}

/** The start of an item's first line, or of the comments that are its own. */
function head(block: Block, index: number): number {
  const { text, column, src } = block;
  const { start } = item(block, index);
  const bound = index > 0 ? item(block, index - 1).value.end : (parentStop(src) ?? 0);
  let at = lineStart(text, start);
  while (at > 0) {
    const above = lineStart(text, at - 1);
    const line = text.slice(above, at);
    if (
      above < bound ||
      !line.trimStart().startsWith('#') ||
      line.length - line.trimStart().length !== column
    )
      break;
    at = above;
  }
  return at;
}

/** Behind the colon or the dash that a block is the value of: no comment above that is the block's. */
function parentStop(src: MapSrc | SeqSrc): number | null {
  return src.parent === null ? null : (src.parent.src.items[src.parent.index]?.after ?? null);
}

/** The end of an item's last line, or of the last comment that is indented below it. */
function tail(block: Block, index: number): number {
  const { text, column } = block;
  let stop = lineStop(text, item(block, index).value.end);
  for (let at = nextLine(text, stop); at < text.length;) {
    const end = lineStop(text, at);
    const line = text.slice(at, end);
    const indent = line.length - line.trimStart().length;
    if (line.trim() !== '') {
      if (!line.trimStart().startsWith('#') || indent <= column) break;
      stop = end;
    }
    const next = nextLine(text, end);
    if (next <= at) break;
    at = next;
  }
  return stop;
}

/** The start of the line after the one that ends at `stop`; `stop` itself where there is none. */
function nextLine(text: string, stop: number): number {
  if (text[stop] === '\r' && text[stop + 1] === '\n') return stop + 2;
  return text[stop] === '\n' ? stop + 1 : stop;
}

function blankBelow({ text }: Block, stop: number): TextRange {
  const start = nextLine(text, stop);
  let end = start;
  while (end < text.length) {
    const lineEnd = lineStop(text, end);
    const next = nextLine(text, lineEnd);
    if (next === lineEnd || text.slice(end, lineEnd).trim() !== '') break;
    end = next;
  }
  return { start, end };
}

function padded({ column, style }: Block, lines: readonly string[]): string {
  const pad = ' '.repeat(column);
  return lines.map((line) => (line === '' ? line : pad + line)).join(style.eol);
}
