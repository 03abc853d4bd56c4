import { memoizedFor } from '../base/memoized.ts';
import { canonicalJson } from '../base/json.ts';
import { fieldsNote } from '../plan/route-differences.ts';
import type { RouteView, RoutePair } from '../plan/view-types.ts';
import { ownerOf } from './text.ts';

/** Routes of one VirtualService to which the same happens, in their order; at least one. */
export type RouteGroup = readonly RoutePair[];

/**
 * Routes that are alike in where they send, before and after, as one group: a reader of fifteen equal rows has to
 * compare them to see that they are equal. Groups stand where their first route stands. A route whose match changed
 * stays alone, because what it matched before is shown as well.
 *
 * @param least a group of fewer routes is dissolved: each of its routes is a group by itself
 */
export function groupPairs(pairs: readonly RoutePair[], least: number): readonly RouteGroup[] {
  const alike = Map.groupBy(pairs, keyOf);
  const done = new Set<string>();
  return pairs.flatMap((pair): RouteGroup[] => {
    const key = keyOf(pair);
    const group = alike.get(key) ?? [];
    if (isMatchChanged(pair) || group.length < least) return [[pair]];
    if (done.has(key)) return [];
    done.add(key);
    return [group];
  });
}

/** A route before and after whose requests are others now. */
export function isMatchChanged({ before, after }: RoutePair): boolean {
  return before !== null && after !== null && before.match !== after.match;
}

/** The route as it is now, or as it was where it is gone. */
export function viewOf({ before, after }: RoutePair): RouteView | null {
  return after ?? before;
}

const keyOf = memoizedFor((pair: RoutePair): string => {
  const view = viewOf(pair);
  return canonicalJson([
    view === null ? null : ownerOf(view),
    view?.kind ?? null,
    view?.madeBy ?? null,
    pair.change,
    isMatchChanged(pair) ? (view?.index ?? null) : null,
    sentBy(pair.before),
    sentBy(pair.after),
    fieldsNote(pair),
  ]);
});

function sentBy(view: RouteView | null): readonly unknown[] | null {
  if (view === null) return null;
  return [view.action, view.destinations.map(({ host, subset, port, share }) => [host, subset, port, share])];
}
