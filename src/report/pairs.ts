import { canonicalJson } from '../base/json.ts';
import type { RoutePair, RouteView } from '../plan/view-types.ts';
import { contentOf, differences } from '../plan/route-differences.ts';
import { ownerOf } from './text.ts';

/** null: the view has nothing of the kind to be known by. */
type Identity = (view: RouteView) => string | null;

/**
 * From the surest sign that two views are of one route to the weakest. A later one is asked only for what the
 * earlier ones left over: a preview whose headers were replaced keeps its name, one that was repointed to
 * another subset keeps its match.
 */
const IDENTITIES: readonly Identity[] = [
  (view) => canonicalJson([listKey(view), view.name, view.match]),
  (view) => (view.name === null ? null : canonicalJson([listKey(view), view.name])),
  (view) => canonicalJson([listKey(view), view.madeBy, view.match]),
];

/**
 * Which route is which, by what it is and not where it stands: a preview inserted at the top moves every
 * index below it by one. In the order of `after`; what is gone stands where it stood.
 */
export function pairRoutes(before: readonly RouteView[], after: readonly RouteView[]): readonly RoutePair[] {
  const partner = new Map<RouteView, RouteView>();
  const taken = new Set<RouteView>();
  for (const identity of IDENTITIES) {
    const olds = Map.groupBy(
      before.filter((view) => !taken.has(view)),
      identity,
    );
    const news = Map.groupBy(
      after.filter((view) => !partner.has(view)),
      identity,
    );
    for (const [key, added] of news) {
      if (key === null) continue;
      for (const [old, now] of alike(olds.get(key) ?? [], added)) {
        partner.set(now, old);
        taken.add(old);
      }
    }
  }
  return inOrder(before, after, partner);
}

function listKey(view: RouteView): string {
  return `${ownerOf(view)} ${view.kind}`;
}

/**
 * Views that look alike: as many after as before are paired in order. Otherwise one came or went, and the
 * order alone would call every later one changed, so those that send to the same come first.
 */
function alike(olds: readonly RouteView[], news: readonly RouteView[]): (readonly [RouteView, RouteView])[] {
  const pairs: (readonly [RouteView, RouteView])[] = [];
  let restNew = news;
  let restOld = olds;
  if (olds.length !== news.length && olds.length > 0) {
    const byContent = Map.groupBy(olds, contentOf);
    restNew = news.filter((now) => {
      const old = byContent.get(contentOf(now))?.shift();
      if (old !== undefined) pairs.push([old, now]);
      return old === undefined;
    });
    const used = new Set(pairs.map(([old]) => old));
    restOld = olds.filter((old) => !used.has(old));
  }
  restNew.forEach((now, i) => {
    const old = restOld[i];
    if (old !== undefined) pairs.push([old, now]);
  });
  return pairs;
}

function inOrder(
  before: readonly RouteView[],
  after: readonly RouteView[],
  partner: ReadonlyMap<RouteView, RouteView>,
): RoutePair[] {
  const nowOf = new Map([...partner].map(([now, old]) => [old, now]));
  const goneAtTop = new Map<string, RouteView[]>();
  const goneAfter = new Map<RouteView, RouteView[]>();
  const anchors = new Map<string, RouteView>();
  for (const old of before) {
    const list = listKey(old);
    const now = nowOf.get(old);
    if (now !== undefined) {
      anchors.set(list, now);
      continue;
    }
    const anchor = anchors.get(list);
    if (anchor === undefined) goneAtTop.set(list, [...(goneAtTop.get(list) ?? []), old]);
    else goneAfter.set(anchor, [...(goneAfter.get(anchor) ?? []), old]);
  }

  const pairs: RoutePair[] = [];
  const bury = (gone: readonly RouteView[] = []): void => {
    for (const old of gone) pairs.push({ before: old, after: null, change: 'gone', differs: [] });
  };
  for (const now of after) {
    const list = listKey(now);
    bury(goneAtTop.get(list));
    goneAtTop.delete(list);
    pairs.push(pairOf(partner.get(now) ?? null, now));
    bury(goneAfter.get(now));
  }
  for (const gone of goneAtTop.values()) bury(gone);
  return pairs;
}

function pairOf(before: RouteView | null, after: RouteView): RoutePair {
  if (before === null) return { before, after, change: 'new', differs: [] };
  const differs = differences(before, after);
  return { before, after, change: differs.length === 0 ? 'same' : 'changed', differs };
}
