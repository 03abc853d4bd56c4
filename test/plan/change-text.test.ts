import { expect, test } from 'vitest';
import { changeName, changeText, momentOf } from '../../src/plan/change-text.ts';
import type { Undone } from '../../src/plan/types.ts';

test.for<[string, summary: Undone['summary'], by: string | null, words: string]>([
  [
    'a change names its operation, its build, who ran it and when',
    { operation: 'weight', subset: 'api-2', isBack: false, effects: [] },
    'octocat',
    'the weight for api-2 that octocat ran on 2030-01-01 at 00:00 UTC',
  ],
  [
    'a change without a build is named by its operation alone',
    { operation: 'clear', subset: null, isBack: false, effects: [] },
    'octocat',
    'the clear that octocat ran on 2030-01-01 at 00:00 UTC',
  ],
  [
    'what reverted a change is the undo of it, and nobody knows by whom',
    { operation: 'weight', subset: 'api-2', isBack: true, effects: [] },
    null,
    'the undo of the weight for api-2 that somebody ran on 2030-01-01 at 00:00 UTC',
  ],
])('a change in words: %s', ([, summary, by, words]) => {
  expect(changeText({ summary, by, time: '2030-01-01T00:00:00Z' })).toBe(words);
});

test('a change in short is its operation, and the build where it is about one', () => {
  expect(changeName({ operation: 'promote', subset: 'api-2' })).toBe('promote for api-2');
  expect(changeName({ operation: 'clear', subset: null })).toBe('clear');
});

test.for<[time: string, words: string]>([
  ['2030-12-31T23:59:58Z', 'on 2030-12-31 at 23:59 UTC'],
  ['2030-12-31T23:59:58.123Z', 'on 2030-12-31 at 23:59 UTC'],
  ['2030-12-31T23:59Z', 'on 2030-12-31 at 23:59 UTC'],
  ['2030-12-31', 'at 2030-12-31'],
  ['since 2030-12-31T23:59Z', 'at since 2030-12-31T23:59Z'],
  ['', 'at '],
])('the time "%s" is read to the minute, and stays as it is where it is none: "%s"', ([time, words]) => {
  expect(momentOf(time)).toBe(words);
});
