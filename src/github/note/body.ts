/** The comment in a pull request, as Markdown. */
import { momentOf } from '../../plan/change-text.ts';
import { visible } from '../../report/text.ts';
import { codeOf, fenced, folded, rowOf, tableOf, textOf } from '../../report/markdown.ts';
import { hiddenLine, type NoteRow } from './row.ts';

/**
 * The hidden line by which a note is found again.
 *
 * @param key of the note: a pull request may have several
 */
export function markerOf(key: string): string {
  return `<!-- istiops:${key} -->`;
}

/** Characters that the body of a comment may have. @see https://github.com/orgs/community/discussions/27190 */
export const BODY_LIMIT = 65_536;

/** Characters of a cell. */
const CELL = 120;

/**
 * The body of the note. Where all rows would be too long for a comment, those that are taken down go first, then the
 * oldest.
 */
export function bodyOf(key: string, rows: readonly NoteRow[]): string {
  const byWorth = [...rows].sort(
    (a, b) =>
      Number(b.requests !== null) - Number(a.requests !== null) || Date.parse(b.at) - Date.parse(a.at),
  );
  const bodyWith = (number: number): string => textFor(key, byWorth.slice(0, number), rows.length - number);
  const whole = bodyWith(rows.length);
  if (whole.length <= BODY_LIMIT) return whole;
  let [fits, tooMany] = [0, rows.length];
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (bodyWith(middle).length <= BODY_LIMIT) fits = middle;
    else tooMany = middle;
  }
  return bodyWith(fits);
}

function textFor(key: string, some: readonly NoteRow[], leftOut: number): string {
  const rows = [...some].sort((a, b) => (a.key < b.key ? -1 : 1));
  const curls = rows.flatMap(({ host, curl }) =>
    curl === null ? [] : [`# ${visible(host)}\n${visible(curl)}`],
  );
  return [
    markerOf(key),
    `### ${noteHeadline(rows)}`,
    '',
    tableOf(['Service', 'Build', 'Requests', 'Routes', 'Ready pods', 'Commit', 'Since'], rows.map(cellsOf)),
    '',
    ...(leftOut > 0 ? [`${leftOut} more would be too long for a comment.`, ''] : []),
    ...(curls.length === 0 ? [] : [folded('Send such a request', fenced(curls.join('\n'), 'sh')), '']),
    ...rows.map(hiddenLine),
    '',
  ].join('\n');
}

function noteHeadline(rows: readonly NoteRow[]): string {
  const up = rows.filter(({ requests }) => requests !== null);
  if (up.length === 0) {
    const areBack = rows.every(({ takenBack }) => takenBack !== null);
    return `Previews of this pull request: ${areBack ? 'taken back' : 'taken down'}`;
  }
  return `Previews of this pull request: ${up.length === rows.length ? '' : `${up.length} of `}${rows.length}`;
}

function cellsOf(row: NoteRow): string {
  const { host, build, requests, progress, takenBack, link, routes, readyPods, commit, run, at } = row;
  const moment = textOf(momentOf(at).replace(/^on /, ''), CELL);
  const name = textOf(host, CELL);
  const since = run === null ? moment : `[${moment}](${addressOf(run)})`;
  if (requests === null) {
    const how = takenBack === null ? 'taken down' : 'taken back';
    return rowOf([name, codeOf(build, CELL), how, '', '', commitOf(commit), since]);
  }
  const instead = takenBack === null ? '' : `; ${codeOf(takenBack, CELL)} was taken back`;
  return rowOf([
    link === null ? name : `[${name}](${addressOf(link)})`,
    `${codeOf(build, CELL)}${instead}`,
    progress === null ? codeOf(requests, CELL) : `${codeOf(requests, CELL)}; ${textOf(progress.words, CELL)}`,
    String(routes),
    readyPods === null ? 'not known' : String(readyPods),
    commitOf(commit),
    since,
  ]);
}

function commitOf(commit: string | null): string {
  return commit === null ? '' : commit.slice(0, 10);
}

/** An address in the brackets of a link, which nothing in it can end. */
function addressOf(url: string): string {
  return new URL(url).href.replace(
    /[()<>|`\\"]/g,
    (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
