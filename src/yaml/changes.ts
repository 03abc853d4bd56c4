/**
 * What must become of each place in a document so that it says `after`: worked out on the tree alone, before
 * any text is touched, because an anchor's fate depends on what happens everywhere else.
 */
import { isList, isObject, type Json, type JsonObject, ownValue, sameJson } from '../base/json.ts';
import { alignItems, type ItemIdentity } from './align.ts';
import { objectOf, type MapSrc, type SeqSrc, type Src } from './tree.ts';

export type NodeChange =
  | {
      readonly kind: 'replace';
      readonly after: Json;
      /** The anchor that its text starts with. */
      readonly anchor: string | null;
    }
  | {
      readonly kind: 'items';
      readonly removed: ReadonlySet<number>;
      readonly added: readonly Added[];
    };

export interface Added {
  /** The index of the staying item that it comes behind; -1: before them all. */
  readonly behind: number;
  /** Null in a list. */
  readonly key: string | null;
  readonly value: Json;
}

export interface Changes {
  readonly of: Map<Src, NodeChange>;
  /** The new value of every place whose value changes. */
  readonly values: Map<Src, Json>;
  /** Maps whose `<<` must be written out. */
  readonly spelledOut: Set<MapSrc>;
  /** Places that are to be written anew as a whole, whatever changes in them. */
  readonly whole: ReadonlySet<Src>;
  readonly rules: EditRules;
}

/** What the values of a document mean to those who read it. */
export interface EditRules {
  /** What items of lists are known by. */
  readonly identity: ItemIdentity;
  /** A value without the fields that say nothing. */
  readonly meaning: (value: Json) => Json;
}

/** Do two values say the same? */
export function saysTheSame({ meaning }: EditRules, a: Json | undefined, b: Json | undefined): boolean {
  return sameJson(a, b) || sameJson(meaning(a ?? null), meaning(b ?? null));
}

export function noChanges(whole: ReadonlySet<Src>, rules: EditRules): Changes {
  return { of: new Map(), values: new Map(), spelledOut: new Set(), whole, rules };
}

/** Adds to `changes` whatever turns `src` into `after`. */
export function planEdits(src: Src, after: Json, changes: Changes): void {
  if (saysTheSame(changes.rules, src.value, after)) return;
  changes.values.set(src, after);
  const parts =
    changes.whole.has(src) || src.kind === 'scalar' || src.kind === 'alias' || !hasEditableItems(src, after)
      ? null
      : src.kind === 'map' && isObject(after)
        ? planMap(src, after, changes)
        : src.kind === 'seq' && isList(after)
          ? planSeq(src, after, changes)
          : null;
  if (parts !== null) setItems(src, parts, changes);
  else changes.of.set(src, { kind: 'replace', after, anchor: src.anchor?.name ?? null });
}

/** What can't be edited in parts can still have a part edited: where it keeps its keys, only values in it change. */
function hasEditableItems(src: MapSrc | SeqSrc, after: Json): boolean {
  if (!src.opaque) return true;
  if (src.kind === 'seq' || !isObject(after)) return false;
  const keys = Object.keys(after).filter((key) => after[key] !== undefined);
  const own = new Set(src.items.map(({ key, merges }) => (merges ? undefined : key)));
  return keys.length === src.items.length && keys.every((key) => own.has(key));
}

/** Plans a map's `<<` anew, because what it refers to changes, or goes and has to be written out. */
export function mergeAgain(src: MapSrc, gone: boolean, changes: Changes): void {
  if (changes.spelledOut.has(src) || changes.of.get(src)?.kind === 'replace') return;
  if (gone) changes.spelledOut.add(src);
  changes.of.delete(src);
  const after = changes.values.get(src) ?? src.value;
  const parts = src.opaque || !isObject(after) ? null : planMap(src, after, changes);
  if (parts !== null) setItems(src, parts, changes);
  else changes.of.set(src, { kind: 'replace', after, anchor: src.anchor?.name ?? null });
}

interface Items {
  readonly removed: Set<number>;
  readonly added: Added[];
}

function setItems(src: Src, { removed, added }: Items, changes: Changes): void {
  if (removed.size + added.length > 0) changes.of.set(src, { kind: 'items', removed, added });
}

/** Null: none of its items stays, so there is nothing to keep the style of. */
function planMap(src: MapSrc, after: JsonObject, changes: Changes): Items | null {
  const own = new Map(src.items.flatMap((item, index) => (item.merges ? [] : [[item.key, index] as const])));
  const merged = mergedFields(src, (source) => source.value);
  const brought = mergedFields(src, (source) => changes.values.get(source) ?? source.value);
  for (const key of brought.keys()) if (ownValue(after, key) === undefined) changes.spelledOut.add(src);
  const spelledOut = changes.spelledOut.has(src);
  const lastMerge = src.items.findLastIndex((item) => item.merges && !spelledOut);
  const isBrought = (key: string, value: Json): boolean =>
    lastMerge >= 0 && brought.has(key) && sameJson(brought.get(key), value);
  const foreign = src.items.findIndex(({ key }, index) => index > lastMerge && !merged.has(key));
  const overrides = src.items.slice(lastMerge + 1, foreign === -1 ? undefined : foreign);
  const removed = new Set<number>();
  src.items.forEach((item, index) => {
    const value = ownValue(after, item.key);
    if (item.merges) {
      if (spelledOut) removed.add(index);
    } else if (value === undefined) {
      const field = objectOf([[item.key, item.value.value]]);
      if (!saysTheSame(changes.rules, field, {})) removed.add(index);
    }
    // What stands where we put an override goes once it says no more than the `<<` does.
    else if (
      overrides.includes(item) &&
      isBrought(item.key, value) &&
      !sameJson(merged.get(item.key), item.value.value)
    )
      removed.add(index);
    else planEdits(item.value, value, changes);
  });
  const added: Added[] = [];
  let behind = -1;
  for (const [key, value] of Object.entries(after)) {
    if (value === undefined) continue;
    const index = own.get(key);
    if (index !== undefined) {
      behind = Math.max(behind, index);
      continue;
    }
    // Above its `<<`, go-yaml v2 would take the merged value in place of the edited one.
    if (!isBrought(key, value)) added.push({ behind: Math.max(behind, lastMerge), key, value });
  }
  return removed.size < src.items.length || isFilledInPlace(src, added) ? { removed, added } : null;
}

/** `{}` in block style is filled between its braces, and emptied again: what else is in them comes back that way. */
function isFilledInPlace(src: MapSrc, added: readonly Added[]): boolean {
  const isBelowKey = src.flow && src.parent?.src.kind === 'map' && !src.parent.src.flow;
  return isBelowKey && (src.items.length === 0 || added.length === 0);
}

/** The fields that a map's `<<` bring, of several sources the first one's. */
function mergedFields(src: MapSrc, valueOf: (source: Src) => Json): ReadonlyMap<string, Json> {
  const fields = new Map<string, Json>();
  for (const item of src.items) {
    if (!item.merges) continue;
    const sources = item.value.kind === 'seq' ? item.value.items.map(({ value }) => value) : [item.value];
    for (const source of sources) {
      const value = valueOf(source.kind === 'alias' && source.target !== null ? source.target : source);
      if (!isObject(value)) continue;
      for (const [key, field] of Object.entries(value)) {
        if (!fields.has(key) && field !== undefined) fields.set(key, field);
      }
    }
  }
  return fields;
}

function planSeq(src: SeqSrc, after: readonly Json[], changes: Changes): Items | null {
  const removed = new Set(src.items.keys());
  const added: Added[] = [];
  let behind = -1;
  const before = src.items.map((item) => changes.rules.meaning(item.value.value));
  alignItems(before, after, changes.rules.identity).forEach((was, index) => {
    const value = after[index] ?? null;
    const item = was === null ? undefined : src.items[was];
    if (was === null || item === undefined) {
      added.push({ behind, key: null, value });
      return;
    }
    removed.delete(was);
    behind = was;
    planEdits(item.value, value, changes);
  });
  return removed.size === src.items.length ? null : { removed, added };
}
