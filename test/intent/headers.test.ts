import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseHeaders } from '../../src/intent/headers.ts';
import type { StringMatch } from '../../src/istio/types.ts';
import { problemsOf, valueOf } from '../support/parsed.ts';

test.each<[string, readonly Record<string, StringMatch>[]]>([
  ['x-cid=seu_madruga', [{ 'x-cid': { exact: 'seu_madruga' } }]],
  ['x-cid^=seu_', [{ 'x-cid': { prefix: 'seu_' } }]],
  ['x-cid~=^seu_.*$', [{ 'x-cid': { regex: '^seu_.*$' } }]],
  ['x-cid', [{ 'x-cid': {} }]],
  ['X-Cid=A', [{ 'x-cid': { exact: 'A' } }]],
  ['a=1,b^=2, c ,d~=3', [{ a: { exact: '1' }, b: { prefix: '2' }, c: {}, d: { regex: '3' } }]],
  ['a=1\r\nb=2\r\n', [{ a: { exact: '1' } }, { b: { exact: '2' } }]],
  ['\n\na=1\n  \nb=2\n', [{ a: { exact: '1' } }, { b: { exact: '2' } }]],
  ['a=1\na=1', [{ a: { exact: '1' } }]],
  ['a=1,b=2\nb=2,a=1', [{ a: { exact: '1' }, b: { exact: '2' } }]],
  ['a=b=c', [{ a: { exact: 'b=c' } }]],
  ['a=b^=c', [{ a: { exact: 'b^=c' } }]],
  ['a^=b~=c', [{ a: { prefix: 'b~=c' } }]],
  ['a~=b=c', [{ a: { regex: 'b=c' } }]],
  ['a==b', [{ a: { exact: '=b' } }]],
  ['a^b=c', [{ 'a^b': { exact: 'c' } }]],
  ['a = b c ', [{ a: { exact: 'b c' } }]],
  ['a="b,c"', [{ a: { exact: 'b,c' } }]],
  ['a="b,c",d=e', [{ a: { exact: 'b,c' }, d: { exact: 'e' } }]],
  ['a=" b "', [{ a: { exact: ' b ' } }]],
  [String.raw`a="say \"hi\""`, [{ a: { exact: 'say "hi"' } }]],
  [String.raw`a="\\"`, [{ a: { exact: '\\' } }]],
  [String.raw`a~="\d{1,2}\\."`, [{ a: { regex: String.raw`\d{1,2}\.` } }]],
  [String.raw`a~=\d+\\`, [{ a: { regex: String.raw`\d+\\` } }]],
  ['a=b"c"', [{ a: { exact: 'b"c"' } }]],
  ['a=""', [{ a: { exact: '' } }]],
  ['X-CID: foo', [{ 'x-cid': { exact: 'foo' } }]],
  ['x-cid:foo', [{ 'x-cid': { exact: 'foo' } }]],
  ['x-cid: a:b, x-env^=pr-', [{ 'x-cid': { exact: 'a:b' }, 'x-env': { prefix: 'pr-' } }]],
  ['__proto__=a', [Object.fromEntries([['__proto__', { exact: 'a' }]])]],
])('%j is understood', (text, alternatives) => {
  expect(valueOf(parseHeaders(text))).toEqual(alternatives);
});

test.each([
  ['a=1,A=2', 'the header "a" is there twice: a request has one value of it (for either, use two lines)'],
  ['=b', 'there is no name before ='],
  ['^=b', 'there is no name before ^='],
  ['a=1,', 'there is a comma with nothing before or after it (a variable that is not set?)'],
  ['a=1,,b=2', 'there is a comma with nothing before or after it (a variable that is not set?)'],
  ['a=', 'a= has no value (a variable that is not set? To match any value, write a)'],
  ['a^=""', 'a^= has no value (a variable that is not set? To match any value, write a)'],
  ['a~=""', 'a~= has no value (a variable that is not set? To match any value, write a)'],
  ['a="b', 'the quote after "a=" is not closed on its line'],
  ['a="b\nc"', 'line 1: the quote after "a=" is not closed on its line'],
  [String.raw`a="b\"`, 'the quote after "a=" is not closed on its line'],
  ['a="b"c', 'only a comma may follow the closing quote of "a"'],
  ['a: b=c', '"a: b" can be read in more than one way: write a="…", with the whole value in the quotes'],
  ['a: b, c', '"a: b" can be read in more than one way: write a="…", with the whole value in the quotes'],
  [
    'a: "b"',
    '"a: \\"b\\"" can be read in more than one way: write a="…", with the whole value in the quotes',
  ],
  ['a: 1, A: 2', 'the header "a" is there twice: a request has one value of it (for either, use two lines)'],
  [
    'a b=c',
    '"a b" can\'t be the name of a header: it has a blank in it. Several headers are separated by commas',
  ],
  ['a~=^x{1,2}$', '"2}$" can\'t be the name of a header (a value with a comma in it goes in "quotes")'],
  [':path=/x', '":path" is a pseudo-header of HTTP/2, not a header'],
  ['URI=/x', '"uri" among headers is ignored by Istio: it is no header'],
  ['scheme=https', '"scheme" among headers is ignored by Istio: it is no header'],
  ['method=GET', '"method" among headers is ignored by Istio: it is no header'],
  ['authority=a', '"authority" among headers is ignored by Istio: it is no header'],
  ['a~=(', 'a: the regex is not RE2: missing closing ): `(`'],
  ['a~=(?!b)', 'a: the regex is not RE2: invalid or unsupported Perl syntax: `(?!`'],
  ['a~=*', 'a: the regex is not RE2: missing argument to repetition operator: `*`'],
  ['a=b\u0000', 'the value of a has a control character in it'],
  [
    'a=\u200bb',
    'the value of a has a character in it that nobody sees (U+200B), as copied texts have: type the value anew',
  ],
  [
    'a=b\u00a0c',
    'the value of a has a character in it that nobody sees (U+00A0), as copied texts have: type the value anew',
  ],
  ['# our own', '"# our own" is a comment, and headers have none'],
])('%j is refused', (text, problem) => {
  expect(problemsOf(parseHeaders(text))[0]).toBe(problem);
});

test('a regex is measured in bytes, as Istio does', () => {
  expect(problemsOf(parseHeaders(`a~=${'é'.repeat(513)}`))).toEqual([
    'a: the regex is 1026 bytes long, Istio accepts at most 1024',
  ]);
  expect(valueOf(parseHeaders(`a~=${'é'.repeat(512)}`))).toHaveLength(1);
});

test('every bad line is named', () => {
  expect(problemsOf(parseHeaders('a=1,a=2,\nok=1\n\nx y,uri=1'))).toEqual([
    'line 1: there is a comma with nothing before or after it (a variable that is not set?)',
    'line 4: "x y" can\'t be the name of a header: it has a blank in it. Several headers are separated by commas',
    'line 4: "uri" among headers is ignored by Istio: it is no header',
  ]);
});

describe('quoting', () => {
  const OPERATORS = { exact: '=', prefix: '^=' } as const;
  const name = fc.stringMatching(/^x-[a-z0-9]{1,8}$/);
  const value = fc
    .string({
      unit: fc.constantFrom('a', 'é', ' ', ',', '"', '\\', '=', '^', '~', '\t', ';', '😀'),
      maxLength: 12,
    })
    .filter((text) => text !== '');
  const match = fc.dictionary(
    name,
    fc.oneof(
      fc.constant({}),
      value.map((exact) => ({ exact })),
      value.map((prefix) => ({ prefix })),
    ),
    { minKeys: 1, maxKeys: 4, noNullPrototype: true },
  );

  const quoteValue = (text: string): string => `"${text.replace(/["\\]/g, String.raw`\$&`)}"`;
  const write = (headers: Readonly<Record<string, StringMatch>>): string =>
    Object.entries(headers)
      .map(([header, { exact, prefix }]) => {
        if (exact !== undefined) return `${header}${OPERATORS.exact}${quoteValue(exact)}`;
        return prefix === undefined ? header : `${header}${OPERATORS.prefix}${quoteValue(prefix)}`;
      })
      .join(',');

  test('any value that is quoted comes back', () => {
    fc.assert(
      fc.property(match, (headers) => {
        expect(valueOf(parseHeaders(write(headers)))).toEqual([headers]);
      }),
    );
  });
});
