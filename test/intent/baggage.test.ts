import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, test } from 'vitest';
import { BAGGAGE_SYNTAX, parseBaggage } from '../../src/intent/baggage.ts';
import { parseCookies } from '../../src/intent/cookies.ts';
import { memberSample } from '../../src/intent/members.ts';
import { memberWords } from '../../src/intent/member-words.ts';
import { problemsOf, valueOf } from '../support/parsed.ts';

/** Whether one of the regexes matches all of the header, as Envoy would have it. */
function matches(baggage: string, header: string): boolean {
  return valueOf(parseBaggage(baggage)).some((regex) => RE2JS.compile(regex).testExact(header));
}

/** Members, the headers that have them, the headers that don't. */
const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'preview=pr-10',
    [
      'preview=pr-10',
      'a=b,preview=pr-10',
      'a=b, preview=pr-10 ,c=d',
      'preview = pr-10',
      '\tpreview\t=\tpr-10\t',
      'preview=pr-10;ttl=1',
      'preview=pr-10 ; ttl = 1; x , c=d',
      'a=b;x=1;y,preview=pr-10',
      // Two lines, as Envoy joins them.
      'a=b,preview=pr-10;p',
      'preview=pr-9,preview=pr-10',
      ',preview=pr-10,',
    ],
    [
      '',
      'preview',
      'preview=',
      'preview=pr-100',
      'preview=xpr-10',
      'xpreview=pr-10',
      'a=b;preview=pr-10',
      'a=b; preview=pr-10,c=d',
      'a=preview=pr-10',
      'Preview=pr-10',
      'preview=pr-1;0',
      'preview=pr-10 x',
      'preview;x=pr-10',
    ],
  ],
  [
    'preview^=pr-',
    ['preview=pr-', 'preview=pr-10', 'a=b, preview=pr-10;x'],
    ['preview=pr', 'a=b;preview=pr-1'],
  ],
  ['preview', ['preview=', 'a=b,preview=x;y'], ['preview', 'previews=1', 'a=b;preview=1', 'a=preview']],
  ['a="x y"', ['a=x%20y', 'b=c,a=x%20y;p'], ['a=x y', 'a=x+y', 'a=x%2520y']],
  ['a="x,y;z\\"%\\\\"', ['a=x%2Cy%3Bz%22%25%5C', 'a=x%2cy%3bz%22%25%5c'], ['a=x,y;z"%']],
  ['a=b/c:d', ['a=b/c:d', 'a=b%2Fc%3Ad', 'a=b%2fc:d'], ['a=b%2F', 'a=bxc:d']],
  ['a=é🙂', ['a=%C3%A9%F0%9F%99%82', 'a=%c3%a9%f0%9f%99%82'], ['a=é🙂', 'a=%E9']],
  ['a~=pr-[0-9]+', ['a=pr-1', 'x=y,a=pr-12;p,z=1'], ['a=pr-', 'a=pr-1x']],
  ['a~=x.*y', ['a=xy', 'a=x%20y'], ['a=x,b=y', 'a=x;y']],
  [String.raw`a~=[^b]+\S`, ['a=xy'], ['a=x,y', 'a=x;y', 'a=by']],
  ['a=1\nb=2', ['a=1', 'x=y,b=2'], ['a=2,b=1']],
];

describe.each(CASES)('the baggage member %j', (baggage, taken, left) => {
  test.each(taken)('is found in %j', (header) => {
    expect(matches(baggage, header)).toBe(true);
  });
  test.each(left)('is not found in %j', (header) => {
    expect(matches(baggage, header)).toBe(false);
  });
});

test('the regex can be read', () => {
  expect(valueOf(parseBaggage('preview=pr-10'))).toEqual([
    String.raw`^(?:.*,)?[ \t]*preview[ \t]*=[ \t]*pr-10[ \t]*(?:[,;].*)?$`,
  ]);
});

test.each([
  [
    'a=1,b=2',
    'there is a comma: baggage members go on a line each (a value with a comma in it goes in "quotes")',
  ],
  ['a=', 'a= has no value (a variable that is not set? To match any value, write a)'],
  ['a b=c', '"a b" can\'t be the name of a baggage member'],
  [
    'a=x%20y',
    'a: %20 can be read in more than one way: write the value as applications see it, decoded, or use ~= with a regex of what is sent',
  ],
  ['a~="x,y"', 'a: , matches ",", where the value of a baggage member ends: use [^,;] or the like'],
  ['a~=x;y', 'a: ; matches ";", where the value of a baggage member ends: use [^,;] or the like'],
  [
    'a~=(x$)+y',
    'a: $ can stand only at the end of the regex of a baggage member, with nothing that repeats it',
  ],
  ['a~=(', 'a: the regex is not RE2: missing closing ): `(`'],
])('%j is refused', (text, problem) => {
  expect(problemsOf(parseBaggage(text))).toEqual([problem]);
});

test('a value that grows too long on the way is refused', () => {
  expect(problemsOf(parseBaggage(`a=${'/'.repeat(100)}`))).toEqual([
    'a: as a match on the baggage header, the regex is 1247 bytes long, Istio accepts at most 1024',
  ]);
});

const NAMES = fc.constantFrom('a', 'ab', 'preview', 'xpreview', 'c.n*y');
const TEXT = fc.string({
  unit: fc.constantFrom('a', 'b', '=', '.', '*', ' ', ',', ';', '"', '%', 'é', '/', '🙂'),
  minLength: 1,
  maxLength: 4,
});
const SPACE = fc.constantFrom('', ' ', '\t');

/** One of the ways in which the W3C text lets a value be written. */
function written(text: string, isEager: boolean): string {
  const must = (character: string): boolean => !/^[!#$&-+\--:<-[\]-~]$/.test(character);
  return Array.from(text, (character) =>
    must(character) || (isEager && /[^\w.~-]/.test(character))
      ? [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
      : character,
  ).join('');
}

/** As the W3C text says it: members by commas, properties behind a semicolon, spaces around, values encoded. */
function parse(header: string): readonly (readonly [string, string])[] {
  return header.split(',').flatMap((member): (readonly [string, string])[] => {
    const [pair = ''] = member.split(';');
    const at = pair.indexOf('=');
    return at < 0 ? [] : [[pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())]];
  });
}

test('a member is found exactly where a parser of baggage finds it', () => {
  const member = fc
    .tuple(NAMES, TEXT, fc.boolean(), SPACE, SPACE, fc.constantFrom('', ';p', '; p = 1', ';preview=a;q'))
    .map(
      ([name, text, isEager, one, two, properties]) =>
        `${one}${name}${two}=${one}${written(text, isEager)}${two}${properties}`,
    );
  fc.assert(
    fc.property(fc.array(member, { maxLength: 4 }), NAMES, TEXT, (members, name, text) => {
      fc.pre(!/%[0-9a-f]{2}/i.test(text));
      const header = members.join(',');
      const found = parse(header).some(([key, value]) => key === name && value === text);
      const quoted = `${name}="${text.replaceAll('"', String.raw`\"`)}"`;
      expect(matches(quoted, header)).toBe(found);
      // The same one, looked for where it is.
      expect(matches(quoted, `${header},${name}=${written(text, true)}`)).toBe(true);
    }),
  );
});

test('a sample is one that the regex finds', () => {
  fc.assert(
    fc.property(NAMES, TEXT, (name, text) => {
      fc.pre(!/%[0-9a-f]{2}/i.test(text));
      const words = `${name}="${text.replaceAll('"', String.raw`\"`)}"`;
      const [regex = ''] = valueOf(parseBaggage(words));
      const sample = memberSample(words, regex, BAGGAGE_SYNTAX);
      expect(parse(sample ?? '')).toEqual([[name, text]]);
    }),
  );
});

test('in words it is as it was given', () => {
  const words = (lines: string): unknown =>
    valueOf(parseBaggage(lines)).map((regex) => memberWords('baggage', regex));
  expect(words('a=b/c\nv^=pr-1.\np~=^pr-\nx\ne=""\nt="ä, \\"b\\""')).toEqual([
    'baggage a=b/c',
    'baggage v=pr-1.…',
    'baggage p=(?:pr-)',
    'baggage x',
    'baggage e=',
    'baggage t=ä, "b"',
  ]);
  expect(valueOf(parseCookies('a.b=c+d\nv^=x')).map((regex) => memberWords('cookie', regex))).toEqual([
    'cookie a.b=c+d',
    'cookie v=x…',
  ]);
  expect(memberWords('cookie', valueOf(parseBaggage('a'))[0] ?? '')).toBeUndefined();
  expect(memberWords('cookie', '^(?:.*; *)?(a)=b *(?:;.*)?$')).toBe('cookie (a)=b');
});

test('whatever a value is, its words are the value', () => {
  fc.assert(
    fc.property(NAMES, TEXT, (name, text) => {
      fc.pre(!/%[0-9a-f]{2}/i.test(text));
      const [regex = ''] = valueOf(parseBaggage(`${name}="${text.replaceAll('"', String.raw`\"`)}"`));
      expect(memberWords('baggage', regex)).toBe(`baggage ${name}=${text}`);
    }),
  );
});
