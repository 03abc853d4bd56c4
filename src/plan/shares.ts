/**
 * The arithmetic of a split: exact until the end, so that nothing drifts however often it is changed.
 * Shares are whole numbers of no fixed total (BigInt), rounded once, when weights are written.
 */

/** A share asked for one member of a split: `part` of `whole`, as 20 of 100. */
export interface AskedShare {
  readonly part: number;
  readonly whole: number;
}

/**
 * Gives the members at `positions` the asked share together; everyone else shares the rest in the proportions
 * that they have. Where those are all 0, the proportions of `fallback` decide, and where these are 0 too,
 * everyone gets the same.
 *
 * @param shares relative shares, any total
 * @param positions at least one; if nobody is left beside them, they keep everything
 * @param fallback relative shares as they were at first, same length
 */
export function give(
  shares: readonly bigint[],
  positions: ReadonlySet<number>,
  asked: AskedShare,
  fallback: readonly bigint[],
): bigint[] {
  const inside = proportions(shares, fallback, (i) => positions.has(i));
  const outside = proportions(shares, fallback, (i) => !positions.has(i));
  if (outside.total === 0n) return reduced(inside.shares);
  const part = BigInt(asked.part);
  const rest = BigInt(asked.whole) - part;
  return reduced(
    shares.map((_, i) =>
      positions.has(i)
        ? (inside.shares[i] ?? 0n) * part * outside.total
        : (outside.shares[i] ?? 0n) * rest * inside.total,
    ),
  );
}

/** The shares of those that are `in`, 0 for everyone else, with a total above 0 if there is anyone. */
function proportions(
  shares: readonly bigint[],
  fallback: readonly bigint[],
  isIn: (position: number) => boolean,
): { shares: bigint[]; total: bigint } {
  for (const candidate of [shares, fallback, shares.map(() => 1n)]) {
    const chosen = candidate.map((share, i) => (isIn(i) ? share : 0n));
    const total = sum(chosen);
    if (total > 0n) return { shares: chosen, total };
  }
  return { shares: shares.map(() => 0n), total: 0n };
}

/** Keeps the numbers small: asks multiply them, and the greatest common divisor takes it back. */
function reduced(shares: readonly bigint[]): bigint[] {
  const divisor = shares.reduce(gcd, 0n);
  return divisor > 1n ? shares.map((share) => share / divisor) : [...shares];
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}

function sum(shares: readonly bigint[]): bigint {
  return shares.reduce((total, share) => total + share, 0n);
}

/**
 * Whole percents that add up to 100, by largest remainder; ties go to the earlier position. All 0 counts as
 * everyone the same.
 *
 * @param exact positions that were asked for last: their common share is rounded first, as one, so that two
 *   entries of the same subset add up to just what was asked
 */
export function wholePercents(shares: readonly bigint[], exact: ReadonlySet<number> = new Set()): number[] {
  const total = sum(shares);
  if (total === 0n)
    return wholePercents(
      shares.map(() => 1n),
      exact,
    );
  const inside = shares.map((share, i) => (exact.has(i) ? share : 0n));
  const outside = shares.map((share, i) => (exact.has(i) ? 0n : share));
  const [insidePercent = 0, outsidePercent = 0] = apportion([sum(inside), sum(outside)], 100);
  const insidePercents = apportion(inside, insidePercent);
  const outsidePercents = apportion(outside, outsidePercent);
  return shares.map((_, i) => (exact.has(i) ? insidePercents[i] : outsidePercents[i]) ?? 0);
}

/** Divides `seats` by the method of largest remainders. */
function apportion(shares: readonly bigint[], seats: number): number[] {
  const total = sum(shares);
  if (total === 0n) return shares.map(() => 0);
  const quotas = shares.map((share, i) => ({
    i,
    floor: (share * BigInt(seats)) / total,
    remainder: (share * BigInt(seats)) % total,
  }));
  const missing = seats - Number(sum(quotas.map(({ floor }) => floor)));
  const raised = new Set(
    [...quotas]
      .sort((a, b) => (a.remainder === b.remainder ? a.i - b.i : a.remainder > b.remainder ? -1 : 1))
      .slice(0, missing)
      .map(({ i }) => i),
  );
  return quotas.map(({ i, floor }) => Number(floor) + (raised.has(i) ? 1 : 0));
}
