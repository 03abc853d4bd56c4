import { describe, expect, test } from 'vitest';
import { LAST_CHANGE, lastChangeOf } from '../../src/plan/last-change.ts';
import { virtualService } from '../support/plane.ts';

const signed = (text: string): ReturnType<typeof lastChangeOf> => {
  const object = virtualService({});
  return lastChangeOf({ ...object, metadata: { ...object.metadata, annotations: { [LAST_CHANGE]: text } } });
};
const SIGNATURE = { operation: 'weight', time: '2026-01-01T00:00:00Z' };

describe('the signature of the last change', () => {
  test('says who did what, when, and what was to go at its end', () => {
    const whole = { ...SIGNATURE, actor: 'ada', removes: ['api|v1'] };
    expect(signed(JSON.stringify(whole))).toEqual(whole);
  });

  test.each([
    ['nobody signed', { ...SIGNATURE }],
    ['the actor is no text', { ...SIGNATURE, actor: 7 }],
    ['the removals are no list', { ...SIGNATURE, removes: 'api|v1' }],
    ['the removals are no texts', { ...SIGNATURE, removes: [7, null] }],
  ])('leaves out what is not there or not a text: %s', (_, stored) => {
    expect(signed(JSON.stringify(stored))).toStrictEqual({ ...SIGNATURE, removes: [] });
  });

  test.each([
    ['no JSON', '{'],
    ['nothing', 'null'],
    ['a text', '"weight"'],
    ['a list', '["weight"]'],
    ['without an operation', JSON.stringify({ time: SIGNATURE.time })],
    ['without a time', JSON.stringify({ operation: 'weight' })],
  ])('is unknown where somebody made it something else: %s', (_, text) => {
    expect(signed(text)).toBeUndefined();
  });

  test('is not there before the first change', () => {
    expect(lastChangeOf(virtualService({}))).toBeUndefined();
  });
});
