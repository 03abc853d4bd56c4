/** The history of changes for people: rows of words, which a terminal and a summary lay out. */
import type { Colours } from './colours.ts';
import { momentOf } from '../plan/change-text.ts';
import type { HistoryView } from '../plan/types.ts';
import { codeOf, rowOf, rowsWithin, tableOf, textOf } from './markdown.ts';
import { visible } from './text.ts';
import { count, cut } from '../base/text.ts';

/** Characters of a cell. */
const MAX_CELL = 200;

const HEAD = ['No.', 'What', 'Build', 'By', 'When', 'Run', 'Still there'] as const;

const THERE: Readonly<Record<HistoryView['isThere'], string>> = {
  yes: 'yes',
  partly: 'partly',
  no: 'no',
  unknown: 'not known',
};

/** `weight 20 %`, `undo of promote`. */
function whatOf({ operation, isUndo, asked }: HistoryView): string {
  return `${isUndo ? 'undo of ' : ''}${operation}${asked === null ? '' : ` ${asked}`}`;
}

/** `2030-01-01 00:00 UTC` */
function whenOf({ time }: HistoryView): string {
  return momentOf(time)
    .replace(/^(?:on|at) /, '')
    .replace(' at ', ' ');
}

/** Where several VirtualServices are listed, a change names its own. */
function isOfSeveral(history: readonly HistoryView[]): boolean {
  return new Set(history.map(({ virtualServices }) => virtualServices.join())).size > 1;
}

/** For a terminal: two lines a change, so that a narrow window does. */
export function historySection(history: readonly HistoryView[], colours: Colours): string {
  const width = String(history.length).length;
  const withOwner = isOfSeveral(history);
  return history
    .map((change) => {
      const { number, subset, podSelector, by, isThere, virtualServices } = change;
      const build = subset === null ? '' : ` for ${subset}${podSelector === null ? '' : ` (${podSelector})`}`;
      const owner = withOwner ? `  ${virtualServices.join(', ')}` : '';
      const state = { yes: colours.green, partly: colours.yellow, no: colours.dim, unknown: colours.dim }[
        isThere
      ];
      const about = [whenOf(change), by ?? 'nobody knows by whom', ...addressesOf(change)];
      return [
        `${String(number).padStart(width)}  ${colours.bold(short(whatOf(change) + build))}${short(owner)}`,
        `${' '.repeat(width)}  ${colours.dim(short(about.join('  ')))}  ${state(`still there: ${THERE[isThere]}`)}`,
      ].join('\n');
    })
    .join('\n');
}

/** Of the pull request and of the run: the first with its name where it has no address. */
function addressesOf({ pullRequest, pullRequestUrl, run }: HistoryView): readonly string[] {
  return [pullRequestUrl ?? pullRequest, run].filter((one) => one !== null);
}

function short(text: string): string {
  return cut(visible(text), MAX_CELL);
}

/** For a summary. */
export function historyTable(history: readonly HistoryView[], room: number): string {
  if (history.length === 0) return '';
  const withOwner = isOfSeveral(history);
  const withPull = history.some(({ pullRequest }) => pullRequest !== null);
  const head = [...HEAD, ...(withPull ? ['Pull request'] : []), ...(withOwner ? ['VirtualServices'] : [])];
  const draw = (change: HistoryView): string => rowOf(cellsOf(change, withPull, withOwner));
  const rows = rowsWithin(history, draw, room - 1_000);
  const more = history.length - rows.length;
  return tableOf(head, rows) + (more > 0 ? `\n\n${count(more, 'change')} more than there is room for.` : '');
}

function cellsOf(change: HistoryView, withPull: boolean, withOwner: boolean): string[] {
  const { number, subset, podSelector, by, run, isThere, virtualServices } = change;
  const build = podSelector ?? subset;
  return [
    String(number),
    textOf(whatOf(change), MAX_CELL),
    build === null ? '' : codeOf(build, MAX_CELL),
    by === null ? '' : textOf(by, MAX_CELL),
    textOf(whenOf(change), MAX_CELL),
    run === null ? '' : textOf(run, MAX_CELL),
    THERE[isThere],
    ...(withPull ? [textOf(change.pullRequestUrl ?? change.pullRequest ?? '', MAX_CELL)] : []),
    ...(withOwner ? [textOf(virtualServices.join(', '), MAX_CELL)] : []),
  ];
}
