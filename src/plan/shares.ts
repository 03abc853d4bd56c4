/**
 * The arithmetic of a split: so exact until the end that nothing drifts however often it is changed. Shares are whole
 * numbers of no fixed total (BigInt), rounded once, when weights are written.
 */

/** A requested share of a split: `part` of `whole`, as 20 of 100. */
export interface Fraction {
  readonly part: number;
  readonly whole: number;
}

/** The same for the members at `positions` together; at least one. */
export interface PlacedShare extends Fraction {
  readonly positions: readonly number[];
}

/**
 * Exact numbers grow with each request, and the time for a thousand requests with their cube. So shares are kept to this many
 * bits: what is lost is below 2^-512 of the total, and what is closer together than 2^-256 counts as the same when
 * it is rounded, so equal shares stay equal.
 */
const PRECISION = 1024n;
const TIE = 256n;

/** Bits of the total. Within these nothing is shifted: that costs a step for each member. */
const [SHORTEST, LONGEST] = [Number(PRECISION), 4 * Number(PRECISION)];

/**
 * Relative shares once each request was granted in order: its members get the requested share together, everyone else shares
 * the rest in the proportions that they have. Where those are all 0, the proportions of `first` decide, and where
 * these are 0 too, everyone gets the same. If nobody is left beside them, they keep everything.
 *
 * A request costs a step for each of its members, not for each member of the split.
 *
 * @param first relative shares as they were at first, whole numbers of any total
 */
export function sharesAfter(first: readonly number[], requests: readonly PlacedShare[]): bigint[] {
  const split = new Split(first);
  for (const request of requests) split.give(request);
  return split.shares;
}

class Split {
  readonly shares: bigint[];
  readonly #first: readonly bigint[];
  /** Positions whose share may be above 0. */
  #held: Set<number>;
  #total: bigint;

  constructor(first: readonly number[]) {
    this.#first = first.map((share) => BigInt(share) << PRECISION);
    this.shares = [...this.#first];
    this.#held = new Set(first.flatMap((share, i) => (share > 0 ? [i] : [])));
    this.#total = sum(this.shares);
  }

  give({ positions, part, whole }: PlacedShare): void {
    const inside = this.#proportions(positions);
    const insideTotal = sum(inside);
    if (positions.length === this.shares.length) {
      this.#set(positions, inside);
      return;
    }
    if (part === whole) {
      for (const i of this.#held) this.shares[i] = 0n;
      this.#held = new Set();
      this.#total = 0n;
      this.#set(positions, inside);
      this.#keepPrecision();
      return;
    }
    if (this.#total === sum(positions.map((i) => this.shares[i] ?? 0n))) {
      const outside = this.shares.map((_, i) => i).filter((i) => !positions.includes(i));
      this.#set(outside, this.#proportions(outside));
    }
    const rest = this.#total - sum(positions.map((i) => this.shares[i] ?? 0n));
    const wanted = (rest * BigInt(part)) / BigInt(whole - part);
    this.#set(
      positions,
      inside.map((share) => (share * wanted) / insideTotal),
    );
    this.#keepPrecision();
  }

  /** The shares at some positions, with a total above 0. */
  #proportions(positions: readonly number[]): bigint[] {
    for (const candidate of [this.shares, this.#first]) {
      const found = positions.map((i) => candidate[i] ?? 0n);
      if (found.some((share) => share > 0n)) return found;
    }
    return positions.map(() => 1n << PRECISION);
  }

  #set(positions: readonly number[], shares: readonly bigint[]): void {
    for (const [at, i] of positions.entries()) {
      const share = shares[at] ?? 0n;
      this.#total += share - (this.shares[i] ?? 0n);
      this.shares[i] = share;
      if (share > 0n) this.#held.add(i);
      else this.#held.delete(i);
    }
  }

  /** Shares that were squeezed have few bits; in a split of their own they get the bits that they need. */
  #keepPrecision(): void {
    const bits = this.#total.toString(16).length * 4;
    if (this.#total === 0n || (bits <= LONGEST && bits >= SHORTEST)) return;
    const shift = BigInt((LONGEST + SHORTEST) / 2 - bits);
    for (const i of this.#held) this.#set([i], [(this.shares[i] ?? 0n) << shift]);
  }
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
  const quotas = shares.map((share, i) => {
    const quota = (((share * BigInt(seats)) << (TIE + 1n)) / total + 1n) >> 1n;
    return { i, floor: quota >> TIE, remainder: quota & ((1n << TIE) - 1n) };
  });
  const missing = seats - Number(sum(quotas.map(({ floor }) => floor)));
  const raised = new Set(
    [...quotas]
      .sort((a, b) => (a.remainder === b.remainder ? a.i - b.i : a.remainder > b.remainder ? -1 : 1))
      .slice(0, missing)
      .map(({ i }) => i),
  );
  return quotas.map(({ i, floor }) => Number(floor) + (raised.has(i) ? 1 : 0));
}
