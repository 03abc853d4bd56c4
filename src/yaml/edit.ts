/**
 * One object of one document from what it is to what it shall be, as the smallest change of the text. Whatever
 * comes out is read again before anyone sees it: a text that doesn't say exactly what was planned never leaves.
 */
import { TrafficError } from '../base/errors.ts';
import { isObject, type Json, ownValue, sameJson } from '../base/json.ts';
import { keepAliases } from './anchors.ts';
import { blockEdits } from './block.ts';
import { noChanges, planChange, type Changes } from './changes.ts';
import { applyEdits, type Edit } from './edits.ts';
import { flowEdits } from './flow.ts';
import { parseSlice } from './parse.ts';
import { replaceEdit, stripAnchor } from './replace.ts';
import { lineEnd } from './slices.ts';
import { styleOfTree } from './style.ts';
import { isList, nearest, type Src, type Tree } from './tree.ts';

/**
 * The document with the value at `path` being `after`, everything else as it was.
 *
 * @throws TrafficError internal: no way of writing it reads back as it should; the message doesn't name the file
 */
export function editTree(tree: Tree, path: readonly (string | number)[], after: Json): Tree {
  const wanted = tree.root === null ? null : replacedAt(tree.root.value, path, after);
  if (tree.root === null || sameJson(tree.root.value, wanted)) return tree;
  const { endless, complete } = completed(tree);
  const { root } = complete;
  if (root === null) return tree;
  const first = attempt(complete, wanted, new Set(), endless);
  if (first.tree !== null) return first.tree;
  // The smallest node around all changes is written anew, then the one around it, up to the object's fields:
  // never the object itself, nor anything beside it.
  for (const node of fallbacks(nearest(root, path).src, [...first.changes.of.keys()])) {
    const next = attempt(complete, wanted, new Set([node]), endless);
    if (next.tree !== null) return next.tree;
  }
  throw new TrafficError(
    'internal',
    'the edited text would not read back as planned, so nothing was written',
  );
}

/** A text whose last line has no line end gets one to be edited, and loses it again: lines are all alike. */
function completed(tree: Tree): { readonly complete: Tree; readonly endless: boolean } {
  if (tree.text.endsWith('\n')) return { complete: tree, endless: false };
  const parsed = parseSlice(tree.text + lineEnd(tree.text));
  return parsed.ok ? { complete: parsed.tree, endless: true } : { complete: tree, endless: false };
}

interface Attempt {
  /** Null: it doesn't read back as wanted. */
  readonly tree: Tree | null;
  readonly changes: Changes;
}

function attempt(tree: Tree, wanted: Json, whole: ReadonlySet<Src>, endless: boolean): Attempt {
  const changes = noChanges(whole);
  if (tree.root !== null) planChange(tree.root, wanted, changes);
  const stripped = keepAliases(tree, changes);
  const edits = editsOf(tree, changes, stripped);
  const text = edits === null ? null : applyEdits(tree.text, edits);
  // Without its line end, a document would run into the `---` of the next one.
  if (text?.endsWith('\n') !== true) return { tree: null, changes };
  const parsed = parseSlice(endless ? text.replace(/\r?\n$/, '') : text);
  const reads =
    parsed.ok && parsed.tree.faults.length <= tree.faults.length && sameJson(parsed.tree.root?.value, wanted);
  return { tree: reads ? parsed.tree : null, changes };
}

function editsOf(tree: Tree, changes: Changes, stripped: ReadonlySet<Src>): Edit[] | null {
  const { text } = tree;
  const style = styleOfTree(tree);
  const edits: Edit[] = [];
  for (const [src, change] of changes.of) {
    if (change.kind === 'replace') {
      const edit = replaceEdit(text, src, change.after, stripped.has(src) ? null : change.anchor, style);
      if (edit === null) return null;
      edits.push(edit);
    } else if (src.kind === 'map' || src.kind === 'seq') {
      edits.push(...(src.flow ? flowEdits : blockEdits)(text, src, change.removed, change.added, style));
    }
  }
  for (const src of stripped) {
    const edit = changes.of.get(src)?.kind === 'replace' ? null : stripAnchor(text, src);
    if (edit !== null) edits.push(edit);
  }
  return edits;
}

/** The nodes inside `object` that hold all of those of `nodes` that are in it, the smallest first. */
function fallbacks(object: Src, nodes: readonly Src[]): Src[] {
  const [first, ...others] = nodes.map(outwards).filter((line) => line.includes(object));
  if (first === undefined) return [];
  const shared = first.filter((node) => others.every((line) => line.includes(node)));
  return shared.slice(0, shared.indexOf(object));
}

/** A node and everything around it. */
function outwards(node: Src): Src[] {
  const line: Src[] = [node];
  for (let at = node; at.parent !== null; at = at.parent.src) line.push(at.parent.src);
  return line;
}

function replacedAt(value: Json, path: readonly (string | number)[], after: Json): Json {
  const [step, ...rest] = path;
  if (step === undefined) return after;
  if (isList(value)) {
    return value.map((item, index) => (index === step ? replacedAt(item, rest, after) : item));
  }
  return isObject(value)
    ? { ...value, [step]: replacedAt(ownValue(value, String(step)) ?? null, rest, after) }
    : value;
}
