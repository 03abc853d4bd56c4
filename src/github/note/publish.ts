/**
 * Writes the note of a pull request. Many jobs write one comment, and GitHub has no guard against that: a job reads,
 * merges its rows, writes, waits until whoever read before its write has written, and reads again.
 */
import { elapsed } from '../../base/elapsed.ts';
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
  /** One of them, as it is now. */
  readonly read: (id: number) => Promise<Comment>;
  readonly create: (body: string) => Promise<void>;
  /** @param body is asked before each try: after a pause, others may have written */
  readonly update: (id: number, body: () => Promise<string>) => Promise<void>;
  /** One that is gone already is no fault. */
  readonly remove: (id: number) => Promise<void>;
}

type NoteClock = Pick<Clock, 'sleep' | 'random' | 'now'>;

/** Rows as they are to be, from those that are there. Done again, it gives the same. */
export type RowsFrom = (rows: readonly NoteRow[]) => readonly NoteRow[];

/** Milliseconds from a write to the look whether it held, at least. */
const SETTLE = 2_000;

/** Milliseconds that are added at random, so that many jobs don't meet again. */
const SPREAD = 3_000;

/**
 * Milliseconds after which what was read is read again before anything is written: a machine can be so busy that a job
 * stands still in between. Whoever looks after `SETTLE` thus sees what was written by what they have overwritten.
 */
const FRESH = 1_000;

/** Where even one comment can't be read in that time. */
const MOST_READS = 5;

const MOST_TRIES = 12;

/**
 * Brings the rows of a job into the note, and sees that they stayed there.
 *
 * @param key of the note
 * @throws TrafficError as Comments does; `conflict` where other jobs have overwritten the rows each time
 */
export async function publishNote(
  key: string,
  rowsFrom: RowsFrom,
  comments: Comments,
  clock: NoteClock,
): Promise<void> {
  let lost: TrafficError | undefined;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    try {
      if (!(await updateNote(key, rowsFrom, comments, clock))) return;
    } catch (thrown) {
      // Once: a comment that was removed meanwhile, or a new one whose answer was lost.
      if (lost !== undefined || !mayGoBetter(thrown)) throw thrown;
      lost = thrown;
    }
    await clock.sleep(SETTLE + clock.random() * SPREAD);
  }
  throw new TrafficError(
    'conflict',
    `The comment was written ${MOST_TRIES} times, and other jobs overwrote it each time: run the job again.`,
  );
}

function mayGoBetter(thrown: unknown): thrown is TrafficError {
  return (
    thrown instanceof TrafficError &&
    (thrown.reason === 'not-found' || thrown.reason === 'unreachable' || thrown.reason === 'timeout')
  );
}

/**
 * Brings the rows into the note once, without a look whether they stay.
 *
 * @returns false: there was nothing to write
 * @throws TrafficError as Comments does
 */
export async function updateNote(
  key: string,
  rowsFrom: RowsFrom,
  comments: Comments,
  clock: NoteClock,
): Promise<boolean> {
  let readAt = elapsed(clock);
  const [first, ...doubles] = await comments.own();
  const wanted = (body: string): string =>
    bodyOf(key, rowsFrom(newestOfEach([body, ...doubles.map((one) => one.body)].flatMap(rowsIn))));
  if (first === undefined) {
    const rows = rowsFrom([]);
    if (rows.length > 0) await comments.create(bodyOf(key, rows));
    return rows.length > 0;
  }
  if (doubles.length === 0 && isSame(first.body, wanted(first.body))) return false;
  let { body } = first;
  await comments.update(first.id, async () => {
    for (let reads = 0; reads < MOST_READS && elapsed(clock) - readAt > FRESH; reads += 1) {
      readAt = elapsed(clock);
      ({ body } = await comments.read(first.id));
    }
    return wanted(body);
  });
  // Two jobs that found none have made one each: the older one stays.
  for (const double of doubles) await comments.remove(double.id);
  return true;
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

function isSame(body: string, other: string): boolean {
  const sorted = (text: string): string =>
    canonicalJson(
      rowsIn(text)
        .map((row) => ({ ...row }))
        .sort((a, b) => (a.key < b.key ? -1 : 1)),
    );
  return sorted(body) === sorted(other);
}
