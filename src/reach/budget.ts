/**
 * What a whole run may look at, in steps of about a tenth of a microsecond: a block held against a request is one, all
 * else counts as many as it costs. A second or two, and five times what 10,000 ordinary routes come to.
 */
const MOST_STEPS = 12_000_000;

/** How much may still be looked at. What is left out is said: a part is compared, the same part every time. */
export interface Budget {
  /** Takes some steps off what is left; false where there are not enough, and then nothing more is to be had. */
  readonly spend: (steps: number) => boolean;
  /** Something was asked for that could not be paid. */
  readonly isSpent: () => boolean;
  readonly left: () => number;
  /** So much of what is left, at most. What it doesn't spend stays with the whole. */
  readonly part: (share: number) => Budget;
}

/** @param most the steps that there are; for tests and for whoever has one request only */
export function budget(most = MOST_STEPS): Budget {
  let [left, isSpent] = [most, false];
  const whole: Budget = {
    left: () => left,
    isSpent: () => isSpent,
    spend(steps) {
      if (isSpent || left < steps) isSpent = true;
      else left -= steps;
      return !isSpent;
    },
    part: (share) => partOf(whole, share),
  };
  return whole;
}

function partOf(whole: Budget, share: number): Budget {
  const own = budget(Math.floor(whole.left() * Math.min(1, share)));
  const part: Budget = {
    ...own,
    spend: (steps) => own.spend(steps) && whole.spend(steps),
    part: (some) => partOf(part, some),
  };
  return part;
}

/** Without a bound: for whoever looks at a few blocks. */
export const BOUNDLESS: Budget = budget(Number.MAX_SAFE_INTEGER);

/**
 * The same items in an order of which any first part is evenly spread over the whole, for a loop that may have to end
 * early. The same every time.
 *
 * @example evenly([0, 1, 2, 3, 4]) // [0, 3, 1, 4, 2]
 */
export function evenly<T>(items: readonly T[]): readonly T[] {
  const GOLDEN = 0.618_033_988_749_895;
  return items
    .map((item, i) => ({ item, place: (i * GOLDEN) % 1, i }))
    .sort((a, b) => a.place - b.place || a.i - b.i)
    .map(({ item }) => item);
}

/** In their order where they can be paid for, by a rough estimate; else so that wherever it ends, a part of all was seen. */
export function inAffordableOrder<T>(items: readonly T[], steps: Budget): readonly T[] {
  return items.length * 1000 <= steps.left() ? items : evenly(items);
}

/** Not more than `most`, evenly spread, so that the last have their turn too. */
export function spread<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  const step = items.length / most;
  return Array.from({ length: most }, (_, i) => items[Math.floor(i * step)]).filter(
    (item) => item !== undefined,
  );
}
