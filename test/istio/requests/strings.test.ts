import { describe, expect, test } from 'vitest';
import { asksForPresence, literalStart, meetsString } from '../../../src/istio/requests/strings.ts';
import type { StringMatch } from '../../../src/istio/types.ts';

/** ConvertToEnvoyMatch in pilot/pkg/networking/util; Envoy's StringMatcher, RE2 for the whole text. */
describe('a text', () => {
  test.for<[match: StringMatch, text: string, isMet: boolean | undefined]>([
    [{ exact: 'a' }, 'a', true],
    [{ exact: 'a' }, 'ab', false],
    [{ exact: 'a' }, 'A', false],
    [{ exact: '' }, '', true],
    [{ exact: '' }, 'a', false],
    [{ prefix: 'a' }, 'ab', true],
    [{ prefix: 'a' }, 'ba', false],
    [{ prefix: 'a' }, 'AB', false],
    [{ regex: 'a.' }, 'ab', true],
    [{ regex: 'a' }, 'ab', false],
    [{ regex: 'b' }, 'ab', false],
    [{ regex: 'a|ab' }, 'ab', true],
    [{ regex: '(?i)AB' }, 'ab', true],
    [{ regex: '' }, '', true],
    [{ regex: 'a(?=b)' }, 'ab', undefined],
    [{ regex: 'a(?=b)' }, 'b', false],
    [{ regex: '*' }, 'ab', undefined],
    [{}, 'a', true],
  ])('of %j: %j is one: %j', ([match, text, isMet]) => {
    expect(meetsString(match, text)).toBe(isMet);
  });

  test.for<[match: StringMatch, text: string, isMet: boolean]>([
    [{ exact: '/Ab' }, '/aB', true],
    [{ exact: '/Ab' }, '/aBc', false],
    [{ prefix: '/Ab' }, '/aBc', true],
    [{ prefix: '/Ab' }, '/bAb', false],
    [{ regex: '/Ab' }, '/aB', false],
  ])('of %j, ignoring case: %j is one: %j', ([match, text, isMet]) => {
    expect(meetsString(match, text, true)).toBe(isMet);
  });

  test.for<string>(['/shop/[0-9]+', '/x(?=v)'])(
    'is the same to %s, whatever was asked of it before',
    (regex) => {
      const ask = (): unknown => ['/other', '/shop/1', '/xv'].map((text) => meetsString({ regex }, text));
      const first = ask();
      expect(ask()).toEqual(first);
    },
  );
});

/** canBeConvertedToPresentMatch in route.go. */
test.for<[match: StringMatch, asks: boolean]>([
  [{}, true],
  [{ regex: '*' }, true],
  [{ regex: '.*' }, false],
  [{ regex: '' }, false],
  [{ exact: '' }, false],
  [{ exact: '*' }, false],
  [{ prefix: '' }, false],
  [{ prefix: '*' }, false],
])('%j asks for presence alone: %j', ([match, asks]) => {
  expect(asksForPresence(match)).toBe(asks);
});

test.for<[regex: string, start: string]>([
  ['', ''],
  ['/v1', '/v1'],
  ['^/v1/(a|b)+', '/v1/'],
  ['/v1$', '/v1'],
  ['/a^b', '/a'],
  ['^^a', ''],
  ['.*/v1', ''],
  ['(a)', ''],
  ['(?i)/a', ''],
  ['/ab*', '/a'],
  ['/ab+', '/a'],
  ['/ab?', '/a'],
  ['/ab{0,2}', '/a'],
  ['a*', ''],
  ['/a\\.b?', '/a.'],
  ['/a\\.?', '/a'],
  ['/a\\\\*', '/a'],
  ['/a\\d', '/a'],
  ['/a\\Qb.\\E', '/a'],
  ['/a b,c:d;e=f&g%h#i@j!k~l"m\'n<o>p_q-r', '/a b,c:d;e=f&g%h#i@j!k~l"m\'n<o>p_q-r'],
])('every text that %s matches starts with %j', ([regex, start]) => {
  expect(literalStart(regex)).toBe(start);
});

/** What stands between alternatives of a group or in a class says nothing of the start. */
test.for<[regex: string, start: string]>([
  ['/v1|/v2', ''],
  ['/a(b)|c', ''],
  ['/a(b(c)|d)', '/a'],
  ['/a((b)|c)', '/a'],
  ['/a(b)(c|d)', '/a'],
  ['(a)|/b', ''],
  ['/a\\|b', '/a|b'],
  ['/a\\.(x|y)', '/a.'],
  ['/a\\(|b', ''],
  ['/a[|]', '/a'],
  ['/a[|]x|y', ''],
  ['/a[(]|b', ''],
  ['/a[)|]', '/a'],
  ['/a[^|]', '/a'],
  ['/a[]|]', '/a'],
  ['/a[^]|]', '/a'],
  ['/a[\\]|]', '/a'],
  ['/a[[:alpha:]|]', '/a'],
  ['/a[[:^alpha:]|]', '/a'],
  ['/a[[:alpha:]]|b', ''],
  ['\\Q|\\E|a', ''],
  ['/a\\Q(\\E|b', ''],
])('with alternatives, every text that %s matches starts with %j', ([regex, start]) => {
  expect(literalStart(regex)).toBe(start);
});
