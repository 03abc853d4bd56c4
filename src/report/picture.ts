import { count, cut, percent } from '../base/text.ts';
import type { DestinationView, RouteView, RoutePair } from '../plan/view-types.ts';
import { headersIn } from '../plan/headers-text.ts';
import { groupPairs, viewOf, type RouteGroup } from './groups.ts';
import { labelOf, MAX_LABEL } from './mermaid.ts';
import { destinationKey, movesOf, type DestinationMove } from './moves.ts';
import { destinationName, ownerOf, podsText, positionOf, severalHosts } from './text.ts';

/** Boxes of a picture: with more, nobody sees at a glance who gets what. */
const MAX_BOXES = 12;

/** What a route without destination and action does. */
const NOWHERE = 'nowhere';

/** Destinations drawn of one group, the largest shares first. */
const MAX_DESTINATIONS = 4;

/**
 * Who gets what, before → after, as a Mermaid flowchart without its fence: requests, routes, destinations, and the
 * shares on the lines between them. Routes to which the same happens are one box, so that lines don't cross. The
 * default route is always in it; what there is no room for is one box that says how many.
 * Null where no route sends anywhere.
 *
 * @param subsets the target subsets, which are drawn with a thick border
 */
export function pictureOf(pairs: readonly RoutePair[], subsets: ReadonlySet<string>): string | null {
  const groups = groupPairs(pairs, 2);
  const drawn = drawnGroups(groups);
  const moves = drawn.flatMap((group) => movesOfGroup(group));
  if (moves.length === 0) return null;
  const left = groups.filter((group) => !drawn.includes(group)).flat();
  const views = drawn.flatMap((group) => group.flatMap(({ before, after }) => [before, after]));
  const namespaces = new Set(views.flatMap((view) => view?.namespace ?? []));
  const style = { withHost: severalHosts(views), withNamespace: namespaces.size > 1, subsets };
  const targets = new Map<string, string>();
  const owners = new Map<string, string>();
  return [
    'flowchart LR',
    ...drawn.flatMap((group, number) => groupLines(group, number, { owners, targets, ...style })),
    ...leftLines(left, owners),
  ]
    .map((line, i) => (i === 0 ? line : `  ${line}`))
    .join('\n');
}

/** The default route's group first, then what changes, then the rest, as many as there are boxes for. */
function drawnGroups(groups: readonly RouteGroup[]): readonly RouteGroup[] {
  const changed = groups.filter(isChangedGroup);
  const defaults = groups.filter((group) => group.some(isDefault));
  const first = defaults.find(isChangedGroup) ?? defaults[0];
  const wanted = new Set([...(first === undefined ? [] : [first]), ...changed, ...defaults, ...groups]);
  const chosen = new Set<RouteGroup>();
  let boxes = new Set<string>();
  for (const group of wanted) {
    const more = new Set([...boxes, ...boxesOf(group, groups.indexOf(group))]);
    // One is for the routes that are left over.
    const spare = chosen.size + 1 < groups.length ? 1 : 0;
    if (more.size + spare > MAX_BOXES) continue;
    chosen.add(group);
    boxes = more;
  }
  return groups.filter((group) => chosen.has(group));
}

function isChangedGroup(group: RouteGroup): boolean {
  return group.some(({ change }) => change !== 'same');
}

function isDefault(pair: RoutePair): boolean {
  return viewOf(pair)?.isDefault === true;
}

function boxesOf(group: RouteGroup, number: number): readonly string[] {
  const [first] = group;
  const view = first === undefined ? null : viewOf(first);
  const moves = movesOfGroup(group);
  const ends =
    moves.length === 0
      ? [`action ${view?.action ?? NOWHERE}`]
      : shownOf(moves).map(({ to }) => targetKey(to, view));
  const rest = moves.length > MAX_DESTINATIONS ? [`more ${number}`] : [];
  return [`requests ${view === null ? '' : ownerOf(view)}`, `route ${number}`, ...ends, ...rest];
}

function movesOfGroup([first]: RouteGroup): readonly DestinationMove[] {
  return first === undefined
    ? []
    : movesOf(first.before?.destinations ?? [], first.after?.destinations ?? []);
}

/** The largest, in the order of the route. */
function shownOf(moves: readonly DestinationMove[]): readonly DestinationMove[] {
  const size = ({ was, now }: DestinationMove): number => Math.max(was ?? 0, now ?? 0);
  const largest = new Set([...moves].sort((a, b) => size(b) - size(a)).slice(0, MAX_DESTINATIONS));
  return moves.filter((move) => largest.has(move));
}

interface Canvas {
  readonly withHost: boolean;
  /** The routes are of several namespaces, so that a short host alone could be of each. */
  readonly withNamespace: boolean;
  readonly subsets: ReadonlySet<string>;
  /** Ids of the boxes that are drawn already, by what they stand for. */
  readonly owners: Map<string, string>;
  readonly targets: Map<string, string>;
}

function groupLines(group: RouteGroup, number: number, canvas: Canvas): readonly string[] {
  const [first] = group;
  const view = first === undefined ? null : viewOf(first);
  if (first === undefined || view === null) return [];
  const owner = ownerOf(view);
  const source = boxOf(canvas.owners, owner, 'vs', (id) => [`${id}([${labelOf(`requests to ${owner}`)}])`]);
  const route = `route${number}`;
  const moves = movesOfGroup(group);
  const words = groupRequests(group, view);
  const isGone = first.change === 'gone';
  const arrow = isGone ? '-.->' : '-->';
  return [
    ...source.lines,
    `${route}[${labelOf(groupTitle(group, view))}]`,
    `${source.id} ${arrow}${words === null ? '' : `|${labelOf(words)}|`} ${route}`,
    ...(moves.length === 0 ? actionLines(view, route, canvas) : []),
    ...shownOf(moves).flatMap((move) => moveLines(move, first, route, canvas)),
    ...(moves.length > MAX_DESTINATIONS
      ? [`${route} ${arrow} more${number}(${labelOf(`${moves.length - MAX_DESTINATIONS} more`)})`]
      : []),
  ];
}

function boxOf(
  known: Map<string, string>,
  key: string,
  prefix: string,
  draw: (id: string) => readonly string[],
): { readonly id: string; readonly lines: readonly string[] } {
  const found = known.get(key);
  if (found !== undefined) return { id: found, lines: [] };
  const id = `${prefix}${known.size}`;
  known.set(key, id);
  return { id, lines: draw(id) };
}

/** `http[2] default`, `15 routes`, `14 routes and the default route`; whether they are new or gone. */
function groupTitle(group: RouteGroup, view: RouteView): string {
  const state = { new: ', new', gone: ', gone', changed: '', same: '' }[group[0]?.change ?? 'same'];
  if (group.length === 1) return nameOfRoute(view) + state;
  if (group.length === 2) {
    const views = group.flatMap((pair) => viewOf(pair) ?? []);
    const names = views.map(nameOfRoute).join(', ') + state;
    // Half a name says less than none.
    return names.length <= MAX_LABEL ? names : views.map(positionOf).join(', ') + state;
  }
  const defaults = group.filter(isDefault).length;
  if (defaults === 0) return count(group.length, 'route') + state;
  const rest = group.length - defaults;
  const known = defaults === 1 ? 'the default route' : count(defaults, 'default route');
  return (rest === 0 ? known : `${count(rest, 'route')} and ${known}`) + state;
}

function nameOfRoute(view: RouteView): string {
  return [positionOf(view), ...(view.name === null ? [] : [view.name])].join(' ');
}

/** What one route matches; of several the headers that all of them have in common, if they do. */
function groupRequests(group: RouteGroup, view: RouteView): string | null {
  if (group.length === 1) return view.match;
  if (view.madeBy === 'user') return null;
  const headers = new Set(group.map((pair) => headersIn(viewOf(pair)?.conditions ?? [])));
  const [only = null] = headers;
  return headers.size === 1 ? only : null;
}

function actionLines(view: RouteView, route: string, { targets }: Canvas): readonly string[] {
  const action = view.action ?? NOWHERE;
  const end = boxOf(targets, `action ${action}`, 'to', (id) => [`${id}(${labelOf(action)})`]);
  return [...end.lines, `${route} --> ${end.id}`];
}

/** A dotted line: no request goes there now. */
function moveLines(
  { to, was, now }: DestinationMove,
  pair: RoutePair,
  route: string,
  { targets, withHost, withNamespace, subsets }: Canvas,
): readonly string[] {
  const { change } = pair;
  const view = viewOf(pair);
  const home = withNamespace ? namespaceOfHost(to, view) : '';
  const end = boxOf(targets, targetKey(to, view), 'to', (id) => [
    `${id}(${labelOf(destinationLabel(to, withHost, home))})`,
    ...(to.subset !== null && subsets.has(to.subset) ? [`style ${id} stroke-width:4px`] : []),
  ]);
  const label =
    change === 'new'
      ? percent(now ?? 0)
      : change === 'gone'
        ? `was ${percent(was ?? 0)}`
        : sharesText(was, now);
  const isEmpty = (now ?? 0) === 0;
  return [...end.lines, `${route} ${isEmpty ? '-.->' : '-->'}|${labelOf(label)}| ${end.id}`];
}

function sharesText(was: number | null, now: number | null): string {
  if (was === now) return percent(now ?? 0);
  return `${percent(was ?? 0)} → ${now === null ? 'gone' : percent(now)}`;
}

/** The namespace that a short host belongs to, which is that of its route; empty where the host says all. */
function namespaceOfHost({ host }: DestinationView, view: RouteView | null): string {
  return host.includes('.') ? '' : (view?.namespace ?? '');
}

/** What makes two destinations one box. */
function targetKey(to: DestinationView, view: RouteView | null): string {
  return `${namespaceOfHost(to, view)} ${destinationKey(to)}`;
}

function destinationLabel(to: DestinationView, withHost: boolean, namespace: string): string {
  const pods = podsText(to);
  const whole = destinationName(to, withHost) + (namespace === '' ? '' : ` of ${namespace}`);
  const name = cut(whole, MAX_LABEL - 20);
  return pods === '' ? name : `${name}, ${pods}`;
}

/** Everything that there is no room for, as one box. */
function leftLines(left: readonly RoutePair[], owners: ReadonlyMap<string, string>): readonly string[] {
  if (left.length === 0) return [];
  const isSame = left.every(({ change }) => change === 'same');
  const words = `${count(left.length, 'more route')}${isSame ? ', as before' : ''}`;
  const theirs = new Set(left.flatMap((pair) => viewOf(pair) ?? []).map(ownerOf));
  const [only] = theirs;
  const source = theirs.size === 1 && only !== undefined ? owners.get(only) : undefined;
  return [`left[${labelOf(words)}]`, ...(source === undefined ? [] : [`${source} --> left`])];
}
