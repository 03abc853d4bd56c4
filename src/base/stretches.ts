/** Finds stretches of known texts in other text, in time that grows with that text alone where it has none. */

/** Where a stretch stands: UTF-16 units, `end` excluded. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** @returns what is part of a known text, overlapping spans joined, in order */
export type StretchFinder = (text: string) => Span[];

/** UTF-16 units of a gram: half a stretch. */
const GRAM = 4;

/** The least part of the filter that stays free: the more, the fewer units are compared in vain. */
const ROOM = 8;

/** Between known texts: what ends here and begins there is no stretch. */
const BORDER = '\0';

/**
 * A filter of every gram of the known texts, which says of most places in a text that nothing can be there. Every
 * stretch holds a gram at one of the places that are looked at, which are as far apart as that allows. Where the
 * filter says that all grams of a stretch may be known, the stretch is searched for in the known texts themselves, so
 * nothing is found that isn't there.
 *
 * @param length the fewest units that count
 */
export function stretchFinder(known: Iterable<string>, length: number): StretchFinder {
  const all = [...known].join(BORDER);
  const bits = Math.ceil(Math.log2(Math.max(1024, all.length * ROOM)));
  const filter = new Uint8Array(2 ** bits);
  const shift = 32 - bits;
  let gram = 0;
  for (let i = 0; i < all.length; i++) {
    gram = (gram << 8) ^ all.charCodeAt(i);
    if (i >= GRAM - 1) filter[Math.imul(gram, SPREAD) >>> shift] = 1;
  }
  const mayHold = (text: string, at: number): boolean => {
    const units =
      (text.charCodeAt(at) << 24) ^
      (text.charCodeAt(at + 1) << 16) ^
      (text.charCodeAt(at + 2) << 8) ^
      text.charCodeAt(at + 3);
    return filter[Math.imul(units, SPREAD) >>> shift] === 1;
  };
  /** Where the known texts hold the stretch that begins here. */
  const find = (text: string, start: number): number => {
    for (let at = start; at <= start + length - GRAM; at++) if (!mayHold(text, at)) return -1;
    return all.indexOf(text.slice(start, start + length));
  };
  return (text) => {
    const found: Span[] = [];
    /** No stretch that begins before it is still to be found. */
    let from = 0;
    for (let at = 0; at <= text.length - GRAM; at += length - GRAM + 1) {
      if (!mayHold(text, at)) continue;
      from = Math.max(from, at - (length - GRAM));
      while (from <= Math.min(at, text.length - length)) {
        const place = find(text, from);
        if (place < 0) {
          from += 1;
          continue;
        }
        let end = from + length;
        while (end < text.length && all[place + end - from] === text[end]) end += 1;
        addSpan(found, { start: from, end });
        from = end - length + 1;
      }
    }
    return found;
  };
}

/** An odd number of no pattern (2³² / the golden ratio): products with it spread over their high bits. */
const SPREAD = 0x9e3779b1;

function addSpan(spans: Span[], { start, end }: Span): void {
  const last = spans.at(-1);
  if (last !== undefined && start <= last.end) spans[spans.length - 1] = { start: last.start, end };
  else spans.push({ start, end });
}
