import { describe, expect, test } from 'vitest';
import { formatLabels, hasLabels, toInt64 } from '../../src/istio/labels.ts';

describe('labels', () => {
  test.for<[labels: Record<string, string>, wanted: Record<string, string>, expected: boolean]>([
    [{ app: 'api' }, {}, true],
    [{ app: 'api', build: '1' }, { app: 'api' }, true],
    [{ app: 'api' }, { app: 'api', build: '1' }, false],
    [{ app: 'web' }, { app: 'api' }, false],
  ])('%j has %j: %s', ([labels, wanted, expected]) => {
    expect(hasLabels(labels, wanted)).toBe(expected);
  });

  test('are written in the order of their keys', () => {
    expect(formatLabels({ b: '2', a: '', c: '3' })).toBe('a=,b=2,c=3');
  });

  test.for<[string | undefined, bigint | undefined]>([
    ['12', 12n],
    ['+12', 12n],
    ['-12', -12n],
    ['+9223372036854775808', undefined],
    ['9223372036854775807', 2n ** 63n - 1n],
    ['9223372036854775808', undefined],
    ['-9223372036854775808', -(2n ** 63n)],
    ['-9223372036854775809', undefined],
    ['', undefined],
    ['1.0', undefined],
    ['x1', undefined],
    [undefined, undefined],
  ])('%j as a number is %s', ([text, number]) => {
    expect(toInt64(text)).toBe(number);
  });
});
