import { RE2JS } from 're2js';
import { describe, expect, test } from 'vitest';
import { compiledRegex, matchesWhole, regexDoubt } from '../../src/istio/regex.ts';
import { regexSize } from '../../src/istio/regex-size.ts';

describe('the size of a regex', () => {
  test.for<[regex: string, size: number]>([
    ['', 0],
    ['abc', 3],
    ['a|bc', 4],
    ['(a)', 3],
    ['(?:a)', 3],
    ['(?i)a', 1],
    ['(?P<n>a)', 3],
    ['(?<n>a)', 3],
    ['a*', 2],
    ['a+?', 3],
    ['a{3}', 3],
    ['a{3,}', 5],
    ['a{0,30}', 60],
    ['a{,3}', 5],
    ['(ab){2}', 8],
    ['((a{0,30}){0,30})1', 1893],
    ['[a-z]{3}', 3],
    ['[]a]{3}', 3],
    ['[^]a]{3}', 3],
    ['[[:alpha:]{]{3}', 3],
    ['[\\]{9}]', 1],
    ['\\{9}', 3],
    ['\\Qa{9}\\E', 4],
    ['\\Q(', 1],
    ['\\x{10ffff}{2}', 2],
    ['\\pL', 40],
    ['\\p{Greek}{2}', 80],
    ['[\\p{L}\\p{N}]', 80],
    ['\u{1f600}{2}', 2],
    [')', 2],
    ['(((', 0],
    ['{9}', 0],
  ])('%s is %d', ([regex, size]) => {
    expect(regexSize(regex)).toBe(size);
  });

  /** What is compiled has at most half as many again, and the start and end of a program. */
  test.for([
    '^/items/[0-9]+/(a|b|c){2,5}$',
    '(a{0,9}b{0,9}){0,9}',
    '(((a{1,10}){1,10}){1,5})',
    '[a-zA-Z0-9._-]{0,200}/x{100}',
    '(?:.*; *)?canary=[^;]*(?:;.*)?',
  ])('of %s is no less than that of its program', (regex) => {
    expect(RE2JS.compile(regex).programSize()).toBeLessThanOrEqual(regexSize(regex) + 4);
  });
});

describe('what is compiled', () => {
  test.for([
    ['a word of 1024 bytes', 'a'.repeat(1024)],
    ['1024 bytes of alternatives', Array.from({ length: 128 }, (_, i) => `path-${100 + i}`).join('|')],
    ['a name of up to 255 characters', '^[a-z]{1,255}$'],
    ['two levels of repetition', '([a-z]{1,20}-){1,20}'],
  ] as const)('%s is', ([, regex]) => {
    expect(compiledRegex(regex).state).toBe('compiled');
  });

  test.for([
    '((a{0,30}){0,30})1',
    '(((a{0,10}){0,10}){0,10})1',
    '(.{0,1000}){0,1000}',
    'a{1000}{1000}',
    '\\pL{0,1000}',
    '(\\PL{5}){6}',
    '[\\p{Lu}x]{30}',
    '(a|b|c|d){0,1000}',
  ])('%s is not: it is never asked', (regex) => {
    expect(compiledRegex(regex).state).toBe('too-large');
    expect(matchesWhole(regex, 'a')).toBeUndefined();
    expect(regexDoubt(regex)).toMatch(
      /^regex comes to about [\d,]+ instructions with its repetitions written out \(istiops evaluates 1,000\), so it is not evaluated$/,
    );
  });

  test('no RE2 is not', () => {
    expect(compiledRegex('(?=a)').state).toBe('invalid');
    expect(matchesWhole('(?=a)', 'a')).toBeUndefined();
    expect(regexDoubt('(?=a)')).toBe('is no RE2 regex, and Envoy may refuse the whole list for it');
  });
});
