/** Finds stretches of known texts in other text, in time that grows with that text alone. */

/** Where a stretch stands: UTF-16 units, `end` excluded. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Stretches {
  /** Makes a text known; one of fewer units than a stretch is without effect. */
  add(text: string): void;
  /** What is part of a known text, overlapping spans joined, in order. */
  within(text: string): Span[];
}

/** Ends each known text, so that no stretch runs into the next one. */
const END = '\0';
const EMPTY = -1;

/**
 * An index of every stretch of `length` units of the texts that are added: a hash table with open addressing, whose
 * entries are positions in all the texts put together. A text is looked through with a rolling hash, and what has
 * the hash is compared, so nothing is found that isn't there.
 */
export function stretchesOf(length: number): Stretches {
  let known = '';
  let table = new Int32Array(1024).fill(EMPTY);
  let entries = 0;
  /** What the first unit of a stretch contributes to its hash. */
  let power = 1;
  for (let i = 1; i < length; i++) power = Math.imul(power, 31);

  const isSame = (at: number, text: string, start: number): boolean => {
    for (let i = 0; i < length; i++)
      if (known.charCodeAt(at + i) !== text.charCodeAt(start + i)) return false;
    return true;
  };
  /** The slot that holds this stretch, or the free one where it would go. */
  const slotOf = (hash: number, text: string, start: number): number => {
    const mask = table.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const at = table[slot] ?? EMPTY;
      if (at === EMPTY || isSame(at, text, start)) return slot;
      slot = (slot + 1) & mask;
    }
  };
  const insert = (from: number): void => {
    eachHash(known.slice(from), (hash, start) => {
      const slot = slotOf(hash, known, from + start);
      if (table[slot] !== EMPTY) return;
      table[slot] = from + start;
      entries += 1;
    });
  };
  const eachHash = (text: string, visit: (hash: number, start: number) => void): void => {
    let hash = 0;
    for (let i = 0; i < text.length; i++) {
      if (i >= length) hash = (hash - Math.imul(text.charCodeAt(i - length), power)) | 0;
      hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
      if (i >= length - 1) visit(hash, i - length + 1);
    }
  };
  return {
    add(text) {
      if (text.length < length || known.includes(text)) return;
      const from = known.length;
      known += text + END;
      if ((entries + text.length) * 2 > table.length) {
        let size = table.length;
        while (size < (entries + text.length) * 4) size *= 2;
        table = new Int32Array(size).fill(EMPTY);
        entries = 0;
        insert(0);
      } else {
        insert(from);
      }
    },
    within(text) {
      const found: Span[] = [];
      if (entries === 0) return found;
      let open: { start: number; end: number } | undefined;
      eachHash(text, (hash, start) => {
        if (table[slotOf(hash, text, start)] === EMPTY) return;
        if (open !== undefined && start <= open.end) open.end = start + length;
        else found.push((open = { start, end: start + length }));
      });
      return found;
    },
  };
}
