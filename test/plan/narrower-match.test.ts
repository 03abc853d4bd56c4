import fc from 'fast-check';
import { expect, test } from 'vitest';
import { meetsString } from '../../src/istio/requests/strings.ts';
import type { StringMatch } from '../../src/istio/types.ts';
import { narrowerMatch } from '../../src/plan/narrower-match.ts';
import { bothMatches } from '../../src/reach/expected/both-matches.ts';

test.each<[StringMatch, StringMatch, StringMatch | undefined]>([
  [{}, { exact: 'a' }, { exact: 'a' }],
  [{ exact: 'a' }, {}, { exact: 'a' }],
  [{ regex: '*' }, { prefix: 'a' }, { prefix: 'a' }],
  [{ prefix: 'pr-' }, { exact: 'pr-10' }, { exact: 'pr-10' }],
  [{ exact: 'pr-10' }, { prefix: 'pr-' }, { exact: 'pr-10' }],
  [{ prefix: 'pr-' }, { exact: 'main' }, undefined],
  [{ prefix: 'pr-' }, { prefix: 'pr-1' }, { prefix: 'pr-1' }],
  [{ prefix: 'pr-' }, { prefix: 'v' }, undefined],
  [{ regex: 'pr-\\d+' }, { exact: 'pr-10' }, { exact: 'pr-10' }],
  [{ regex: 'pr-\\d+' }, { exact: 'pr-x' }, undefined],
  [{ exact: 'a' }, { exact: 'b' }, undefined],
  [{ regex: 'a.*' }, { prefix: 'a' }, undefined],
  [{ regex: 'a+' }, { regex: 'a*' }, undefined],
  [{ regex: '(' }, { exact: 'a' }, undefined],
  [{ prefix: 'a', x_unknown: true }, { exact: 'ab' }, undefined],
])('%j and %j are %j', (own, asked, both) => {
  expect(narrowerMatch(own, asked)).toEqual(both);
  expect(narrowerMatch(asked, own)).toEqual(both);
  expect(bothMatches(own, asked)).toEqual(both);
});

const text = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 4 });
const match: fc.Arbitrary<StringMatch> = fc.oneof(
  fc.constant({}),
  text.map((exact) => ({ exact })),
  text.map((prefix) => ({ prefix })),
  text.map((plain) => ({ regex: `${plain}.*` })),
);

test('a value meets the narrower one if and only if it meets both', () => {
  fc.assert(
    fc.property(match, match, text, (own, asked, value) => {
      const both = narrowerMatch(own, asked);
      if (both === undefined) return;
      const meetsBoth = meetsString(own, value) === true && meetsString(asked, value) === true;
      expect(meetsString(both, value)).toBe(meetsBoth);
    }),
  );
});
