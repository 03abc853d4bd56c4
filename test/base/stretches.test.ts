import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stretchFinder, type Span } from '../../src/base/stretches.ts';

const LENGTH = 8;

/** By definition: each row of eight units that a known text has, joined where they overlap or touch. */
function spansByHand(known: readonly string[], text: string): Span[] {
  const spans: Span[] = [];
  for (let start = 0; start + LENGTH <= text.length; start++) {
    if (!known.some((one) => one.includes(text.slice(start, start + LENGTH)))) continue;
    const last = spans.at(-1);
    if (last !== undefined && start <= last.end) spans.splice(-1, 1, { ...last, end: start + LENGTH });
    else spans.push({ start, end: start + LENGTH });
  }
  return spans;
}

test('finds what is part of a known text, and nothing else', () => {
  // Few letters, so that texts are like each other.
  const word = (unit: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.string({ unit, maxLength: 40 });
  const alphabets = [fc.constantFrom('a', 'b'), fc.constantFrom('a', 'b', 'ä', '€', '😀')];
  fc.assert(
    fc.property(
      fc.oneof(...alphabets.map((unit) => fc.tuple(fc.array(word(unit), { maxLength: 4 }), word(unit)))),
      fc.array(fc.nat(40), { maxLength: 4 }),
      ([known, noise], cuts) => {
        const text =
          cuts.map((cut, i) => (known[i % known.length] ?? '').slice(cut) + noise.slice(cut)).join('') +
          noise;
        expect(stretchFinder(known, LENGTH)(text)).toEqual(spansByHand(known, text));
      },
    ),
    { numRuns: 2000 },
  );
});

test('what ends in one known text and begins in the next is no stretch', () => {
  expect(stretchFinder(['12345678', 'abcdefgh'], LENGTH)('5678abcd')).toEqual([]);
  expect(stretchFinder(['12345678', 'abcdefgh'], LENGTH)('12345678abcdefgh')).toEqual([
    { start: 0, end: 16 },
  ]);
});
