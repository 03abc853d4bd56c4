import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { linesOf } from '../../src/yaml/lines.ts';
import { lineEnd, splitDocuments } from '../../src/yaml/slices.ts';

test.for<[text: string, slices: string[]]>([
  ['', ['']],
  ['a: 1', ['a: 1']],
  ['a: 1\n---\nb: 1\n', ['a: 1\n', '---\nb: 1\n']],
  ['# c\n\n%YAML 1.2\n---\na: 1\n', ['# c\n\n%YAML 1.2\n---\na: 1\n']],
  ['---\n---\na: 1', ['---\n', '---\na: 1']],
  ['--- # c\na: 1\n...\n# d\n--- b\n', ['--- # c\na: 1\n...\n', '# d\n--- b\n']],
  ['a: |\n  ---\n ---\n----\n', ['a: |\n  ---\n ---\n----\n']],
  ['a: 1\r\n---\r\nb: 1', ['a: 1\r\n', '---\r\nb: 1']],
  ['{"a":1}{"b":2}', ['{"a":1}', '{"b":2}']],
  ['\n {"a":"}{"}\n\n {"b":"\\""}\r\n', ['\n {"a":"}{"}\n\n ', '{"b":"\\""}\r\n']],
  ['{"a":{}}\n{}\n{"c":[{}]}\n', ['{"a":{}}\n', '{}\n', '{"c":[{}]}\n']],
  // No stream of JSON: kubectl reads these as YAML, or not at all.
  ['{"a":1}\n---\n{"b":2}', ['{"a":1}\n', '---\n{"b":2}']],
  ['{"a":1}{"b":2}\n---\n{"c":3}', ['{"a":1}{"b":2}\n', '---\n{"c":3}']],
  ['{"a":1}{b: 2}', ['{"a":1}{b: 2}']],
  ['{"a":1}{"b":2', ['{"a":1}{"b":2']],
  ['{"a":1}{"b":"2', ['{"a":1}{"b":"2']],
  ['{"a":1} # {"b":2}', ['{"a":1} # {"b":2}']],
  ['{{ a }}{{ b }}', ['{{ a }}{{ b }}']],
  ['\ufeff{"a":1}{"b":2}', ['\ufeff{"a":1}{"b":2}']],
])('%j is cut into %j', ([text, slices]) => {
  expect(splitDocuments(text)).toEqual(slices);
});

test('slices are the text again, and each is one document, the same as in the whole', () => {
  const line = fc.constantFrom(
    '---',
    '--- # c',
    '...',
    '# c',
    '',
    'a: 1',
    '  - b',
    'c: "d',
    '  e"',
    'f: |',
    '   ---',
    '- x',
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.constantFrom('\n', '\r\n'), (lines, eol) => {
      const text = lines.join(eol);
      const slices = splitDocuments(text);
      expect(slices.join('')).toBe(text);
      const whole = parseAllDocuments(text);
      fc.pre(Array.isArray(whole) && whole.every((document) => document.errors.length === 0));
      const apart = slices.flatMap((slice) =>
        [...parseAllDocuments(slice)].map((document): unknown => document.toJS()),
      );
      expect(apart).toEqual([...whole].map((document): unknown => document.toJS()));
    }),
    { numRuns: 1000 },
  );
});

test('line ends and positions', () => {
  expect([lineEnd('a\r\nb\n'), lineEnd('a\nb\r\n'), lineEnd('a')]).toEqual(['\r\n', '\n', '\n']);
  expect([linesOf('ab\ncd').position(0), linesOf('ab\ncd').position(4)]).toEqual([
    { line: 1, column: 1 },
    { line: 2, column: 2 },
  ]);
});
