import { canonicalJson } from '../base/json.ts';
import type { ListedRoute } from '../istio/requests/kept-routes.ts';
import type { Match } from '../istio/types.ts';

/** Which routes of a list are the same as before: they ask the same and stand in the same order. */
export interface Alignment {
  /** By position before: the position after, or undefined for a route that is gone (or was moved). */
  readonly after: readonly (number | undefined)[];
  /** By position after: the position before, or undefined for a route that is new (or was moved). */
  readonly before: readonly (number | undefined)[];
}

/**
 * Pairs the routes of two lists that ask the same, as many as possible without a crossing. Of twins the first is
 * paired with the first.
 */
export function alignRoutes(before: readonly ListedRoute[], after: readonly ListedRoute[]): Alignment {
  const places = new Map<string, number[]>();
  for (const [index, { route }] of before.entries()) {
    const key = matchKey(route.match);
    const known = places.get(key);
    if (known === undefined) places.set(key, [index]);
    else known.push(index);
  }
  const taken = new Map<string, number>();
  const wanted = after.map(({ route }) => {
    const key = matchKey(route.match);
    const twin = taken.get(key) ?? 0;
    taken.set(key, twin + 1);
    return places.get(key)?.[twin];
  });
  const kept = longestRise(wanted);
  const toAfter: (number | undefined)[] = before.map(() => undefined);
  const toBefore: (number | undefined)[] = after.map(() => undefined);
  for (const index of kept) {
    const old = wanted[index];
    if (old === undefined) continue;
    toAfter[old] = index;
    toBefore[index] = old;
  }
  return { after: toAfter, before: toBefore };
}

const keys = new WeakMap<readonly Match[], string>();

/** A change leaves most matches alone, and then before and after share them. */
function matchKey(match: readonly Match[] | undefined): string {
  if (match === undefined) return '[]';
  const known = keys.get(match);
  if (known !== undefined) return known;
  const key = canonicalJson(match);
  keys.set(match, key);
  return key;
}

/** Positions of the longest rising row of numbers, by patience sorting. */
function longestRise(numbers: readonly (number | undefined)[]): readonly number[] {
  const ends: number[] = [];
  const previous = new Map<number, number | undefined>();
  for (const [index, number] of numbers.entries()) {
    if (number === undefined) continue;
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((numbers[ends[middle] ?? 0] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    previous.set(index, low === 0 ? undefined : ends[low - 1]);
    ends[low] = index;
  }
  const row: number[] = [];
  for (let index = ends.at(-1); index !== undefined; index = previous.get(index)) row.push(index);
  return row.reverse();
}
