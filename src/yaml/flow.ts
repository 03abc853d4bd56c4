/**
 * Items put into and taken out of flow style (`{a: 1}`, `[a, b]`, JSON). What is between two items belongs to
 * them: up to the comma, and a comment on the same line, to the one in front; the rest to the one behind.
 */
import type { Added } from './changes.ts';
import type { Edit } from './edits.ts';
import { childLike, fieldLike, flowPair, flowText, type Like } from './render.ts';
import type { Style } from './style.ts';
import { indentAt, type MapSrc, type SeqSrc } from './tree.ts';

interface Piece {
  /** In front of the item: white space, and comments on lines of their own. */
  readonly lead: string;
  /** What stands between the item and its comma, and behind the comma on the same line. */
  readonly beforeComma: string;
  readonly afterComma: string;
  /** An item that stays: its place in the text. Else its new text. */
  readonly at: { readonly start: number; readonly end: number } | string;
}

/** The edits that remove and add items of a flow map or list. */
export function flowEdits(
  text: string,
  src: MapSrc | SeqSrc,
  removed: ReadonlySet<number>,
  added: readonly Added[],
  style: Style,
): Edit[] {
  if (removed.size === src.items.length) return [fillOrEmpty(text, src, added, style)];
  const { opening, pieces, closing, trailingComma } = piecesOf(text, src);
  const [first, second] = pieces;
  if (first === undefined) return [];
  const firstLead = blank(first.lead);
  const own = firstLead.includes('\n');
  const otherLead = second === undefined ? (own ? firstLead : style.flow.comma) : blank(second.lead);
  const indent =
    (otherLead.includes('\n') ? /[^\n]*$/.exec(otherLead)?.[0] : undefined) ?? indentAt(text, src.body);
  const groups = Map.groupBy(added, ({ behind }) => behind);
  const newPieces = (behind: number): Piece[] =>
    (groups.get(behind) ?? []).map((each) => ({
      lead: otherLead,
      beforeComma: '',
      afterComma: '',
      at: render(text, src, each, style, indent),
    }));
  const line = [
    ...newPieces(-1),
    ...pieces.flatMap((piece, index) => [...(removed.has(index) ? [] : [piece]), ...newPieces(index)]),
  ];
  const parts = line.map((piece, index) => {
    const isFirst = index === 0;
    const moved = isFirst !== (piece === first) && blank(piece.lead) === piece.lead;
    return { ...piece, lead: moved ? (isFirst ? firstLead : otherLead) : piece.lead };
  });
  return glue(text, { open: src.body + 1, close: src.end - 1, opening, closing, trailingComma }, parts);
}

/** Behind the opening brace, so that what was in the empty ones stays what it was. */
function fillOrEmpty(text: string, src: MapSrc | SeqSrc, added: readonly Added[], style: Style): Edit {
  const start = src.body + 1;
  const inside = text.slice(start, src.end - 1);
  const lead = /^ *$/.test(inside) ? inside : '';
  const indent = indentAt(text, src.body);
  const items = added
    .map((each) => render(text, src, each, style, indent, true))
    .join(`,${style.flow.comma}`);
  const last = src.items.at(-1)?.value.end ?? start;
  const comma = src.items.length === 0 ? '' : (/^[^,#]*,/.exec(text.slice(last, src.end - 1))?.[0] ?? '');
  const gap = items !== '' && inside.startsWith('#') ? ' ' : '';
  return { start, end: last + comma.length, text: items === '' ? '' : lead + items + gap };
}

interface Frame {
  readonly open: number;
  readonly close: number;
  readonly opening: string;
  readonly closing: string;
  readonly trailingComma: boolean;
}

/** Only what is between two staying items is written anew, and only where it differs. */
function glue(text: string, frame: Frame, parts: readonly Piece[]): Edit[] {
  const edits: Edit[] = [];
  let from = frame.open;
  let between = frame.opening;
  parts.forEach((piece, index) => {
    between += piece.lead;
    if (typeof piece.at === 'string') between += piece.at;
    else {
      edits.push({ start: from, end: piece.at.start, text: between });
      from = piece.at.end;
      between = '';
    }
    const comma = index < parts.length - 1 || frame.trailingComma ? ',' : '';
    between += piece.beforeComma + comma + piece.afterComma;
  });
  edits.push({ start: from, end: frame.close, text: between + frame.closing });
  return edits.filter((edit) => text.slice(edit.start, edit.end) !== edit.text);
}

function piecesOf(
  text: string,
  src: MapSrc | SeqSrc,
): { opening: string; pieces: Piece[]; closing: string; trailingComma: boolean } {
  const { items } = src;
  const gaps = items.map((item, index) =>
    split(text.slice(item.value.end, items[index + 1]?.start ?? src.end - 1)),
  );
  const inside = text.slice(src.body + 1, items[0]?.start ?? src.end - 1);
  const opening = sameLineComment(inside);
  const pieces = items.map((item, index) => ({
    lead: index === 0 ? inside.slice(opening.length) : (gaps[index - 1]?.rest ?? ''),
    beforeComma: gaps[index]?.beforeComma ?? '',
    afterComma: gaps[index]?.afterComma ?? '',
    at: { start: item.start, end: item.value.end },
  }));
  const last = gaps.at(-1);
  return { opening, pieces, closing: last?.rest ?? '', trailingComma: last?.comma ?? false };
}

/** A gap: what is before the comma, what is behind it on its line, the rest. */
function split(gap: string): { beforeComma: string; comma: boolean; afterComma: string; rest: string } {
  const before = /^(?:\s|(?<=\s)#[^\n]*)*(?=,)/.exec(gap)?.[0];
  const behind = before === undefined ? gap : gap.slice(before.length + 1);
  const afterComma = sameLineComment(behind);
  return {
    beforeComma: before ?? '',
    comma: before !== undefined,
    afterComma,
    rest: behind.slice(afterComma.length),
  };
}

function sameLineComment(text: string): string {
  return /^[ \t]+#[^\r\n]*/.exec(text)?.[0] ?? '';
}

/** White space alone, without the comments in it. */
function blank(lead: string): string {
  return lead.includes('#') ? (/\r?\n[ \t]*$/.exec(lead)?.[0] ?? ' ') : lead;
}

function render(
  text: string,
  src: MapSrc | SeqSrc,
  { key, value }: Added,
  style: Style,
  indent: string,
  quoted = false,
): string {
  const like: Like = { text, style, src };
  return key === null
    ? flowText(value, childLike(like, value), indent)
    : flowPair(key, value, fieldLike(like, key), indent, quoted);
}
