/** Finds stretches of known texts in other text, in time that grows with that text alone. */

/** Where a stretch stands: UTF-16 units, `end` excluded. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Stretches {
  /** Makes a text known; one of fewer units than a stretch is without effect. */
  add(text: string): void;
  /** Makes room for texts of so many units together: growing in between costs more than the texts. */
  reserve(units: number): void;
  /** Is every stretch of it known? */
  has(text: string): boolean;
  /** What is part of a known text, overlapping spans joined, in order. */
  within(text: string): Span[];
}

const EMPTY = -1;

/**
 * An index of every stretch of `length` units of the texts that are added: a hash table with open addressing, whose
 * entries are positions in all the texts put together. A text is looked through with a rolling hash, and what has
 * the hash is compared, so nothing is found that isn't there.
 */
export function stretchesOf(length: number): Stretches {
  let known = new Uint16Array(1024);
  let end = 0;
  let table = new Int32Array(1024).fill(EMPTY);
  let entries = 0;
  /** What the first unit of a stretch contributes to its hash. */
  let power = 1;
  for (let i = 1; i < length; i++) power = Math.imul(power, 31);

  /** The slot that holds this stretch, or the free one where it would go. */
  const slotOf = (hash: number, text: string, start: number): number => {
    const mask = table.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const at = table[slot] ?? EMPTY;
      if (at === EMPTY) return slot;
      let i = 0;
      while (i < length && known[at + i] === text.charCodeAt(start + i)) i++;
      if (i === length) return slot;
      slot = (slot + 1) & mask;
    }
  };
  const eachStretch = (text: string, visit: (slot: number, start: number) => void): void => {
    let hash = 0;
    for (let i = 0; i < text.length; i++) {
      if (i >= length) hash = (hash - Math.imul(text.charCodeAt(i - length), power)) | 0;
      hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
      if (i >= length - 1) visit(slotOf(hash, text, i - length + 1), i - length + 1);
    }
  };
  /** Makes the table twice as large as `most` entries need, so that a free slot is never far. */
  const growTo = (most: number): void => {
    if (most * 2 <= table.length) return;
    const positions = table;
    let size = table.length;
    while (size < most * 2) size *= 2;
    table = new Int32Array(size).fill(EMPTY);
    const mask = size - 1;
    for (const at of positions) {
      if (at === EMPTY) continue;
      let hash = 0;
      for (let i = at; i < at + length; i++) hash = (Math.imul(hash, 31) + (known[i] ?? 0)) | 0;
      // No two entries are the same stretch, so the next free slot is the one.
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (table[slot] !== EMPTY) slot = (slot + 1) & mask;
      table[slot] = at;
    }
  };
  const append = (text: string): number => {
    const from = end;
    end += text.length;
    if (end > known.length) {
      const larger = new Uint16Array(end * 2);
      larger.set(known.subarray(0, from));
      known = larger;
    }
    for (let i = 0; i < text.length; i++) known[from + i] = text.charCodeAt(i);
    return from;
  };
  const isKnown = (text: string): boolean => {
    if (text.length < length) return true;
    let missing = 0;
    eachStretch(text, (slot) => {
      if (table[slot] === EMPTY) missing += 1;
    });
    return missing === 0;
  };
  return {
    has: isKnown,
    add(text) {
      if (text.length < length) return;
      growTo(entries + text.length);
      const from = append(text);
      const before = entries;
      eachStretch(text, (slot, start) => {
        if (table[slot] !== EMPTY) return;
        table[slot] = from + start;
        entries += 1;
      });
      // Every stretch of it was known: no entry refers to this copy.
      if (entries === before) end = from;
    },
    reserve(units) {
      growTo(entries + units);
    },
    within(text) {
      const found: Span[] = [];
      if (entries === 0) return found;
      let open: { start: number; end: number } | undefined;
      eachStretch(text, (slot, start) => {
        if (table[slot] === EMPTY) return;
        if (open !== undefined && start <= open.end) open.end = start + length;
        else found.push((open = { start, end: start + length }));
      });
      return found;
    },
  };
}
