import { expect, test } from 'vitest';
import { edit, parse, type ParsedYaml } from '../../src/yaml/index.ts';
import type { Json } from '../../src/base/json.ts';

/** A text's value; its fault where it has one. */
function valueOf(parsed: ParsedYaml): Json {
  if (!parsed.ok) return `no YAML: ${parsed.fault.message}`;
  const [fault] = parsed.tree.faults;
  return fault === undefined ? (parsed.tree.root?.value ?? null) : `fault: ${fault.message}`;
}

/** What sigs.k8s.io/yaml 1.6.0, with which kubectl reads, makes of each. */
test.for<[what: string, text: string, value: Json]>([
  ['a quoted text at its key', 'a: "x\ny"\nb: 1\n', { a: 'x y', b: 1 }],
  ['a single-quoted one', "a: 'it''s\n\nx'\n", { a: "it's\nx" }],
  ['deeper', 'a:\n  b: "x\n  y\nz"\n  c: 1\n', { a: { b: 'x y z', c: 1 } }],
  ['in a list', 'a:\n- "x\ny"\n- z\n', { a: ['x y', 'z'] }],
  ['behind a tab', 'a:\n  b: "x\n\ty"\n', { a: { b: 'x y' } }],
  ['with an escaped line end', 'a: "x\\\ny\\n"\n', { a: 'xy\n' }],
  ['with Windows line ends', 'a: "x\r\ny"\r\nb: 1\r\n', { a: 'x y', b: 1 }],
  ['two of them', 'a: "x\ny"\nb: "x\ny"\n', { a: 'x y', b: 'x y' }],
  ['that look like a list', 'a: "x\n- y"\n', { a: 'x - y' }],
  ['that end without a line end', 'a: "x\ny"', { a: 'x y' }],
  ['a flow map', 'a: {\nb: 1,\n c: [\n2]\n}\nd: 1\n', { a: { b: 1, c: [2] }, d: 1 }],
  ['a flow list in a list', 'a:\n  - [\nx,\n"y\nz"\n]\n', { a: [['x', 'y z']] }],
  ['text of several lines in it', 'a: {b: x\ny, c: 1}\n', { a: { b: 'x y', c: 1 } }],
  ['comments in it', 'a: [ # one\n# two\nx, # {\n]\n', { a: ['x'] }],
  ['a comment behind a quote', 'a: "x"#c\nb: [1]#c\n', { a: 'x', b: [1] }],
])('a text that goes on without indentation is read as Kubernetes reads it: %s', ([, text, value]) => {
  expect(valueOf(parse(text))).toEqual(value);
});

test.for<[what: string, text: string]>([
  ['a quote that is never closed', 'a: "x\nb: 1\n'],
  ['a single one', "a: 'x\nb: ''\n"],
  ['a bracket that is never closed', 'a: [x\nb: 1\n'],
  ['a document in a quote', 'a: "x\n---\ny"\n'],
  ['the end of a document in brackets', 'a: [x,\n...\ny]\n'],
  ['something else is wrong', 'a: "x\ny"\nb: [\n'],
  ['a key behind a text', 'a: "x\ny" b: 1\n'],
])('no reader takes %s', ([, text]) => {
  expect(valueOf(parse(text))).toMatch(/^(no YAML|fault): /);
});

test.for<[text: string, value: Json]>([
  ['a: |\n  x', { a: 'x' }],
  [String.raw`a: "it\'s"`, { a: "it's" }],
  [String.raw`a: ["x\\'y", "\\\'"]`, { a: ["x\\'y", "\\'"] }],
  ['a: |+\n  x', { a: 'x' }],
  ['a: >\n  x\n  y', { a: 'x y' }],
  ['a: |\n  x\n', { a: 'x\n' }],
  ['a: |+\n  x\n\n  ', { a: 'x\n\n' }],
  ['a: !t\n', { a: '' }],
  ['a: !!map\n', { a: '' }],
  ['a: !!null\n', { a: null }],
  ['a: !!omap [b: 1]\n', { a: [{ b: 1 }] }],
  ['a: !!timestamp 2001-01-01\n', { a: '2001-01-01' }],
  ['a: !!binary aGk=\n', { a: 'hi' }],
  ['a: !!binary aGk\n', 'fault: aGk is not what its tag !!binary says'],
  ['a: !!int\n', 'fault: nothing is not what its tag !!int says'],
  ['a: &b.c 1\n', 'fault: the anchor b.c must have letters, digits, "-" and "_" alone'],
  ['~: 1\n', 'fault: a key must be text, not null'],
  ["a: 'x\n  ''", "fault: the closing ' is missing"],
  ['a: !!timestamp x\n', 'fault: x is not what its tag !!timestamp says'],
  ['a: { b: /c?d }\n', 'fault: inside brackets, /c?d must be in quotes: it has a "?", or begins with ":"'],
  ['a: [::1]\n', 'fault: inside brackets, ::1 must be in quotes: it has a "?", or begins with ":"'],
  ['a: [-]\n', { a: ['-'] }],
  ['a: [-, b, -]\n', { a: ['-', 'b', '-'] }],
  ['a: {b: -, -}\n', { a: { b: '-', '-': null } }],
  ['a: [\n-]\n', { a: ['-'] }],
  ['a: [ - ]\n', 'no YAML: Block collections are not allowed within flow collections'],
  ['a: {b:}\n', { a: { 'b:': null } }],
  ['a: {b:, c: 1}\n', { a: { 'b:': null, c: 1 } }],
  ['a: [b:, {c:}]\n', { a: ['b:', { 'c:': null }] }],
  ['a: [x y :]\n', { a: ['x y :'] }],
  ['a: {b::}\n', { a: { 'b::': null } }],
  ['a: {"b":}\n', { a: { b: null } }],
  ['a: {b #\n : 1}\n', 'fault: inside brackets, the ":" of b must be on the line of its key'],
  [
    `a: {${'b'.repeat(1025)}: 1}\n`,
    `fault: inside brackets, the ":" of ${'b'.repeat(40)} must be on the line of its key`,
  ],
  ['a: [!!str, b]\n', 'fault: there must be a space behind the tag !!str'],
  ['a: {b: !!str, c: 1}\n', 'fault: there must be a space behind the tag !!str'],
  ['a: [!!str b, !!int "1"]\n', { a: ['b', 1] }],
  ['a: &x [{b: 1}]\nc:\n  <<: *x\n', 'fault: "<<" must refer to an object or a list of objects'],
  ['a: {b:[1]}\n', 'fault: inside brackets, there must be a space behind the ":" of b'],
  ['a: {"b":[1], c: }\n', { a: { b: [1], c: null } }],
])('%j is %j', ([text, value]) => {
  expect(valueOf(parse(text))).toEqual(value);
});

test.for<[text: string, value: Json]>([
  ['a:\t1\t# c\n', { a: 1 }],
  ['a: [\t1,\t2\t]\t\n', { a: [1, 2] }],
  ['a: b\n \tc\n', { a: 'b c' }],
  ['a: "b\n\tc"\n', { a: 'b c' }],
  ['{\n\t"a": 1\n}\n', { a: 1 }],
  ['a: {\n\tb: 1\n}\n', { a: { b: 1 } }],
  ['a: |\n  b\tc\n  \td\n', { a: 'b\tc\n\td\n' }],
  ['a: 1\n\t\nb: 2\n', 'fault: there is a tab where only spaces may be'],
  ['a: 1\r\n\t\r\nb: 2\r\n', 'fault: there is a tab where only spaces may be'],
  ['a: 1\n\t# c\n', 'fault: there is a tab where only spaces may be'],
  ['a:\n-\tb\n', 'fault: there is a tab where only spaces may be'],
  ['a:\n- \tb\n', 'fault: there is a tab where only spaces may be'],
  ['? a\n:\tb\n', 'fault: there is a tab where only spaces may be'],
])('tabs are read where go-yaml reads them: %j', ([text, value]) => {
  expect(valueOf(parse(text))).toEqual(value);
});

const ENDS_A_LINE = 'ends a line for Kubernetes: put it in quotes, or write a newline';

test.for<[text: string, value: Json]>([
  ['a: "b\u2028c"\n', { a: 'b\u2028c' }],
  ["a: 'b\u0085c'\n", { a: 'b\u0085c' }],
  ['{"a": "b\u007fc"}\n', { a: 'b\u007fc' }],
  ['a: b\u2028c\n', `fault: the character U+2028 ${ENDS_A_LINE}`],
  ['a: 1 # b\u2029c\n', `fault: the character U+2029 ${ENDS_A_LINE}`],
  ['a: "b\rc"\n', `fault: the character U+000D ${ENDS_A_LINE}`],
  ['a: b\u0007\n', 'fault: the character U+0007 is not allowed in YAML'],
  ['a: 1 # \u007f\n', 'fault: the character U+007F is not allowed in YAML'],
])('characters are read where go-yaml reads them: %j', ([text, value]) => {
  expect(valueOf(parse(text))).toEqual(value);
});

test.for<[what: string, text: string, path: readonly string[], after: Json, expected: string]>([
  ['beside it', 'a: "x\ny" # c\nb: 1\n', ['b'], 2, 'a: "x\ny" # c\nb: 2\n'],
  ['itself', 'a: "x\ny" # c\nb: 1\n', ['a'], 'z', 'a: "z" # c\nb: 1\n'],
  ['above it', 'c:\n  a: "x\ny"\n', ['c'], { d: 1, a: 'x y' }, 'c:\n  d: 1\n  a: "x\ny"\n'],
  ['a word of one dash', 'a: [-, b] # c\n', ['a'], ['-', 'c', '-'], "a: [-, c, '-'] # c\n"],
  ['a word with a colon', 'a: [b:, {c:}]\n', ['a'], ['x', 'b:', { 'c:': null }], 'a: [x, b:, {c:}]\n'],
  ['in its brackets', 'a: {\nb: 1,\nc: 2\n}\n', ['a'], { b: 1, c: 3, d: 4 }, 'a: {\nb: 1,\nc: 3,\nd: 4\n}\n'],
])('such a text is edited in place: %s', ([, text, path, after, expected]) => {
  const parsed = parse(text);
  const edited = parsed.ok ? edit(parsed.tree, path, after) : parsed;
  expect(edited.ok ? edited.tree.text : edited.fault.message).toBe(expected);
});

test('a block scalar that ends the file without a line end keeps its value', () => {
  const parsed = parse('a: 1\nb: |\n  x');
  if (!parsed.ok) throw new Error(parsed.fault.message);
  const textOf = (after: Json): string => {
    const edited = edit(parsed.tree, [], after);
    return edited.ok ? edited.tree.text : edited.fault.message;
  };
  expect(textOf({ a: 2, b: 'x' })).toBe('a: 2\nb: |\n  x');
  expect(textOf({ a: 1, b: 'x', c: 3 })).toBe('a: 1\nb: x\nc: 3');
});

test('a flow map of a thousand lines that are not indented is read', () => {
  const keys = Array.from({ length: 1000 }, (_, index) => `k${index}`);
  const parsed = parse(`a: {\n${keys.map((key) => `${key}: 1`).join(',\n')}\n}\n`);
  expect(valueOf(parsed)).toEqual({ a: Object.fromEntries(keys.map((key) => [key, 1])) });
});
