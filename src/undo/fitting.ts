/** How many changes a history has room for, and for which of them there is what reverts them. */
import type { Json, JsonObject } from '../base/json.ts';
import { bytesOf } from '../base/text.ts';
import { packed } from './pack.ts';

/** Bytes that the history may have, but for its newest change, which may have all that Kubernetes leaves. */
const HISTORY_BYTES = 64 * 1024;

/** As many changes are listed always, though there may be no room for what reverts the older ones. */
export const ALWAYS_LISTED = 10;

/** A history as it is stored. */
export interface StoredHistory {
  readonly v: 1;
  /** The newest, at most `ALWAYS_LISTED`: kubectl shows what was done. */
  readonly changes: readonly Json[];
  /**
   * The ones before, packed: they hardly differ from each other, and whoever reads or writes the VirtualService,
   * istiod for example, gets all of it.
   */
  readonly older?: Json;
}

/**
 * As many changes as there is room for; of the newest ten first what reverts them is left out.
 *
 * @param changes the newest first
 * @param most bytes that the annotation may have
 * @returns `stored`: null where there is room for none; `isFirstWhole`: there is room for what reverts the newest
 */
export function fitting(
  changes: readonly JsonObject[],
  most: number,
): { readonly stored: StoredHistory | null; readonly isFirstWhole: boolean } {
  const empty = jsonBytes({ v: 1, changes: [] });
  const sized = changes.slice(0, ALWAYS_LISTED).map((whole) => {
    const { undo: _, ...head } = whole;
    return { whole, head, wholeSize: jsonBytes(whole) + 1, headSize: jsonBytes(head) + 1 };
  });
  const reserved = sized.reduce((sum, { headSize }) => sum + headSize, empty);
  const [first] = sized;
  const isFirstWhole = first !== undefined && empty + first.wholeSize <= most;
  const newest = first === undefined ? 0 : first.wholeSize - first.headSize;
  const limit = Math.min(most, Math.max(HISTORY_BYTES, isFirstWhole ? reserved + newest : 0));
  let left = limit - Math.min(limit, reserved);
  let room = limit - empty;
  const kept: Json[] = [];
  for (const [i, { whole, head, wholeSize, headSize }] of sized.entries()) {
    const extra = wholeSize - headSize;
    const isWhole = i === 0 ? isFirstWhole : extra <= left && wholeSize <= room;
    const size = isWhole ? wholeSize : headSize;
    if (size > room) break;
    if (isWhole) left -= Math.min(left, extra);
    room -= size;
    kept.push(isWhole ? whole : head);
  }
  if (kept.length === 0) return { stored: null, isFirstWhole };
  const older = kept.length < ALWAYS_LISTED ? null : olderFitting(changes.slice(ALWAYS_LISTED), room);
  return { stored: { v: 1, changes: kept, ...(older !== null && { older }) }, isFirstWhole };
}

/**
 * The longest beginning of the list that has room when it is packed.
 *
 * @param room bytes for it and its key
 * @returns null: not even the first has room
 */
function olderFitting(changes: readonly JsonObject[], room: number): Json | null {
  let best: Json | null = null;
  let [fits, most] = [0, changes.length];
  // All of them are the usual case.
  for (let tried = most; fits < most; tried = Math.ceil((fits + most) / 2)) {
    const older = packed(changes.slice(0, tried));
    const hasRoom = bytesOf(`,"older":${JSON.stringify(older)}`) <= room;
    if (hasRoom) best = older;
    [fits, most] = hasRoom ? [tried, most] : [fits, tried - 1];
  }
  return best;
}

function jsonBytes(value: unknown): number {
  return bytesOf(JSON.stringify(value));
}
