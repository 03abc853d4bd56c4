/** Three-way by fields: what a change made of an object's fields, and what they were before it. */
import { sameJson, type Json, type JsonObject } from '../base/json.ts';
import type { Print } from './recognise.ts';
import type { FieldUndo } from './types.ts';

/**
 * Every field in which two objects differ, whichever it is, so that what an operation comes to set one day is
 * reverted like all that it sets today.
 *
 * @param identity fields that an object is found by, so that they are the same in both
 */
export function changedFields(
  before: JsonObject,
  after: JsonObject,
  identity: readonly string[],
  print: Print,
): readonly FieldUndo[] {
  if (before === after) return [];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => !identity.includes(name) && !sameJson(before[name], after[name]))
    .sort()
    .map((name) => ({ name, before: before[name] ?? null, after: print(after[name]) }));
}

/** How a field stands to a change that is to be reverted. */
export type FieldState = 'as-left' | 'as-before' | 'changed-since';

/** @param print makes the fingerprint that records hold of a value */
export function fieldState(now: JsonObject, { name, before, after }: FieldUndo, print: Print): FieldState {
  const value = now[name];
  if (print(value) === after) return 'as-left';
  return before !== undefined && sameJson(value ?? null, before) ? 'as-before' : 'changed-since';
}

/** The object with these fields as they were before the change. */
export function withFieldsBefore<T extends JsonObject>(now: T, fields: readonly FieldUndo[]): T {
  const removed = new Set(fields.filter(({ before }) => before === null).map(({ name }) => name));
  const kept = removed.size === 0 ? now : Object.entries(now).filter(([name]) => !removed.has(name));
  const set = fields.flatMap(({ name, before }): [string, Json][] =>
    before === null || before === undefined ? [] : [[name, before]],
  );
  // The fields of the same object with values that it had: its type is the same.
  return { ...(Array.isArray(kept) ? Object.fromEntries(kept) : kept), ...Object.fromEntries(set) } as T;
}
