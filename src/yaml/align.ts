/**
 * Which item of a list became which: what tells "a route was put above" from "every route became another one",
 * and so one inserted block from a rewritten file.
 */
import { canonicalJson, isList, isObject, type Json, ownValue, sameJson } from '../base/json.ts';

/** For each item of `after` the index of the `before` item that it is, or null for a new one. Order is kept. */
export type ItemPairs = readonly (number | null)[];

/**
 * What an item of a list is known by, whatever else changes in it; null for one that nothing tells apart. Two items of
 * one identity are told apart by their order.
 */
export type ItemIdentity = (item: Json) => string | null;

/** Above this many pairs, lists that nothing else tells apart are paired by position. */
const MOST_PAIRS = 10_000;

/**
 * Aligns by equality first, then by ever less: the same but for numbers, the same identity, and at last by how much
 * two items have in common.
 */
export function alignItems(
  before: readonly Json[],
  after: readonly Json[],
  identity: ItemIdentity = () => null,
): ItemPairs {
  const result: (number | null)[] = after.map(() => null);
  const levels: readonly ItemIdentity[] = [canonicalJson, withoutNumbers, identity];
  alignPart(
    { before, after, levels, result },
    0,
    { from: 0, to: before.length },
    { from: 0, to: after.length },
  );
  return result;
}

interface Work {
  readonly before: readonly Json[];
  readonly after: readonly Json[];
  readonly levels: readonly ItemIdentity[];
  readonly result: (number | null)[];
}

interface ListRange {
  readonly from: number;
  readonly to: number;
}

function alignPart(work: Work, level: number, b: ListRange, a: ListRange): void {
  let [bFrom, bTo, aFrom, aTo] = [b.from, b.to, a.from, a.to];
  while (bFrom < bTo && aFrom < aTo && sameJson(work.before[bFrom], work.after[aFrom])) {
    work.result[aFrom++] = bFrom++;
  }
  while (bFrom < bTo && aFrom < aTo && sameJson(work.before[bTo - 1], work.after[aTo - 1])) {
    work.result[--aTo] = --bTo;
  }
  if (bFrom === bTo || aFrom === aTo) return;
  const keyOf = work.levels[level];
  if (keyOf === undefined) {
    alignBySimilarity(work, { from: bFrom, to: bTo }, { from: aFrom, to: aTo });
    return;
  }
  let [bNext, aNext] = [bFrom, aFrom];
  for (const [bAt, aAt] of commonInOrder(
    keys(work.before, bFrom, bTo, keyOf),
    keys(work.after, aFrom, aTo, keyOf),
  )) {
    alignPart(work, level + 1, { from: bNext, to: bFrom + bAt }, { from: aNext, to: aFrom + aAt });
    work.result[aFrom + aAt] = bFrom + bAt;
    [bNext, aNext] = [bFrom + bAt + 1, aFrom + aAt + 1];
  }
  alignPart(work, level + 1, { from: bNext, to: bTo }, { from: aNext, to: aTo });
}

/** One key an item; a key's second occurrence differs from its first, so that each can be found. */
function keys(items: readonly Json[], from: number, to: number, keyOf: ItemIdentity): (string | null)[] {
  const seen = new Map<string, number>();
  return items.slice(from, to).map((item) => {
    const key = keyOf(item);
    if (key === null) return null;
    const times = seen.get(key) ?? 0;
    seen.set(key, times + 1);
    return `${times} ${key}`;
  });
}

/** The longest run of keys that both have in the same order, in n log n: patience sorting. */
function commonInOrder(
  before: readonly (string | null)[],
  after: readonly (string | null)[],
): [number, number][] {
  const where = new Map(before.map((key, index) => [key, index]));
  interface Link {
    readonly b: number;
    readonly a: number;
    readonly previous: Link | null;
  }
  const piles: Link[] = [];
  after.forEach((key, a) => {
    const b = key === null ? undefined : where.get(key);
    if (b === undefined) return;
    let [low, high] = [0, piles.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((piles[middle]?.b ?? Infinity) < b) low = middle + 1;
      else high = middle;
    }
    piles[low] = { b, a, previous: piles[low - 1] ?? null };
  });
  const pairs: [number, number][] = [];
  for (let link = piles.at(-1) ?? null; link !== null; link = link.previous) pairs.push([link.b, link.a]);
  return pairs.reverse();
}

function withoutNumbers(value: Json): string | null {
  if (typeof value === 'number') return null;
  return canonicalJson(blanked(value));
}

function blanked(value: Json): Json {
  if (typeof value === 'number') return 0;
  if (isList(value)) return value.map(blanked);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, blanked(field ?? null)]));
}

function alignBySimilarity(work: Work, b: ListRange, a: ListRange): void {
  const [rows, columns] = [b.to - b.from, a.to - a.from];
  if (rows * columns > MOST_PAIRS) {
    for (let i = 0; i < Math.min(rows, columns); i++) {
      if (likeness(work.before[b.from + i], work.after[a.from + i]) > 0) work.result[a.from + i] = b.from + i;
    }
    return;
  }
  // best[i][j]: the most that before[i…] and after[j…] can have in common.
  const best = Array.from({ length: rows + 1 }, () => new Float64Array(columns + 1));
  const like = Array.from({ length: rows }, (_row, i) =>
    Float64Array.from({ length: columns }, (_column, j) =>
      likeness(work.before[b.from + i], work.after[a.from + j]),
    ),
  );
  const at = (table: readonly Float64Array[], i: number, j: number): number => table[i]?.[j] ?? 0;
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      const row = best[i];
      if (row !== undefined)
        row[j] = Math.max(at(best, i + 1, j), at(best, i, j + 1), at(like, i, j) + at(best, i + 1, j + 1));
    }
  }
  for (let i = 0, j = 0; i < rows && j < columns;) {
    const pair = at(like, i, j);
    if (pair > 0 && at(best, i, j) === pair + at(best, i + 1, j + 1)) {
      work.result[a.from + j++] = b.from + i++;
    } else if (at(best, i, j) === at(best, i + 1, j)) i++;
    else j++;
  }
}

/** Two objects with next to nothing in common are not one that changed, but one that went and one that came. */
function likeness(a: Json | undefined, b: Json | undefined): number {
  const like = similarity(a, b);
  return typeof a === 'object' && like < 0.2 ? 0 : like;
}

/**
 * From 0 (nothing in common) to 1 (equal). Two scalars are a bit alike: one was replaced by the other. Two numbers
 * are so whichever they are, because small numbers such as weights are equal by chance.
 */
export function similarity(a: Json | undefined, b: Json | undefined): number {
  if (typeof a === 'number' && typeof b === 'number') return 0.25;
  if (sameJson(a, b)) return 1;
  if (isObject(a) && isObject(b)) {
    const names = new Set([...Object.keys(a), ...Object.keys(b)]);
    let common = 0;
    for (const key of names) {
      const [one, other] = [ownValue(a, key), ownValue(b, key)];
      common += one === undefined || other === undefined ? 0 : similarity(one, other);
    }
    return names.size === 0 ? 0 : common / names.size;
  }
  if (isList(a) && isList(b)) {
    const [first, second] = [a, b];
    const most = Math.max(first.length, second.length);
    let common = 0;
    for (let i = 0; i < Math.min(first.length, second.length); i++) common += similarity(first[i], second[i]);
    return most === 0 ? 0 : common / most;
  }
  const scalars = [a, b].every(
    (value) => value === null || (value !== undefined && typeof value !== 'object'),
  );
  return scalars && typeof a === typeof b ? 0.1 : 0;
}
