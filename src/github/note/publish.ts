/**
 * Writes the note of a pull request. Many jobs write one comment, and GitHub has no guard against that: a job reads,
 * merges its rows, writes, waits until whoever read before its write has written, and reads again.
 */
import { canonicalJson } from '../../base/json.ts';
import { TrafficError } from '../../base/errors.ts';
import type { Clock } from '../../ports/collaborators.ts';
import { bodyOf } from './body.ts';
import { rowsIn, type NoteRow } from './row.ts';

export interface Comment {
  readonly id: number;
  readonly body: string;
}

/** The comments of one pull request. All throw TrafficError `forbidden`, `not-found`, `unreachable`, `rejected`. */
export interface Comments {
  /** Those that have the marker and that this token has written, the oldest first. */
  readonly own: () => Promise<readonly Comment[]>;
  readonly create: (body: string) => Promise<void>;
  readonly update: (id: number, body: string) => Promise<void>;
  readonly remove: (id: number) => Promise<void>;
}

/**
 * Milliseconds from a write to the look whether it held, at least. Between another job's read and its write lie two
 * requests to GitHub, which take less.
 */
const SETTLE = 2_000;

/** Milliseconds that are added at random, so that many jobs don't meet again. */
const SPREAD = 3_000;

const MOST_TRIES = 12;

/**
 * Brings the rows of a job into the note, and sees that they stayed there.
 *
 * @param key of the note
 * @param rowsFrom the rows as they are to be, from those that are there. Done again gives the same
 * @throws TrafficError as Comments does; `conflict` where other jobs have overwritten the rows each time
 */
export async function publishNote(
  key: string,
  rowsFrom: (rows: readonly NoteRow[]) => readonly NoteRow[],
  comments: Comments,
  clock: Pick<Clock, 'sleep' | 'random'>,
): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const [first, ...doubles] = await comments.own();
    const rows = [first, ...doubles].flatMap((comment) =>
      comment === undefined ? [] : rowsIn(comment.body),
    );
    const wanted = rowsFrom(newestOfEach(rows));
    const body = bodyOf(key, wanted);
    const isThere = first !== undefined && doubles.length === 0 && isSame(rowsIn(first.body), rowsIn(body));
    if (isThere || (first === undefined && wanted.length === 0)) return;
    if (tries === MOST_TRIES)
      throw new TrafficError(
        'conflict',
        `The comment was written ${MOST_TRIES} times, and other jobs overwrote it each time: run the job again.`,
      );
    if (first === undefined) await comments.create(body);
    else await comments.update(first.id, body);
    // Two jobs that found none have made one each: the older one stays.
    for (const double of doubles) await comments.remove(double.id);
    await clock.sleep(SETTLE + clock.random() * SPREAD);
  }
}

/** Of several rows for one service the one that was written last. */
function newestOfEach(rows: readonly NoteRow[]): readonly NoteRow[] {
  const newest = new Map<string, NoteRow>();
  for (const row of rows) {
    const other = newest.get(row.key);
    if (other === undefined || Date.parse(row.at) > Date.parse(other.at)) newest.set(row.key, row);
  }
  return [...newest.values()];
}

function isSame(rows: readonly NoteRow[], others: readonly NoteRow[]): boolean {
  const sorted = (list: readonly NoteRow[]): string =>
    canonicalJson(list.map((row) => ({ ...row })).sort((a, b) => (a.key < b.key ? -1 : 1)));
  return sorted(rows) === sorted(others);
}
