import type { RoutePair, RouteView } from '../plan/view-types.ts';
import { fieldsNote } from '../plan/route-differences.ts';
import { codeOf, rowOf, textOf } from './markdown.ts';
import { destinationName, makerOf, ownerOf, podsOf, positionOf, severalHosts } from './text.ts';
import { percent, count, cut } from '../base/text.ts';

/** Characters of a name, of a match, and destinations in a cell: no row may push the others off the page. */
const MAX_NAME = 80;
const MAX_MATCH = 200;
const MAX_DESTINATIONS = 10;

export const CHANGE_HEAD = ['Route', 'Requests', 'Before', 'After'] as const;
export const SHOW_HEAD = ['Route', 'Requests', 'Sent to', 'Made by'] as const;

/** What a table's rows have to say that all of them would say alike, or must say to be told apart. */
export interface TableStyle {
  /** Several VirtualServices: each row names its own. */
  readonly withOwner: boolean;
}

export function styleOf(views: readonly RouteView[]): TableStyle {
  return { withOwner: new Set(views.map(ownerOf)).size > 1 };
}

/** A row of the table before → after. */
export function changeRow(pair: RoutePair, style: TableStyle): string {
  const { before, after, change } = pair;
  const view = after ?? before;
  if (view === null) return '';
  const withHost = severalHosts([before, after]);
  const was = before === null ? 'new' : destinationsOf(before, withHost);
  const now = after === null ? 'gone' : change === 'same' ? 'as before' : destinationsOf(after, withHost);
  const match = textOf(view.match, MAX_MATCH);
  const asked =
    before !== null && after !== null && before.match !== after.match
      ? `${match}<br>(was: ${textOf(before.match, MAX_MATCH)})`
      : match;
  const fields = fieldsNote(pair);
  const does = fields === '' ? now : `${now}<br>${textOf(fields, MAX_MATCH)}`;
  return rowOf([routeCell(view, style), asked, was, does]);
}

/** A row of the table of `show`. */
export function showRow(view: RouteView, style: TableStyle): string {
  return rowOf([
    routeCell(view, style),
    textOf(view.match, MAX_MATCH),
    destinationsOf(view, severalHosts([view]), true),
    makerOf(view),
  ]);
}

function routeCell(view: RouteView, { withOwner }: TableStyle): string {
  return [
    ...(withOwner ? [textOf(ownerOf(view), 2 * MAX_NAME)] : []),
    codeOf(positionOf(view), MAX_NAME) + (view.name === null ? '' : ` ${textOf(view.name, MAX_NAME)}`),
  ].join('<br>');
}

function destinationsOf(view: RouteView, withHost: boolean, withPods = false): string {
  if (view.destinations.length === 0) return textOf(view.action ?? 'nowhere', MAX_NAME);
  const shown = view.destinations.slice(0, MAX_DESTINATIONS).map((to) => {
    const name = codeOf(cut(destinationName(to, withHost), MAX_NAME), MAX_NAME);
    const pods = withPods ? podsOf(to) : '';
    const row = `${percent(to.share)} ${name}${pods === '' ? '' : ` (${pods})`}`;
    return to.share === 0 ? row : `**${percent(to.share)}** ${row.slice(percent(to.share).length + 1)}`;
  });
  const rest = view.destinations.length - shown.length;
  if (rest > 0) shown.push(`and ${count(rest, 'more destination')}`);
  return shown.join('<br>');
}
