import { expect, test } from 'vitest';
import { differingTexts } from '../../src/report/differing.ts';

const long = 'x'.repeat(300);

test('short texts are shown whole', () => {
  expect(differingTexts('a', 'b', 10)).toEqual(['a', 'b']);
});

test.for([
  [`${long}1`, `${long}2`],
  [`${long}1${long}`, `${long}2${long}`],
  [long, `${long}2`],
  [`1${long}`, `2${long}`],
])('long texts differ in what is shown of them', ([was = '', now = '']) => {
  const [old, next] = differingTexts(was, now, 100);
  expect(old).not.toBe(next);
  for (const text of [old, next]) expect(Array.from(text).length).toBeLessThanOrEqual(100);
});

test('no character is cut in half', () => {
  const [old] = differingTexts(`${'😀'.repeat(60)}1`, `${'😀'.repeat(60)}2`, 50);
  expect(old).toBe(`…${'😀'.repeat(40)}1`);
});
