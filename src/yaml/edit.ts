/**
 * One value of one document from what it is to what it shall be, as the smallest change of the text. Whatever
 * comes out is read again before anyone sees it: a text that doesn't say exactly what was planned never leaves.
 */
import { isList, isObject, type Json, ownValue, sameJson, withoutNulls } from '../base/json.ts';
import type { ItemIdentity } from './align.ts';
import { keepAliases } from './anchors.ts';
import { blockEdits } from './block.ts';
import { noChanges, planEdits, saysTheSame, type Changes, type EditRules } from './changes.ts';
import { applyEdits, type Edit } from './edits.ts';
import { flowEdits } from './flow.ts';
import { parse } from './parse.ts';
import { replaceEdit, stripAnchor } from './replace.ts';
import { lineEnd } from './slices.ts';
import { styleOfTree } from './style.ts';
import { nearestNode, type Src, type Tree, type TreeFault } from './tree.ts';

export interface EditOptions {
  /** What items of lists are known by; without it they are paired by what they have in common. */
  readonly identity?: ItemIdentity;
  /** A field that is null says the same as none: it stays as it is written where there shall be none. */
  readonly nullIsAbsent?: boolean;
}

export type Edited =
  | { readonly ok: true; readonly tree: Tree }
  /** No way of writing it reads back as it should. */
  | { readonly ok: false; readonly fault: TreeFault };

/**
 * The document with the value at `path` being `after`, everything else as it was. Fields that are `undefined` count as
 * absent. A path to nowhere changes nothing. Pure, never throws.
 */
export function edit(
  tree: Tree,
  path: readonly (string | number)[],
  after: Json,
  { identity = () => null, nullIsAbsent = false }: EditOptions = {},
): Edited {
  const wanted = tree.root === null ? null : replacedAt(tree.root.value, path, after);
  const rules: EditRules = { identity, meaning: nullIsAbsent ? withoutNulls : (value) => value };
  if (tree.root === null || wanted === null || saysTheSame(rules, tree.root.value, wanted))
    return { ok: true, tree };
  for (const start of startsOf(tree)) {
    const task = { ...start, wanted, rules };
    const first = attemptEdit(task, new Set());
    if (first.tree !== null) return { ok: true, tree: first.tree };
    // What changes is written anew as a whole, then the smallest node around all changes, then the one around it, up
    // to the value's fields: never the value itself, nor anything beside it.
    const changed = [...first.changes.of.keys()];
    const around = fallbacks(nearestNode(start.root, path).src, changed).map((node) => [node]);
    for (const nodes of [changed, ...around]) {
      const next = attemptEdit(task, new Set(nodes));
      if (next.tree !== null) return { ok: true, tree: next.tree };
    }
  }
  const offset = nearestNode(tree.root, path).keyStart;
  return { ok: false, fault: { offset, message: 'the edited text would not read back as planned' } };
}

interface Start {
  readonly tree: Tree;
  readonly root: Src;
  /** The line end at its end is to go again. */
  readonly endless: boolean;
}

/**
 * A text whose last line has no line end gets one to be edited, and loses it again: lines are all alike. Where that
 * line is a block scalar's, whose value the line end belongs to, it is first tried as it is; where it becomes one's, it
 * stays.
 */
function startsOf(tree: Tree): readonly Start[] {
  const { root } = tree;
  if (root === null) return [];
  const bare = { tree, root, endless: false };
  if (tree.text.endsWith('\n')) return [bare];
  const parsed = parse(tree.text + lineEnd(tree.text));
  if (!parsed.ok || parsed.tree.root === null) return [bare];
  const complete = { tree: parsed.tree, root: parsed.tree.root, endless: true };
  const starts = [complete, { ...complete, endless: false }];
  return sameJson(complete.root.value, root.value) ? starts : [bare, ...starts];
}

interface Task {
  readonly tree: Tree;
  readonly endless: boolean;
  readonly wanted: Json;
  readonly rules: EditRules;
}

interface Attempt {
  /** Null: it doesn't read back as wanted. */
  readonly tree: Tree | null;
  readonly changes: Changes;
}

function attemptEdit({ tree, wanted, endless, rules }: Task, whole: ReadonlySet<Src>): Attempt {
  const changes = noChanges(whole, rules);
  if (tree.root !== null) planEdits(tree.root, wanted, changes);
  const stripped = keepAliases(tree, changes);
  const edits = editsOf(tree, changes, stripped);
  const text = edits === null ? null : applyEdits(tree.text, edits);
  // Without its line end, a document would run into the `---` of the next one.
  if (text === null || (tree.text.endsWith('\n') && !text.endsWith('\n'))) return { tree: null, changes };
  const parsed = parse(endless ? text.replace(/\r?\n$/, '') : text);
  const reads =
    parsed.ok &&
    parsed.tree.faults.length <= tree.faults.length &&
    saysTheSame(rules, parsed.tree.root?.value, wanted);
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

/** The nodes inside `edited` that hold all of those of `nodes` that are in it, the smallest first. */
function fallbacks(edited: Src, nodes: readonly Src[]): Src[] {
  const [first, ...others] = nodes.map(outwards).filter((line) => line.includes(edited));
  if (first === undefined) return [];
  const shared = first.filter((node) => others.every((line) => line.includes(node)));
  return shared.slice(0, shared.indexOf(edited));
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
