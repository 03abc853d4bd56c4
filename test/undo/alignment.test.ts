import { expect, test } from 'vitest';
import { alignment } from '../../src/undo/alignment.ts';

test.for<readonly [string, string, readonly (readonly [number, number])[]]>([
  ['', '', []],
  [
    'abc',
    'abc',
    [
      [0, 0],
      [1, 1],
      [2, 2],
    ],
  ],
  [
    'abc',
    'cab',
    [
      [0, 1],
      [1, 2],
    ],
  ],
  [
    'abcd',
    'xbyd',
    [
      [1, 1],
      [3, 3],
    ],
  ],
  ['ab', 'ba', [[1, 0]]],
  [
    'axb',
    'ab',
    [
      [0, 0],
      [2, 1],
    ],
  ],
])('the alignment of %s and %s keeps what stays in order', ([old, next, pairs]) => {
  expect(alignment(old.split(''), next.split(''))).toEqual(pairs);
});
