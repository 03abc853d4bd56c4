/** A value written anew in the place of another. */
import type { Json } from '../base/json.ts';
import type { Edit } from './edits.ts';
import { fillsLeftOut, isLeftOut } from './filled.ts';
import { behindDash, flowText, underKey, type Like } from './render.ts';
import type { Style } from './style.ts';
import { columnOf, indentAt, lineStart, lineStop, type MapItem, type SeqItem, type Src } from './tree.ts';

/** @returns null for a document's root, which is never replaced */
export function replaceEdit(
  text: string,
  src: Src,
  after: Json,
  anchor: string | null,
  style: Style,
): Edit | null {
  const { parent } = src;
  const item = parent?.src.items[parent.index];
  if (parent === null || item === undefined) return null;
  const like: Like = { text, style, src };
  if (parent.src.flow) {
    const inline = `${anchor === null ? '' : `&${anchor} `}${flowText(after, like, indentAt(text, src.start))}`;
    // A value left out (`{a:}`) has no room behind the colon; JSON's `"a":1` needs none.
    const isTight = src.start === item.after && src.kind === 'scalar' && src.style === 'empty';
    return { start: src.start, end: src.end, text: isTight ? ` ${inline}` : inline };
  }
  if (after === null && parent.src.kind === 'map' && fillsLeftOut(src)) return leaveOut(text, item, src);
  const { first, rest } =
    parent.src.kind === 'map'
      ? underKey(after, like, anchor, isLeftOut(src))
      : behindDash(after, like, anchor);
  const pad = ' '.repeat(columnOf(text, item.start));
  const lines = rest.map((line) => style.eol + (line === '' ? line : pad + line)).join('');
  const sameLine = !text.slice(item.after, src.body).includes('\n');
  if (sameLine && lines === '') {
    if (src.start === item.after) return { start: item.after, end: src.end, text: first };
    return { start: src.start, end: src.end, text: first.replace(/^ +/, '') };
  }
  if (sameLine) {
    // A comment behind the old value stays on the line of the key.
    const stop = lineStop(text, src.end);
    return { start: item.after, end: stop, text: first + text.slice(src.end, stop).trimEnd() + lines };
  }
  const keyLine = text.slice(item.after, lineStop(text, item.after));
  const comment = /(^|\s)#.*$/.exec(keyLine)?.[0] ?? '';
  const trailing = trailingComment(text, src);
  // That of the last item of a list goes with it.
  const isOwn = src.kind === 'scalar' || src.kind === 'alias' || src.flow;
  // Below the head of a block scalar they would be its text.
  const isBlockScalar = /^\s*[|>]/.test(first);
  const below = isBlockScalar ? [] : commentsBelowKey(text, item, src, isOwn ? trailing.trim() : '');
  const kept = below.map((line) => style.eol + line).join('');
  return { start: item.after, end: src.end + trailing.length, text: first + comment + kept + lines };
}

/** The lines of comments between a key and its value, and the comment behind the value on a line of its own. */
function commentsBelowKey(
  text: string,
  item: MapItem | SeqItem,
  src: Src,
  trailing: string,
): readonly string[] {
  const [, ...between] = text.slice(item.after, src.body).split(/\r?\n/);
  const column = /^[ \t]*/.exec(between.at(-1) ?? '')?.[0] ?? '';
  return [
    ...between.filter((line) => line.trimStart().startsWith('#')),
    ...(trailing === '' ? [] : [column + trailing]),
  ];
}

/** The comment behind a value on its line, with the blanks before it. */
export function trailingComment(text: string, { end }: Src): string {
  return /^[ \t]+#[^\r\n]*/.exec(text.slice(end))?.[0] ?? '';
}

/** The lines below a key go; a comment on its own line, and those above what goes, stay. */
function leaveOut(text: string, item: MapItem | SeqItem, src: Src): Edit {
  const keyStop = lineStop(text, item.after);
  const kept = text.slice(keyStop, src.body).trimEnd();
  return { start: keyStop + kept.length, end: src.end, text: '' };
}

/** An anchor taken away from a node that otherwise stays where it is. */
export function stripAnchor(text: string, src: Src): Edit | null {
  const { anchor } = src;
  if (anchor === null) return null;
  const behind = /^[ \t]*/.exec(text.slice(anchor.end))?.[0].length ?? 0;
  const endsLine = /^(\r?\n|#|$)/.test(text.slice(anchor.end + behind));
  if (!endsLine) return { start: anchor.start, end: anchor.end + behind, text: '' };
  const before = /[ \t]*$/.exec(text.slice(lineStart(text, anchor.start), anchor.start))?.[0].length ?? 0;
  return { start: anchor.start - before, end: anchor.end, text: '' };
}
