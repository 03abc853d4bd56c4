/** How many changes a history has room for, and for which of them there is what reverts them. */
import type { Json, JsonObject } from '../base/json.ts';
import { bytesOf } from '../base/text.ts';

/** Bytes that the history may have, but for its newest change, which may have all that Kubernetes leaves. */
const HISTORY_BYTES = 64 * 1024;

/** As many changes are listed always, though there may be no room for what reverts the older ones. */
export const ALWAYS_LISTED = 10;

/**
 * As many changes as there is room for; of the older ones first what reverts them is left out.
 *
 * @param changes the newest first
 * @param most bytes that the annotation may have
 * @returns `isFirstWhole`: there is room for what reverts the newest
 */
export function fitting(
  changes: readonly JsonObject[],
  most: number,
): { readonly kept: readonly Json[]; readonly isFirstWhole: boolean } {
  const empty = jsonBytes({ v: 1, changes: [] });
  const sized = changes.map((whole) => {
    const { undo: _, ...head } = whole;
    return { whole, head, wholeSize: jsonBytes(whole) + 1, headSize: jsonBytes(head) + 1 };
  });
  const reserved = sized.slice(0, ALWAYS_LISTED).reduce((sum, { headSize }) => sum + headSize, empty);
  const [first] = sized;
  const isFirstWhole = first !== undefined && empty + first.wholeSize <= most;
  const newest = first === undefined ? 0 : first.wholeSize - first.headSize;
  const limit = Math.min(most, Math.max(HISTORY_BYTES, isFirstWhole ? reserved + newest : 0));
  let left = limit - Math.min(limit, reserved);
  let room = limit - empty;
  const kept: Json[] = [];
  for (const [i, { whole, head, wholeSize, headSize }] of sized.entries()) {
    const isReserved = i < ALWAYS_LISTED;
    const extra = isReserved ? wholeSize - headSize : wholeSize;
    const isWhole = i === 0 ? isFirstWhole : extra <= left && wholeSize <= room;
    const size = isWhole ? wholeSize : headSize;
    if (size > room || (!isWhole && !isReserved)) break;
    if (isWhole) left -= Math.min(left, extra);
    room -= size;
    kept.push(isWhole ? whole : head);
  }
  return { kept, isFirstWhole };
}

function jsonBytes(value: unknown): number {
  return bytesOf(JSON.stringify(value));
}
