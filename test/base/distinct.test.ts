import { expect, test } from 'vitest';
import { distinctBy } from '../../src/base/distinct.ts';

test('one item for each key: in the place of the first that has it, the last', () => {
  expect(distinctBy(['a', 'B', 'A'], (text) => text.toLowerCase())).toEqual(['A', 'B']);
  expect(distinctBy([], String)).toEqual([]);
});
