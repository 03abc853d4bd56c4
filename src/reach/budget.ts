/** Blocks that are held against requests, at most, in all lists together: a second or so. */
const MOST_QUESTIONS = 1_500_000;

/** How much may still be looked at. What is left out is said: a part is compared, the same part every time. */
export interface Budget {
  /** Takes the cost of one request off what is left; false where there is not enough. */
  readonly spend: (cost: number) => boolean;
  /** How many requests of this cost can be paid for. */
  readonly room: (cost: number) => number;
}

export function budget(): Budget {
  let left = MOST_QUESTIONS;
  return {
    room: (cost) => Math.max(0, Math.floor(left / cost)),
    spend(cost) {
      if (left < cost) return false;
      left -= cost;
      return true;
    },
  };
}

/** Not more than `most`, evenly spread, so that the last have their turn too. */
export function spread<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  const step = items.length / most;
  return Array.from({ length: most }, (_, i) => items[Math.floor(i * step)]).filter(
    (item) => item !== undefined,
  );
}
