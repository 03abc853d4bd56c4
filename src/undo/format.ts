/**
 * The annotation `istiops/history`: the last changes of a VirtualService, newest first, and what reverts each. Text
 * and shape alone: whether a record can be true of the object is for `proof.ts`, what is done by it for `apply.ts`.
 */
import { labelKeyProblem, labelValueProblem } from '../intent/label-rules.ts';
import type { Labels, VirtualService } from '../istio/types.ts';
import { isObject, type Json, type JsonObject } from '../base/json.ts';
import { memoizedFor } from '../base/memoized.ts';
import { LARGEST, packed, unpacked } from './pack.ts';
import { isName, isPlain, isRecordedUndo, isTextOf } from './shape.ts';
import { parseSummary } from './summary.ts';
import type { RecordedChange, RecordedUndo } from './types.ts';

export const HISTORY = 'istiops/history';

/** Characters of the annotation: Kubernetes allows no more for all of an object's together. */
const LONGEST_TEXT = 256 * 1024;

/** Changes that are kept at most. */
export const MOST_CHANGES = 100;

const LONGEST_WORDS = 500;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/;

/** A change, and the JSON that it was read from: what is kept goes back as it came. */
export interface StoredChange {
  readonly change: RecordedChange;
  readonly json: JsonObject;
}

export interface ParsedHistory {
  /**
   * Newest first; one that was written twice, because the run had to plan anew, has several parts in a row. Empty where
   * the annotation is missing, or can't be right.
   */
  readonly changes: readonly StoredChange[];
  /** Why the annotation can't be right; null where it can. */
  readonly fault: string | null;
}

/**
 * The changes that a VirtualService's history lists. An annotation with one part that istiops can't have written is
 * ignored whole: somebody else wrote it.
 */
export const parseHistory = memoizedFor(({ metadata }: VirtualService): ParsedHistory => {
  const { annotations = {} } = metadata;
  const text = Object.hasOwn(annotations, HISTORY) ? annotations[HISTORY] : undefined;
  if (text === undefined) return { changes: [], fault: null };
  try {
    if (typeof text !== 'string' || text.length > LONGEST_TEXT) throw new Error('it is too long');
    const stored: unknown = JSON.parse(text);
    if (!isObject(stored) || stored['v'] !== 1) throw new Error('it is of another version');
    let room = LARGEST;
    const { value: older, bytes } = unpacked(stored['older'] ?? [], room);
    room -= bytes;
    const lists: readonly unknown[] = [stored['changes'], older];
    if (!lists.every((list) => Array.isArray(list))) throw new Error('its list of changes is missing');
    const list: readonly unknown[] = lists.flat();
    if (list.length > MOST_CHANGES) throw new Error('its list of changes is too long');
    const changes = list.map((json): StoredChange => {
      const { change, bytes } = parseChange(json, room);
      room -= bytes;
      return { change, json: json as JsonObject };
    });
    const parts = changes.filter(({ change }, i) => change.id !== changes[i - 1]?.change.id);
    if (new Set(parts.map(({ change }) => change.id)).size < parts.length)
      throw new Error('a change is in it twice');
    const stranger = changes.find(({ change }) => !change.wrote.includes(metadata.name));
    if (stranger !== undefined) throw new Error('a change in it did not write this object');
    return { changes, fault: null };
  } catch (cause) {
    return { changes: [], fault: cause instanceof Error ? cause.message : String(cause) };
  }
});

/** A change as JSON, for the annotation. */
export function changeJson(change: RecordedChange): JsonObject {
  const { id, time, summary, labels, asked, by, repository, run, pullRequest, wrote, undo } = change;
  return {
    id,
    time,
    operation: summary.operation,
    ...(summary.subset !== null && { subset: summary.subset }),
    ...(summary.isBack && { back: true }),
    effects: summary.effects,
    ...(labels !== null && { labels }),
    ...(asked !== null && { asked }),
    ...(by !== null && { by }),
    ...(repository !== null && { repository }),
    ...(run !== null && { run }),
    ...(pullRequest !== null && { pullRequest }),
    wrote,
    ...(undo !== null && { undo: packed(undo) }),
  };
}

function parseChange(
  json: unknown,
  room: number,
): { readonly change: RecordedChange; readonly bytes: number } {
  if (!isObject(json) || !isPlain(json)) throw new Error('a change in it is no object');
  const { id, time, operation, subset, back, effects, wrote } = json;
  if (!isTextOf(id, 64) || !/^[\w-]+$/.test(id)) throw new Error('a change in it has no id');
  if (!isTextOf(time, 40) || !TIME.test(time) || Number.isNaN(Date.parse(time)))
    throw new Error('a change in it has no time');
  if (subset !== undefined && (!isTextOf(subset, 253) || subset === ''))
    throw new Error('the subset of a change in it is no name');
  if (back !== undefined && back !== true) throw new Error('what was done is not in it');
  const summary = parseSummary(operation, subset, back === true, effects);
  if (!Array.isArray(wrote) || wrote.length === 0 || !wrote.every(isName))
    throw new Error('what a change in it wrote is missing');
  const { undo, bytes } = undoIn(json['undo'], room);
  return {
    change: {
      id,
      time,
      summary,
      labels: labelsOrNull(json['labels']),
      asked: wordsIn(json['asked']),
      by: wordsIn(json['by']),
      repository: wordsIn(json['repository']),
      run: urlIn(json['run']),
      pullRequest: numberOrNull(json['pullRequest']),
      wrote,
      undo,
    },
    bytes,
  };
}

function undoIn(
  json: Json | undefined,
  room: number,
): { readonly undo: RecordedUndo | null; readonly bytes: number } {
  if (json === undefined) return { undo: null, bytes: 0 };
  const { value, bytes } = unpacked(json, room);
  if (!isRecordedUndo(value)) throw new Error('what was there before a change is not in it');
  return { undo: value, bytes };
}

/** They are printed as an input to paste, so they have to be labels. */
function labelsOrNull(value: unknown): Labels | null {
  if (value === undefined) return null;
  const isLabels =
    isObject(value) &&
    Object.entries(value).every(
      ([key, text]) =>
        labelKeyProblem(key) === undefined &&
        typeof text === 'string' &&
        labelValueProblem(text) === undefined,
    );
  if (!isLabels) throw new Error('the labels of a change in it are no labels');
  return value as Labels;
}

function wordsIn(value: unknown): string | null {
  if (value === undefined) return null;
  if (!isTextOf(value, LONGEST_WORDS)) throw new Error('who made a change in it is no text');
  return value;
}

function urlIn(value: unknown): string | null {
  const text = wordsIn(value);
  if (text !== null && !/^https?:\/\/[^\s"'<>]+$/.test(text))
    throw new Error('the run of a change in it is no URL');
  return text;
}

function numberOrNull(value: unknown): number | null {
  if (value === undefined) return null;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)
    throw new Error('the pull request of a change in it is no number');
  return value;
}
