import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, test } from 'vitest';
import { COOKIE_SYNTAX, parseCookies } from '../../src/intent/cookies.ts';
import { confineToMember } from '../../src/intent/member-regex.ts';
import { problemsOf, valueOf } from '../support/parsed.ts';

/** Whether one of the regexes matches all of the header, as Envoy would have it. */
function matches(cookies: string, header: string): boolean {
  return valueOf(parseCookies(cookies)).some((regex) => RE2JS.compile(regex).testExact(header));
}

/** Cookies, the headers that have them, the headers that don't. */
const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'canary=always',
    [
      'canary=always',
      'a=b; canary=always',
      'canary=always; a=b',
      'a=b; canary=always; c=d',
      'a=b;canary=always;c=d',
      'a=b;  canary=always ; c=d',
      'canary=never; canary=always',
      'a="x; y"; canary=always',
    ],
    [
      '',
      'canary',
      'canary=',
      'canary=alwaysx',
      'xcanary=always',
      'a=b; xcanary=always',
      'a=canary=always',
      'canary=never',
      'Canary=always',
      'a=b; c canary=always',
      'canary=always,x',
    ],
  ],
  [
    'canary^=al',
    ['canary=al', 'canary=always; a=b', 'a=b; canary=al ways'],
    ['canary=a', 'canary=b; x=al', 'xcanary=al'],
  ],
  [
    'canary',
    ['canary=', 'canary=x', 'a=b; canary=x; c=d'],
    ['', 'canary', 'canaryx=1', 'xcanary=1', 'a=canary'],
  ],
  ['canary=""', ['canary=', 'a=b; canary=; c=d'], ['canary=x', 'a=b']],
  ['a.b$=c.d+', ['a.b$=c.d+', 'x=y; a.b$=c.d+'], ['axb$=c.d+', 'a.b$=cxd+', 'a.b$=c.dd']],
  ['v~=^v[0-9]+$', ['v=v1', 'a=b; v=v12; c=d'], ['v=v', 'v=v1x', 'v=xv1', 'v=v1 2; x=v1y']],
  ['v~=a.*z', ['v=az', 'x=y; v=a-z; c=d'], ['v=a; b=z', 'v=a;z']],
  ['v~=.+', ['v=x', 'v=x; y=z'], ['v=', 'v=; y=z']],
  ['v~=^(a|b)$', ['v=a', 'x=y; v=b'], ['v=ab', 'v=c']],
  ['v~=^a|b$', ['v=a', 'v=b; x=y'], ['v=ab', 'v=c; x=b']],
  ['v~=(?i)^ON$', ['v=on', 'v=On; x=y'], ['V=on', 'v=onn']],
  [String.raw`v~=\S+`, ['v=a,b', 'v=a; b=c'], ['v=a b', 'v=; b']],
  ['v~=[^a]+', ['v=bc', 'v=b; x=a', 'v=b;a'], ['v=a', 'v=;a']],
  ['v~=[^]a]x', ['v=bx'], ['v=ax', 'v=]x', 'v=;x']],
  ['v~=[^-a]x', ['v=bx'], ['v=ax', 'v=-x', 'v=;x']],
  [String.raw`v~=\D\W`, ['v=a-', 'v=a-; x=y'], ['v=a;', 'v=1-', 'v=ab', 'v=;-']],
  [String.raw`v~=\Qa.b\E+`, ['v=a.b', 'v=a.bbb'], ['v=axb', 'v=a.ba.b']],
  [String.raw`v~="[[:alpha:]\]]{1,2}"`, ['v=a]', 'v=a; x=y'], ['v=abc', 'v=1']],
  [String.raw`v~=\bab\b`, ['v=ab', 'x=y; v=ab; z=1'], ['v=abc']],
  ['a=1\nb=2', ['a=1', 'x=y; b=2'], ['a=2; b=1']],
];

describe.each(CASES)('the cookie %j', (cookies, taken, left) => {
  test.each(taken)('is found in %j', (header) => {
    expect(matches(cookies, header)).toBe(true);
  });
  test.each(left)('is not found in %j', (header) => {
    expect(matches(cookies, header)).toBe(false);
  });
});

test('the regex can be read', () => {
  expect(valueOf(parseCookies('canary=always\r\n\r\nv~=^v[0-9]+$\ncanary=always'))).toEqual([
    '^(?:.*; *)?canary=always *(?:;.*)?$',
    '^(?:.*; *)?v=(?:v[0-9]+) *(?:;.*)?$',
  ]);
});

test.each([
  ['a=1,b=2', 'there is a comma: cookies go on a line each (a value with a comma in it goes in "quotes")'],
  ['a=', 'a= has no value (a variable that is not set? To match any value, write a)'],
  ['a b=c', '"a b" can\'t be the name of a cookie'],
  ['a="b;c"', 'a: the value of a cookie has no ";" in it'],
  ['x=1\na=b;c', 'line 2: a: the value of a cookie has no ";" in it'],
  ['a~=(', 'a: the regex is not RE2: missing closing ): `(`'],
  ['a~=x;y', 'a: ; matches ";", where the value of a cookie ends: use [^;] or the like'],
  [
    String.raw`a~=[\s\S]*`,
    String.raw`a: [\s\S] matches ";", where the value of a cookie ends: use [^;] or the like`,
  ],
  [
    String.raw`a~=\x3b`,
    String.raw`a: \x3b matches ";", where the value of a cookie ends: use [^;] or the like`,
  ],
  [
    String.raw`a~=\pP`,
    String.raw`a: \pP matches ";", where the value of a cookie ends: use [^;] or the like`,
  ],
  [
    String.raw`a~=\Q;\E`,
    String.raw`a: \Q;\E matches ";", where the value of a cookie ends: use [^;] or the like`,
  ],
  ['a~=x^', 'a: ^ can stand only at the beginning of the regex of a cookie, with nothing that repeats it'],
  ['a~=(^x)*', 'a: ^ can stand only at the beginning of the regex of a cookie, with nothing that repeats it'],
  ['a~=$x', 'a: $ can stand only at the end of the regex of a cookie, with nothing that repeats it'],
  ['a~=(x$)+y', 'a: $ can stand only at the end of the regex of a cookie, with nothing that repeats it'],
])('%j is refused', (text, problem) => {
  expect(problemsOf(parseCookies(text))).toEqual([problem]);
});

test('a regex that grows too long on the way is refused', () => {
  expect(problemsOf(parseCookies(`a~=${'x'.repeat(1010)}`))).toEqual([
    'a: as a match on the cookie header, the regex is 1038 bytes long, Istio accepts at most 1024',
  ]);
});

const NAMES = fc.constantFrom('a', 'ab', 'canary', 'xcanary', 'canaryx', 'c.n*y');
const VALUES = fc.string({
  unit: fc.constantFrom('a', 'b', '=', '.', '*', ' x', '"', '(', '1'),
  maxLength: 4,
});

test('a cookie is found exactly where a parser of cookies finds it', () => {
  const header = fc.array(fc.tuple(NAMES, VALUES), { maxLength: 5 });
  fc.assert(
    fc.property(
      header,
      NAMES,
      VALUES,
      fc.constantFrom('; ', ';', ';  '),
      (cookies, name, value, separator) => {
        const text = cookies.map(([key, content]) => `${key}=${content}`).join(separator);
        const found = text
          .split(';')
          .map((pair) => pair.trim())
          .some((pair) => pair === `${name}=${value}`.trim());
        const quoted = `${name}="${value.replaceAll('"', String.raw`\"`)}"`;
        expect(matches(quoted, text)).toBe(found);
      },
    ),
  );
});

test('a regex within a cookie matches the values that it matches alone', () => {
  // A grammar of regexes, so that every piece of the syntax meets every other.
  const { regex } = fc.letrec<{ regex: string; piece: string }>((tie) => ({
    piece: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(
        'a',
        'b',
        '.',
        String.raw`\S`,
        String.raw`\D`,
        '[^a]',
        '[ab]',
        String.raw`\.`,
        '(?i)A',
        String.raw`\b`,
      ),
      fc
        .tuple(tie('regex'), fc.constantFrom('', '*', '?', '{1,2}'))
        .map(([inner, repeat]) => `(?:${inner})${repeat}`),
    ),
    regex: fc.oneof(
      fc.tuple(tie('piece'), tie('piece')).map((pieces) => pieces.join('')),
      fc.tuple(tie('piece'), tie('piece')).map((pieces) => pieces.join('|')),
      tie('piece'),
    ),
  }));
  const anchored = fc
    .tuple(fc.constantFrom('', '^'), regex, fc.constantFrom('', '$'))
    .map((parts) => parts.join(''));
  const value = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '.', '1'), maxLength: 4 });
  fc.assert(
    fc.property(anchored, value, (pattern, content) => {
      const alone = RE2JS.compile(pattern).testExact(content);
      const within = `^(?:.*; *)?v=(?:${valueOf(confineToMember(pattern, COOKIE_SYNTAX))}) *(?:;.*)?$`;
      for (const header of [`v=${content}`, `x=y; v=${content}; z=a`, `v=${content};b;a`]) {
        expect(RE2JS.compile(within).testExact(header), `${within} on ${header}`).toBe(alone);
      }
    }),
    { numRuns: 300 },
  );
});
