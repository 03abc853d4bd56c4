/** The routes that a change added go, those that it took away stand again where they stood. */
import type { Route, VirtualService } from '../../istio/types.ts';
import { sameJson } from '../../json.ts';
import { previewSubset } from '../names.ts';
import { titleOf, withRoutes } from '../objects.ts';
import { httpIdentities, routePrint } from './inverse-of.ts';
import type { RoutesBack, RunBack, Untouched } from './types.ts';

/** An http route and what it is known by: a hand-written one by its identity, every other one by all of it. */
interface Item {
  readonly route: Route;
  readonly anchor?: string;
  readonly print: string;
}

export function takeRunsBack(
  virtualService: VirtualService,
  { runs }: RoutesBack,
): {
  readonly after: VirtualService;
  readonly done: readonly string[];
  readonly untouched: readonly Untouched[];
} {
  if (runs.length === 0) return { after: virtualService, done: [], untouched: [] };
  const title = titleOf(virtualService);
  const anchors = httpIdentities(virtualService);
  const items = (virtualService.spec.http ?? []).map((route, index): Item => {
    const anchor = anchors.get(index);
    return anchor === undefined ? { route, print: routePrint(route) } : { route, anchor, print: '' };
  });
  const done: string[] = [];
  const untouched: Untouched[] = [];
  const leave = (what: string, why: string): void => {
    untouched.push({ what: `${what} of ${title}`, why });
  };
  // All that the change added goes before anything comes back: a route may have moved from one run to another.
  const replaced = runs.map((run) => removeAdded(items, run, leave, done, title));
  const others = othersOf(items);
  for (const [i, run] of runs.entries())
    restoreRemoved(items, run, replaced[i] ?? new Set(), others, leave, done, title);
  const after = withRoutes(
    virtualService,
    'http',
    items.map(({ route }) => route),
  );
  return { after: done.length === 0 ? virtualService : after, done, untouched };
}

/** @returns names of added routes that are not what the change made any more: what they replaced stays away */
function removeAdded(
  items: Item[],
  { added, above }: RunBack,
  leave: (what: string, why: string) => void,
  done: string[],
  title: string,
): Set<string> {
  const gone = new Set<string>();
  for (const { name, print } of added) {
    const position = nearest(items, print, above);
    if (position >= 0) {
      items.splice(position, 1);
      done.push(`${nameOf({ ...(name !== undefined && { name }) })} of ${title} is gone`);
      continue;
    }
    if (name !== undefined) gone.add(name);
    if (name !== undefined && items.some(({ route }) => route.name === name))
      leave(nameOf({ name }), 'somebody else changed it since');
  }
  return gone;
}

/** Of several that are alike, the one that stands where the change put it. */
function nearest(items: readonly Item[], print: string, above: string | undefined): number {
  const end = endOf(items, { ...(above !== undefined && { above }) });
  for (let i = (end ?? items.length) - 1; i >= 0 && items[i]?.anchor === undefined; i -= 1)
    if (items[i]?.print === print) return i;
  return items.findIndex((item) => item.print === print);
}

/** Where a run ends: at the route below it. */
function endOf(
  items: readonly Item[],
  { above, below }: Pick<RunBack, 'above' | 'below'>,
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

function restoreRemoved(
  items: Item[],
  run: RunBack,
  replaced: ReadonlySet<string>,
  others: Others,
  leave: (what: string, why: string) => void,
  done: string[],
  title: string,
): void {
  const removed = run.removed.filter((entry) => typeof entry !== 'string');
  if (removed.length === 0) return;
  let cursor = endOf(items, run);
  if (cursor === undefined) {
    for (const route of removed)
      leave(
        nameOf(route),
        'somebody else removed the route above which it stood, or changed its name or match',
      );
    return;
  }
  const end = cursor;
  const place = items.slice(items.findLastIndex(({ anchor }, i) => i < end && anchor !== undefined) + 1, end);
  const known = new Set(run.removed.map((entry) => (typeof entry === 'string' ? entry : routePrint(entry))));
  const isNew = (item: Item | undefined): boolean =>
    item?.anchor === undefined && !known.has(item?.print ?? '');
  for (const entry of run.removed.toReversed()) {
    if (typeof entry === 'string') {
      const found = items.findLastIndex(({ print }, i) => print === entry && i < (cursor ?? 0));
      if (found >= 0) cursor = found;
      continue;
    }
    if (others.prints.has(routePrint(entry))) continue;
    const rival = rivalOf(entry, others, place);
    if (rival !== undefined) {
      leave(nameOf(entry), rival);
    } else if (entry.name !== undefined && replaced.has(entry.name)) {
      leave(nameOf(entry), 'somebody else removed the one that had replaced it');
    } else {
      // New previews are put directly above their base route, so below what the Go istiops left there.
      const isPreview = previewSubset(entry) !== undefined;
      while (!isPreview && cursor > 0 && isNew(items[cursor - 1])) cursor -= 1;
      items.splice(cursor, 0, { route: entry, print: routePrint(entry) });
      done.push(`${nameOf(entry)} of ${title} is there again`);
    }
  }
}

/** The routes that are left of those that we made: what comes back must not take requests from one of them. */
interface Others {
  readonly prints: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
}

function othersOf(items: readonly Item[]): Others {
  const others = items.filter(({ anchor }) => anchor === undefined);
  return {
    prints: new Set(others.map(({ print }) => print)),
    names: new Set(others.flatMap(({ route }) => route.name ?? [])),
  };
}

/** @param run the routes of ours where it would stand */
function rivalOf(route: Route, { names }: Others, run: readonly Item[]): string | undefined {
  if (route.name !== undefined && names.has(route.name))
    return 'somebody else made another one of this name since';
  const rival = run.find((item) => sameJson(item.route.match, route.match));
  return rival === undefined
    ? undefined
    : `somebody else gave these requests to ${nameOf(rival.route)} since`;
}

function nameOf({ name }: Pick<Route, 'name'>): string {
  return name === undefined ? 'a route without a name' : `the route ${name}`;
}
