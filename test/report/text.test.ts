import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headersIn } from '../../src/plan/conditions.ts';
import { visible, visibleLines } from '../../src/report/text.ts';
import { bytesOf, percent, count, cut } from '../../src/base/text.ts';
import { nasty } from '../support/arbitrary-outcome.ts';

describe('visible', () => {
  it.each([
    ['plain', 'plain'],
    ['a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['\u001b[31mred', '\\x1b[31mred'],
    ['\u009b2J', '\\x9b2J'],
    ['abc\u202etxt', 'abc\\u202etxt'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\ud800!', '\\ud800!'],
    ['Zürich 日本 😀', 'Zürich 日本 😀'],
  ])('%j is shown as %s', (given, shown) => {
    expect(visible(given)).toBe(shown);
  });

  it('changes nothing the second time', () => {
    fc.assert(fc.property(nasty, (text) => visible(visible(text)) === visible(text)));
  });

  it('leaves line ends and tabs of a text, of either kind', () => {
    expect(visibleLines('a:\tb\r\nc\u0007\n')).toBe('a:\tb\nc\\x07\n');
  });
});

describe('cut', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['😀😀😀', 3, '😀😀😀'],
    ['😀😀😀😀', 3, '😀😀…'],
  ])('%s to %i characters is %s', (given, limit, shown) => {
    expect(cut(given, limit)).toBe(shown);
  });
});

it('says numbers as people do', () => {
  expect([count(1, 'route'), count(2_000, 'route'), percent(20), percent(100 / 3), percent(0.5)]).toEqual([
    '1 route',
    '2,000 routes',
    '20 %',
    '33.33 %',
    '0.5 %',
  ]);
});

it('counts bytes, not characters', () => {
  expect([bytesOf('a'), bytesOf('ß'), bytesOf('😀'), bytesOf('\ud800')]).toEqual([1, 2, 4, 3]);
});

describe('headersIn', () => {
  it.each([
    ['header x-cid is "a"', 'x-cid: a'],
    ['uri prefix "/v2" and header x-cid is "a" and header x-b is present', 'x-cid: a, x-b'],
    ['header x-cid starts with "a" or header x-cid matches "b.*"', 'x-cid: a… or x-cid: /b.*/'],
    ['header x is "a or header y is \\"b\\"" and uri prefix "/"', 'x: a or header y is "b"'],
    ['uri prefix "/a" and header x is "1" or uri prefix "/b" and header x is "1"', 'x: 1'],
    ['every request', null],
    ['header x is "1" or uri prefix "/b"', null],
    ['not (header x is "1")', null],
  ])('%s: %s', (match, headers) => {
    expect(headersIn(match)).toBe(headers);
  });
});
