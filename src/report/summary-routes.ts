import { bytesOf, count } from '../base/text.ts';
import type { RouteView, RoutePair } from '../plan/view-types.ts';
import { groupPairs } from './groups.ts';
import { folded, rowsWithin, tableOf } from './markdown.ts';
import {
  CHANGE_HEAD,
  changeRow,
  groupRow,
  LEAST_OF_GROUP,
  SHOW_HEAD,
  showRow,
  tableStyle,
} from './summary-table.ts';

/** Rows that are seen at once; the others are folded away. */
const MAX_OPEN_ROWS = 30;

/** Rows in all: a browser is slow with more, and nobody reads them. */
const MAX_ROWS = 500;

/**
 * The table before → after: what changed, equal rows as one; below, folded away, the routes of these one by one and
 * those that stay as they are.
 *
 * @param room bytes that it may take; rows that have none are counted
 */
export function changeTable(pairs: readonly RoutePair[], room: number): string {
  const style = tableStyle(pairs.flatMap(({ before, after }) => [before, after]));
  const changed = pairs.filter(({ change }) => change !== 'same');
  const same = pairs.filter(({ change }) => change === 'same');
  const groups = groupPairs(changed, LEAST_OF_GROUP);
  const open = rowsWithin(groups.slice(0, MAX_OPEN_ROWS), (group) => groupRow(group, style), room);
  const shown = groups.slice(0, open.length);
  const oneByOne = shown.filter((group) => group.length > 1).flat();
  const more = groups.slice(open.length).flat();
  const rest = [...oneByOne, ...more, ...same];
  const title = [
    oneByOne.length > 0 ? `${count(oneByOne.length, 'route')} one by one` : '',
    more.length > 0 ? count(more.length, 'more changed route') : '',
    same.length > 0
      ? `${count(same.length, 'route')} ${same.length === 1 ? 'stays as it is' : 'stay as they are'}`
      : '',
  ].filter((part) => part !== '');
  const draw = (pair: RoutePair): string => changeRow(pair, style);
  const left = room - bytesOf(open.join('\n'));
  return tableSection(CHANGE_HEAD, open, foldedRows(CHANGE_HEAD, rest, draw, title.join(', '), left));
}

/** The table of `show`: each route as it is. */
export function showTable(views: readonly RouteView[], room: number): string {
  const style = tableStyle(views);
  const draw = (view: RouteView): string => showRow(view, style);
  const open = rowsWithin(views.slice(0, MAX_OPEN_ROWS), draw, room);
  const rest = views.slice(open.length);
  const left = room - bytesOf(open.join('\n'));
  return tableSection(
    SHOW_HEAD,
    open,
    foldedRows(SHOW_HEAD, rest, draw, count(rest.length, 'more route'), left),
  );
}

function tableSection(head: readonly string[], open: readonly string[], below: string): string {
  return [open.length === 0 ? '' : tableOf(head, open), below].filter((part) => part !== '').join('\n\n');
}

function foldedRows<T>(
  head: readonly string[],
  items: readonly T[],
  draw: (item: T) => string,
  title: string,
  room: number,
): string {
  if (items.length === 0) return '';
  const rows = rowsWithin(items.slice(0, MAX_ROWS), draw, room);
  if (rows.length === 0) return `${title}; the table has no room for them.`;
  const cut = items.length - rows.length;
  const cutNote = cut > 0 ? `\n\n${count(cut, 'route')} more than the table has room for.` : '';
  return folded(title, tableOf(head, rows) + cutNote);
}
