import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditionsOf } from '../../src/istio/conditions.ts';
import type { Match } from '../../src/istio/types.ts';
import { headersIn } from '../../src/plan/headers-text.ts';
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
  const x = (value: string): Match => ({ headers: { x: { exact: value } } });

  it.each<[headers: string | null, match: readonly Match[]]>([
    ['x-cid: a', [{ headers: { 'x-cid': { exact: 'a' } } }]],
    ['x-cid: a, x-b', [{ uri: { prefix: '/v2' }, headers: { 'x-cid': { exact: 'a' }, 'x-b': {} } }]],
    [
      'x-cid: a… or x-cid: /b.*/',
      [{ headers: { 'x-cid': { prefix: 'a' } } }, { headers: { 'x-cid': { regex: 'b.*' } } }],
    ],
    ['cookie canary=always', [{ headers: { cookie: { regex: '^(?:.*; *)?canary=always *(?:;.*)?$' } } }]],
    ['x: a" or header y is "b', [{ ...x('a" or header y is "b'), uri: { prefix: '/' } }]],
    [
      'x: 1',
      [
        { ...x('1'), uri: { prefix: '/a' } },
        { ...x('1'), uri: { prefix: '/b' } },
      ],
    ],
    [null, []],
    [null, [{}]],
    [null, [x('1'), { uri: { prefix: '/b' } }]],
    [null, [{ withoutHeaders: { x: { exact: '1' } } }]],
  ])('%s', (headers, match) => {
    expect(headersIn(conditionsOf({ match }))).toBe(headers);
  });
});
