/** The routes that a change added go, those that it removed stand again where they stood. */
import type { Route, VirtualService } from '../istio/types.ts';
import { sameJson } from '../base/json.ts';
import { previewSubset } from '../plan/names.ts';
import { withRoutes } from '../plan/objects.ts';
import { titleOf } from '../base/title.ts';
import { httpIdentities, routePrint } from './recognise.ts';
import type { Reverted } from './reverted.ts';
import type { Conflict, PreviewsUndo, VirtualServiceUndo } from './types.ts';

/** An http route and what it is recognised by: a user's route by its identity, every other one by all of it. */
interface PreviewItem {
  readonly route: Route;
  readonly anchor?: string;
  readonly print: string;
}

/** Some step of the way: the routes as they are then, and what there is to say. */
interface RevertedItems {
  readonly items: readonly PreviewItem[];
  readonly done: readonly string[];
  readonly conflicts: readonly Conflict[];
}

/** @returns `conflicts`: what of it somebody else has changed since */
export function revertPreviews(
  virtualService: VirtualService,
  { previews }: VirtualServiceUndo,
): Reverted<VirtualService> {
  if (previews.length === 0) return { after: virtualService, done: [], conflicts: [] };
  const title = titleOf(virtualService);
  const anchors = httpIdentities(virtualService);
  const items = (virtualService.spec.http ?? []).map((route, index): PreviewItem => {
    const anchor = anchors.get(index);
    return anchor === undefined ? { route, print: routePrint(route) } : { route, anchor, print: '' };
  });
  // All that the change added goes before anything comes back: a route may have moved from one group to another.
  let step: RevertedItems = { items, done: [], conflicts: [] };
  const missing: ReadonlySet<string>[] = [];
  for (const group of previews) {
    const removed = withoutAdded(step.items, group, title);
    missing.push(removed.missing);
    step = joined(step, removed);
  }
  const others = othersOf(step.items);
  for (const [i, group] of previews.entries()) {
    const replaced = missing[i] ?? new Set();
    step = joined(step, withRemoved(step.items, group, { replaced, others, title }));
  }
  const { items: left, ...told } = step;
  const after = withRoutes(
    virtualService,
    'http',
    left.map(({ route }) => route),
  );
  return { after: told.done.length === 0 ? virtualService : after, ...told };
}

function joined(step: RevertedItems, next: RevertedItems): RevertedItems {
  return {
    items: next.items,
    done: [...step.done, ...next.done],
    conflicts: [...step.conflicts, ...next.conflicts],
  };
}

/** @returns also the names of added routes that are not what the change made any more */
function withoutAdded(
  before: readonly PreviewItem[],
  { added, above }: PreviewsUndo,
  title: string,
): RevertedItems & { readonly missing: ReadonlySet<string> } {
  let items = before;
  const done: string[] = [];
  const conflicts: Conflict[] = [];
  const missing = new Set<string>();
  for (const { name, print } of added) {
    const position = nearestItem(items, print, above);
    if (position >= 0) {
      items = items.toSpliced(position, 1);
      done.push(`${routeInWords(name)} of ${title} is gone`);
    } else if (name !== undefined) {
      missing.add(name);
      if (items.some(({ route }) => route.name === name))
        conflicts.push({ what: `${routeInWords(name)} of ${title}`, why: 'somebody else changed it since' });
    }
  }
  return { items, done, conflicts, missing };
}

/** Of several that are alike, the one that stands where the change put it. */
function nearestItem(items: readonly PreviewItem[], print: string, above: string | undefined): number {
  const end = endOf(items, { ...(above !== undefined && { above }) });
  for (let i = (end ?? items.length) - 1; i >= 0 && items[i]?.anchor === undefined; i -= 1)
    if (items[i]?.print === print) return i;
  return items.findIndex((item) => item.print === print);
}

/** Where a group ends: at the route below it. */
function endOf(
  items: readonly PreviewItem[],
  { above, below }: Pick<PreviewsUndo, 'above' | 'below'>,
): number | undefined {
  if (above !== undefined) {
    const position = items.findIndex(({ anchor }) => anchor === above);
    return position < 0 ? undefined : position;
  }
  if (below === undefined) return items.length;
  const position = items.findIndex(({ anchor }) => anchor === below);
  if (position < 0) return undefined;
  const next = items.findIndex(({ anchor }, i) => i > position && anchor !== undefined);
  return next < 0 ? items.length : next;
}

interface Restoring {
  /** Names of routes that the change added and that are not there any more: what they replaced stays away. */
  readonly replaced: ReadonlySet<string>;
  readonly others: OtherRoutes;
  readonly title: string;
}

function withRemoved(
  before: readonly PreviewItem[],
  group: PreviewsUndo,
  { replaced, others, title }: Restoring,
): RevertedItems {
  const removed = group.removed.filter((entry) => typeof entry !== 'string');
  if (removed.length === 0) return { items: before, done: [], conflicts: [] };
  const end = endOf(before, group);
  if (end === undefined) {
    const why = 'somebody else removed the route above which it stood, or changed its name or match';
    const conflicts = removed.map(({ name }) => ({ what: `${routeInWords(name)} of ${title}`, why }));
    return { items: before, done: [], conflicts };
  }
  const items = [...before];
  const done: string[] = [];
  const conflicts: Conflict[] = [];
  const place = items.slice(items.findLastIndex(({ anchor }, i) => i < end && anchor !== undefined) + 1, end);
  const known = new Set(
    group.removed.map((entry) => (typeof entry === 'string' ? entry : routePrint(entry))),
  );
  const isNew = (item: PreviewItem | undefined): boolean =>
    item?.anchor === undefined && !known.has(item?.print ?? '');
  let cursor = end;
  for (const entry of group.removed.toReversed()) {
    if (typeof entry === 'string') {
      const found = items.findLastIndex(({ print }, i) => print === entry && i < cursor);
      if (found >= 0) cursor = found;
      continue;
    }
    if (others.prints.has(routePrint(entry))) continue;
    const why =
      rivalOf(entry, others, place) ??
      (entry.name !== undefined && replaced.has(entry.name)
        ? 'somebody else removed the one that had replaced it'
        : undefined);
    if (why !== undefined) {
      conflicts.push({ what: `${routeInWords(entry.name)} of ${title}`, why });
      continue;
    }
    // New previews are put directly above their base route, so below what the Go istiops left there.
    const isPreview = previewSubset(entry) !== undefined;
    while (!isPreview && cursor > 0 && isNew(items[cursor - 1])) cursor -= 1;
    items.splice(cursor, 0, { route: entry, print: routePrint(entry) });
    done.push(`${routeInWords(entry.name)} of ${title} is there again`);
  }
  return { items, done, conflicts };
}

/** The routes that are left of those that istiops made: what comes back must not get requests from one of them. */
interface OtherRoutes {
  readonly prints: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
}

function othersOf(items: readonly PreviewItem[]): OtherRoutes {
  const others = items.filter(({ anchor }) => anchor === undefined);
  return {
    prints: new Set(others.map(({ print }) => print)),
    names: new Set(others.flatMap(({ route }) => route.name ?? [])),
  };
}

/** @param place the routes of istiops where it would stand */
function rivalOf(route: Route, { names }: OtherRoutes, place: readonly PreviewItem[]): string | undefined {
  if (route.name !== undefined && names.has(route.name))
    return 'somebody else made another one of this name since';
  const rival = place.find((item) => sameJson(item.route.match, route.match));
  return rival === undefined
    ? undefined
    : `somebody else gave these requests to ${routeInWords(rival.route.name)} since`;
}

function routeInWords(name: string | undefined): string {
  return name === undefined ? 'a route without a name' : `the route ${name}`;
}
