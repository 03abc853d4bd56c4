/**
 * Which changes of several VirtualServices an `undo` is about: a reading of their histories of the guard's own. Where
 * it depends on a time that the server doesn't confirm, or two are equally late, every choice that may be right counts.
 */
import { canonicalJson, sameJson } from '../../base/json.ts';
import type { VirtualService } from '../../istio/types.ts';
import { parseHistory, HISTORY } from '../../undo/format.ts';
import { authorshipOf, isWrittenByOthers } from '../../undo/managed-fields.ts';
import type { ChangeChoice, RecordedChange, RecordedUndo } from '../../undo/types.ts';

/** A change with all its parts: a run that planned anew wrote it down twice. */
export interface WholeChange {
  readonly change: RecordedChange;
  /** The newest first; null: what would revert it is not known. */
  readonly undos: readonly (RecordedUndo | null)[];
}

export interface ChosenChanges {
  /** Of each VirtualService the changes that are undone together, the newest first: one of these. */
  readonly runs: ReadonlyMap<VirtualService, readonly (readonly WholeChange[])[]>;
  /** There is one choice alone. */
  readonly isSure: boolean;
}

/** The changes of one history, newest first: the parts of one that was written in several steps as one. */
export function wholeChanges(virtualService: VirtualService): readonly WholeChange[] {
  const groups = new Map<string, WholeChange>();
  for (const { change } of parseHistory(virtualService).changes) {
    const known = groups.get(change.id);
    groups.set(change.id, { change: known?.change ?? change, undos: [...(known?.undos ?? []), change.undo] });
  }
  return [...groups.values()];
}

/** @param meant the VirtualServices that are selected */
export function chosenOf(intent: ChangeChoice, meant: readonly VirtualService[]): ChosenChanges {
  const known = meant.map((virtualService) => ({ virtualService, changes: wholeChanges(virtualService) }));
  const choice: Choice = { isOf: changesOfBuild(known, intent), most: intent.to ?? 1 };
  const heads = new Set(known.flatMap(({ changes }) => changes.find(choice.isOf)?.change.id ?? []));
  if (heads.size <= 1 && (intent.to === undefined || known.length === 1))
    return {
      runs: new Map(
        known.map(({ virtualService, changes }) => [virtualService, oneOrNone(firstOf(changes, choice))]),
      ),
      isSure: true,
    };
  const chosen = known.every(({ virtualService }) => isCredible(virtualService))
    ? changeChoices(known, choice)
    : [];
  const [first, ...others] = chosen;
  if (first !== undefined && first.size > 0 && others.every((other) => sameKeys(first, other)))
    return {
      runs: new Map(
        known.map(({ virtualService, changes }) => [
          virtualService,
          oneOrNone(changes.filter((one) => first.has(keyOf(one)))),
        ]),
      ),
      isSure: true,
    };
  return {
    runs: new Map(known.map(({ virtualService, changes }) => [virtualService, runsOf(changes, choice)])),
    isSure: false,
  };
}

/** What an `undo` is about. */
interface Choice {
  /** Is the change of the build, where one is asked for? */
  readonly isOf: (change: WholeChange) => boolean;
  /** How many changes at most. */
  readonly most: number;
}

/** A change of several services has a build in each VirtualService, and is of all of them. */
function changesOfBuild(known: readonly RecordedChanges[], { podLabels }: ChangeChoice): Choice['isOf'] {
  if (podLabels === undefined) return () => true;
  const keys = new Set(
    known.flatMap(({ changes }) =>
      changes.filter(({ change }) => sameJson(change.labels, podLabels)).map(keyOf),
    ),
  );
  return (change) => keys.has(keyOf(change));
}

/** Of one list alone. */
function firstOf(changes: readonly WholeChange[], { isOf, most }: Choice): readonly WholeChange[] {
  return changes.filter(isOf).slice(0, most);
}

/** Every beginning of a list may be what is undone of it. */
function runsOf(changes: readonly WholeChange[], choice: Choice): readonly (readonly WholeChange[])[] {
  return firstOf(changes, choice).map((_, i) => firstOf(changes, choice).slice(0, i + 1));
}

function oneOrNone(run: readonly WholeChange[]): readonly (readonly WholeChange[])[] {
  return run.length === 0 ? [] : [run];
}

/** Nobody but istiops wrote its history, as far as the server says, and it can be read. */
function isCredible(virtualService: VirtualService): boolean {
  return (
    parseHistory(virtualService).fault === null && !isWrittenByOthers(authorshipOf(virtualService, HISTORY))
  );
}

interface RecordedChanges {
  readonly virtualService: VirtualService;
  readonly changes: readonly WholeChange[];
}

/**
 * The keys of the changes that are undone, once by the times of the records and once by no later time than the server
 * says; each with the latest first and, of equally late ones, with each in turn.
 */
function changeChoices(
  known: readonly RecordedChanges[],
  { isOf, most }: Choice,
): readonly ReadonlySet<string>[] {
  return [false, true].flatMap((isCapped) =>
    [false, true].map((takesLast) => {
      const lists = known.map((one) => timedChanges(one, isCapped));
      const merged = mergedOf(lists, takesLast).filter(isOf);
      return new Set(merged.slice(0, most).map(keyOf));
    }),
  );
}

interface Timed {
  readonly one: WholeChange;
  readonly time: number;
}

/** A change is no later than the one that stands above it. */
function timedChanges({ virtualService, changes }: RecordedChanges, isCapped: boolean): readonly Timed[] {
  let latest = isCapped ? (authorshipOf(virtualService, HISTORY).time ?? Infinity) : Infinity;
  return changes.map((one) => {
    latest = Math.min(latest, Date.parse(one.change.time));
    return { one, time: latest };
  });
}

/** One list of all, the newest first. In each, its order counts; between them, the time. */
function mergedOf(lists: readonly (readonly Timed[])[], takesLast: boolean): readonly WholeChange[] {
  const left = lists.map((list) => [...list]);
  const merged: WholeChange[] = [];
  for (;;) {
    const heads = left.flatMap((list) => list.slice(0, 1));
    const above = (key: string): boolean => left.every((list) => positionIn(list, key) <= 0);
    const first = heads.filter(({ one }) => above(keyOf(one)));
    const latest = latestOf(first.length > 0 ? first : heads, takesLast);
    if (latest === undefined) return merged;
    merged.push(latest.one);
    for (const list of left) {
      const at = positionIn(list, keyOf(latest.one));
      if (at >= 0) list.splice(at, 1);
    }
  }
}

function positionIn(list: readonly Timed[], key: string): number {
  return list.findIndex(({ one }) => keyOf(one) === key);
}

function latestOf(some: readonly Timed[], takesLast: boolean): Timed | undefined {
  const most = Math.max(...some.map(({ time }) => time));
  const latest = some.filter(({ time }) => time === most);
  return takesLast ? latest.at(-1) : latest[0];
}

/** Records that don't say the same of what a change is are several changes. */
function keyOf({ change: { id, time, summary, wrote } }: WholeChange): string {
  return canonicalJson([id, time, summary.operation, summary.isBack, wrote]);
}

function sameKeys(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return some.size === others.size && [...some].every((key) => others.has(key));
}
