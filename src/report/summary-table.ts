import { count, cut, percent } from '../base/text.ts';
import { settingsText } from '../plan/route-settings.ts';
import { fieldsNote } from '../plan/route-differences.ts';
import type { RouteView, RoutePair } from '../plan/view-types.ts';
import { differingTexts } from './differing.ts';
import { isMatchChanged, viewOf, type RouteGroup } from './groups.ts';
import { codeOf, rowOf, textOf } from './markdown.ts';
import { destinationName, makerOf, ownerOf, podsText, positionOf, severalHosts } from './text.ts';

/** Characters of a name, of a match, and destinations in a cell: no row may push the others off the page. */
const MAX_NAME = 80;
const MAX_MATCH = 200;
const MAX_DESTINATIONS = 10;

/** Equal rows that are one: two are compared at a glance. */
export const LEAST_OF_GROUP = 3;

/** Matches that the row of a group shows. */
const MAX_MATCHES = 3;

const ROUTE = 'Route (its place in the YAML)';
export const CHANGE_HEAD = [ROUTE, 'Requests', 'Before', 'After'] as const;
export const SHOW_HEAD = [ROUTE, 'Requests', 'Sent to', 'Made by'] as const;

/** What a table's rows have to say that all of them would say alike, or must say to be told apart. */
export interface TableStyle {
  /** Several VirtualServices: each row names its own. */
  readonly withOwner: boolean;
}

export function tableStyle(views: readonly (RouteView | null)[]): TableStyle {
  return { withOwner: new Set(views.flatMap((view) => view ?? []).map(ownerOf)).size > 1 };
}

/** A row of the table before → after. */
export function changeRow(pair: RoutePair, style: TableStyle): string {
  const view = viewOf(pair);
  if (view === null) return '';
  return rowOf([routeCell(view, style), matchCell(pair, view), ...changeCells(pair)]);
}

function matchCell(pair: RoutePair, view: RouteView): string {
  if (!isMatchChanged(pair) || pair.before === null) return textOf(view.match, MAX_MATCH);
  const [was, now] = differingTexts(pair.before.match, view.match, MAX_MATCH);
  return `${textOf(now, MAX_MATCH)}<br>(was: ${textOf(was, MAX_MATCH)})`;
}

/** A row of the same table for routes to which the same happens: the first of them, and how many there are. */
export function groupRow(group: RouteGroup, style: TableStyle): string {
  const [first, ...more] = group;
  const view = first === undefined ? null : viewOf(first);
  if (first === undefined || view === null) return '';
  if (more.length === 0) return changeRow(first, style);
  const views = group.flatMap((pair) => viewOf(pair) ?? []);
  // What the default route accepts is what most people look for.
  const shown = [
    ...views.filter(({ isDefault }) => isDefault),
    ...views.filter(({ isDefault }) => !isDefault),
  ];
  const matches = shown.slice(0, MAX_MATCHES).map(({ match }) => textOf(match, MAX_MATCH));
  const rest = views.length - matches.length;
  if (rest > 0) matches.push(`and those of ${count(rest, 'more route')}`);
  const title = `**${count(group.length, 'route')}**`;
  const owner = style.withOwner ? [textOf(ownerOf(view), 2 * MAX_NAME)] : [];
  return rowOf([[...owner, title].join('<br>'), matches.join('<br>'), ...changeCells(first)]);
}

function changeCells(pair: RoutePair): readonly string[] {
  const { before, after, change } = pair;
  const withHost = severalHosts([before, after]);
  const was = before === null ? 'new' : destinationsText(before, withHost, false);
  const now =
    after === null ? 'gone' : change === 'same' ? 'as before' : destinationsText(after, withHost, true);
  const fields = textOf(fieldsNote(pair), MAX_MATCH);
  return [was, fields === '' ? now : `${now}<br>${fields}`];
}

/** A row of the table of `show`. */
export function showRow(view: RouteView, style: TableStyle): string {
  const besides = textOf(settingsText(view), MAX_MATCH);
  const sent = destinationsText(view, severalHosts([view]), true);
  return rowOf([
    routeCell(view, style),
    textOf(view.match, MAX_MATCH),
    besides === '' ? sent : `${sent}<br>${besides}`,
    makerOf(view),
  ]);
}

function routeCell(view: RouteView, { withOwner }: TableStyle): string {
  return [
    ...(withOwner ? [textOf(ownerOf(view), 2 * MAX_NAME)] : []),
    codeOf(positionOf(view), MAX_NAME) + (view.name === null ? '' : ` ${textOf(view.name, MAX_NAME)}`),
  ].join('<br>');
}

function destinationsText(view: RouteView, withHost: boolean, withPods: boolean): string {
  if (view.destinations.length === 0) return textOf(view.action ?? 'nowhere', MAX_NAME);
  const shown = view.destinations.slice(0, MAX_DESTINATIONS).map((to) => {
    const name = codeOf(cut(destinationName(to, withHost), MAX_NAME), MAX_NAME);
    const pods = withPods ? podsText(to) : '';
    const share = to.share === 0 ? percent(to.share) : `**${percent(to.share)}**`;
    return `${share} ${name}${pods === '' ? '' : ` (${pods})`}`;
  });
  const rest = view.destinations.length - shown.length;
  if (rest > 0) shown.push(`and ${count(rest, 'more destination')}`);
  return shown.join('<br>');
}
