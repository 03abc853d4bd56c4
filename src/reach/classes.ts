/**
 * The classes of requests that a change of a list of routes can mean something for.
 *
 * Two lists of n routes cut the requests into up to 4^n classes, but nearly all of them can't differ. A request
 * gets from the first route that it meets. Where that is the same route before and after (it matches the same and
 * stands in the same order among the routes that stayed), the answer is the same: one class a block, nothing to
 * look at. Else it meets a block of a route that is new, gone, moved or sends elsewhere now. So for each such
 * block, the routes of the other list are looked for that can be first for a request that meets it: none above
 * which a route stands that matches all of the block's requests, none that stands on the same side of the changed
 * route in both lists, none that excludes it. For a preview above its base route that leaves one, and the number
 * of classes grows in a straight line with the routes.
 */
import { memoizedFor } from '../base/memoized.ts';
import { coverIndex, type CoverIndex } from '../istio/cover-index.ts';
import type { ListedRoute } from '../istio/requests/kept-routes.ts';
import type { Match, Route } from '../istio/types.ts';
import type { Alignment } from './align.ts';
import { sameAnswer } from './answers.ts';
import { spread } from './budget.ts';
import { blocksOf, type Taken } from './listed.ts';

/** Requests that meet these blocks; `before` and `after`: the routes that are first for them, null for none. */
export interface RequestClass {
  readonly blocks: readonly Match[];
  readonly before: number | null;
  readonly after: number | null;
}

export interface Lists {
  readonly before: readonly ListedRoute[];
  readonly after: readonly ListedRoute[];
  readonly alignment: Alignment;
}

export interface Classes {
  /** Whose answer may differ. */
  readonly changed: readonly RequestClass[];
  /** How many get the same from the same route. */
  readonly unchanged: number;
  /** Not all that may differ are in `changed`. */
  readonly sampled: boolean;
}

/** Pairs of routes that are looked at, at most: some hundred milliseconds. */
const MOST_PAIRS = 200_000;

/** @returns positions in the two lists; of too many classes an evenly spread part (`sampled`) */
export function classesOf({ before, after, alignment }: Lists): Classes {
  const changed: RequestClass[] = [];
  let unchanged = 0;
  for (const [index, listed] of after.entries()) {
    const old = alignment.before[index];
    if (old === undefined) continue;
    if (sameAnswer(before[old], listed)) unchanged += blocksOf(listed.route).length;
    else
      for (const block of blocksOf(listed.route))
        changed.push({ blocks: [block], before: old, after: index });
  }
  const old: ListSide = {
    routes: before,
    toOther: alignment.after,
    ends: endFinder(before, after, alignment.after),
  };
  const now: ListSide = {
    routes: after,
    toOther: alignment.before,
    ends: endFinder(after, before, alignment.before),
  };
  const [gone, added] = [unpairedRoutes(old), unpairedRoutes(now)];
  const sampler = samplerFor(gone.length + added.length);
  const join = (block: Match, from: number | null, to: number | null, other: Taken): void => {
    const [was, is] = [from === null ? undefined : before[from], to === null ? undefined : after[to]];
    if (sameAnswer(was, is)) return;
    for (const one of sampler.blocks(block, other))
      changed.push({ blocks: one === undefined ? [block] : [block, one], before: from, after: to });
  };
  for (const { block, index, end } of added) {
    const found = [...keptBetween(now, old, index, end), ...crossing(gone, index, end)];
    for (const from of sampler.routes(found)) join(block, from, index, before[from]);
    if (end === before.length) join(block, null, index, undefined);
  }
  for (const { block, index, end } of gone) {
    for (const to of sampler.routes(keptBetween(old, now, index, end))) join(block, index, to, after[to]);
    if (end === after.length) join(block, index, null, undefined);
  }
  return { changed, unchanged, sampled: sampler.sampled() };
}

/** One of the two lists, seen against the other. */
interface ListSide {
  readonly routes: readonly ListedRoute[];
  readonly toOther: readonly (number | undefined)[];
  readonly ends: (block: Match, index: number) => number;
}

/** A block of a route that the other list doesn't have. */
interface UnpairedRoute {
  readonly block: Match;
  readonly index: number;
  /** No route of the other list below this position can be first for the block's requests; its length: all can. */
  readonly end: number;
}

function unpairedRoutes({ routes, toOther, ends }: ListSide): readonly UnpairedRoute[] {
  return routes.flatMap(({ route }, index) =>
    toOther[index] === undefined
      ? blocksOf(route).map((block) => ({ block, index, end: ends(block, index) }))
      : [],
  );
}

/**
 * Where the other list has a route that matches all requests of a block: most often the one right below, which a
 * preview is a copy of; else the first that can be read off the fields.
 */
function endFinder(
  own: readonly ListedRoute[],
  other: readonly ListedRoute[],
  toOther: ListSide['toOther'],
): ListSide['ends'] {
  const below = keptBelow(toOther);
  let index: ReturnType<typeof coverIndex> | undefined;
  return (block, at) => {
    const next = below[at];
    const place = next === undefined ? undefined : toOther[next];
    if (
      next !== undefined &&
      place !== undefined &&
      coverIndexOf(own[next]?.route ?? {}).first(block) !== undefined
    )
      return place;
    if (index === undefined) {
      index = coverIndex();
      for (const [position, { route }] of other.entries()) index.add(route, position);
    }
    return index.first(block) ?? other.length;
  };
}

/** By position: the next position below of a route that the other list has, too. */
function keptBelow(toOther: ListSide['toOther']): readonly (number | undefined)[] {
  const below: (number | undefined)[] = [];
  let next: number | undefined;
  for (let index = toOther.length - 1; index >= 0; index -= 1) {
    below[index] = next;
    if (toOther[index] !== undefined) next = index;
  }
  return below;
}

/** Positions in the other list of routes that stayed, below an unpaired one and not below its end. */
function keptBetween(own: ListSide, other: ListSide, index: number, end: number): readonly number[] {
  const found: number[] = [];
  for (let at = index + 1; at < own.toOther.length; at += 1) {
    const place = own.toOther[at];
    if (place === undefined) continue;
    if (place > end || place >= other.routes.length) break;
    found.push(place);
  }
  return found;
}

/** Routes that are gone, and that the requests of a new one may have gone to. */
function crossing(gone: readonly UnpairedRoute[], index: number, end: number): readonly number[] {
  const furthest = furthestEnds(gone);
  const found = new Set<number>();
  let [low, high] = [0, gone.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((gone[middle]?.index ?? 0) <= end) low = middle + 1;
    else high = middle;
  }
  for (let i = low - 1; i >= 0 && (furthest[i] ?? 0) >= index; i -= 1) {
    const unpaired = gone[i];
    if (unpaired !== undefined && unpaired.end >= index) found.add(unpaired.index);
  }
  return [...found];
}

/** By position: the furthest end so far, so that looking back can stop. */
const furthestEnds = memoizedFor((gone: readonly UnpairedRoute[]): readonly number[] => {
  const ends: number[] = [];
  for (const [i, { end }] of gone.entries()) ends.push(Math.max(end, ends[i - 1] ?? 0));
  return ends;
});

/** Each unpaired route's part of all pairs; of more, evenly spread ones, the same every time. */
function samplerFor(unpaired: number): {
  readonly routes: (candidates: readonly number[]) => readonly number[];
  /** Of a route that may be first for a block's requests: the blocks that they may be first by; undefined: any. */
  readonly blocks: (block: Match, route: Taken) => readonly (Match | undefined)[];
  readonly sampled: () => boolean;
} {
  const room = Math.max(8, Math.floor(MOST_PAIRS / Math.max(1, unpaired)));
  let sampled = false;
  let left = MOST_PAIRS;
  const some = <T>(items: readonly T[], most: number): readonly T[] => {
    if (items.length <= most) return items;
    sampled = true;
    return spread(items, most);
  };
  return {
    routes: (candidates) => some(candidates, room),
    blocks(block, route) {
      if (route === undefined) return ANY_BLOCK;
      const blocks = blocksOf(route.route);
      // One that matches all of the block's requests: together with the others they are no other requests.
      if (blocks.length > 1 && coverIndexOf(route.route).first(block) !== undefined) return ANY_BLOCK;
      const found = some(blocks, Math.min(room, Math.max(1, left)));
      left -= found.length;
      return found;
    },
    sampled: () => sampled,
  };
}

const ANY_BLOCK = [undefined] as const;

/** Which block of a route covers another, without asking each. */
const coverIndexOf = memoizedFor((route: Route): CoverIndex => {
  const index = coverIndex();
  index.add(route, 0);
  return index;
});
