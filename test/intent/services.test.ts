import { describe, expect, test } from 'vitest';
import { lineTitle, parseServices } from '../../src/intent/services.ts';

const linesOf = (text: string): unknown => {
  const parsed = parseServices(text);
  if (!parsed.ok) return parsed.problems;
  return parsed.value.map(({ number, selector, podLabels }) => [number, selector.text, podLabels]);
};

describe('a line is a label selector, and after an arrow a pod selector', () => {
  test.for([
    ['app=api -> app=api,build=10', [[1, 'app=api', { app: 'api', build: '10' }]]],
    ['app=api->app=api', [[1, 'app=api', { app: 'api' }]]],
    ['app=api', [[1, 'app=api', undefined]]],
    ['app in (web, edge),tier!=old -> build:10', [[1, 'app in (web, edge),tier!=old', { build: '10' }]]],
    ['!legacy,age>3 -> app=api', [[1, '!legacy,age>3', { app: 'api' }]]],
    [
      '\n  a=1 -> b=1\r\n\n c=2->d=2\n',
      [
        [2, 'a=1', { b: '1' }],
        [4, 'c=2', { d: '2' }],
      ],
    ],
  ] as const)('%s', ([text, lines]) => {
    expect(linesOf(text)).toEqual(lines);
  });
});

describe('what is wrong is said with its line', () => {
  test.for([
    ['-> app=api', ['line 1: there is no label selector before ->']],
    ['a=1 -> b=1\na=2 ->', ['line 2: there is no pod selector after -> (a variable that is not set?)']],
    ['a=1 -> b=1 -> c=1', ['line 1: there is more than one ->: each service has a line of its own']],
    ['a=1 -> b in (c)', [/^line 1: "in" can't be used here/]],
    ['a=( -> b', [/^line 1: there is "\(" where/, /^line 1: "b" has no value/]],
    ['a=1 -> b=1\n\na = 1 -> b = 1', ['line 3 is the same as line 1']],
  ] as const)('%s', ([text, problems]) => {
    expect(linesOf(text)).toEqual(
      problems.map((problem) => (typeof problem === 'string' ? problem : expect.stringMatching(problem))),
    );
  });
});

test('a line is named by its number and its text', () => {
  expect(lineTitle({ number: 2, text: 'app=api' })).toBe('line 2 of `services` ("app=api")');
});
