import { describe, expect, test } from 'vitest';
import { inLines, lineText, lineTitle, parseServices } from '../../src/intent/services.ts';

const linesOf = (text: string): unknown => {
  const parsed = parseServices(text);
  if (!parsed.ok) return parsed.problems;
  return parsed.value.map(({ number, words }) => [number, words]);
};

describe('a line is a label selector, and after an arrow a pod selector', () => {
  test.for([
    [
      'app=api -> app=api,build=10',
      [[1, { 'label-selector': 'app=api', 'pod-selector': 'app=api,build=10' }]],
    ],
    ['app=api->app=api', [[1, { 'label-selector': 'app=api', 'pod-selector': 'app=api' }]]],
    ['app=api', [[1, { 'label-selector': 'app=api' }]]],
    [
      'app in (web, edge),tier!=old -> build:10',
      [[1, { 'label-selector': 'app in (web, edge),tier!=old', 'pod-selector': 'build:10' }]],
    ],
    ['!legacy,age>3 -> app=api', [[1, { 'label-selector': '!legacy,age>3', 'pod-selector': 'app=api' }]]],
    [
      '\n  a=1 -> b=1\r\n\n c=2->d=2\n',
      [
        [2, { 'label-selector': 'a=1', 'pod-selector': 'b=1' }],
        [4, { 'label-selector': 'c=2', 'pod-selector': 'd=2' }],
      ],
    ],
  ] as const)('%s', ([text, lines]) => {
    expect(linesOf(text)).toEqual(lines);
  });
});

describe('before the arrow, other inputs that say what is meant, each with its name', () => {
  test.for([
    ['virtual-service: web', { 'virtual-service': 'web' }],
    ['virtual-service: shop/web, cart', { 'virtual-service': 'shop/web, cart' }],
    ['app=web, hostname: web.shop', { 'label-selector': 'app=web', hostname: 'web.shop' }],
    [
      'app=web hostname: web.shop port: 80',
      { 'label-selector': 'app=web', hostname: 'web.shop', port: '80' },
    ],
    ['hostname:web.shop,label-selector:app=web', { 'label-selector': 'app=web', hostname: 'web.shop' }],
    [
      'app in (a, b), routes: main, web/http#2',
      { 'label-selector': 'app in (a, b)', routes: 'main, web/http#2' },
    ],
    ['port=80,hostname', { 'label-selector': 'port=80,hostname' }],
    [
      'a=1, stable-pod-selector: app=web,build=9, port: 80',
      { 'label-selector': 'a=1', 'stable-pod-selector': 'app=web,build=9', port: '80' },
    ],
  ] as const)('%s', ([text, words]) => {
    expect(linesOf(text)).toEqual([[1, words]]);
    expect(linesOf(`${text} -> app=web,build=10`)).toEqual([
      [1, { ...words, 'pod-selector': 'app=web,build=10' }],
    ]);
    expect(linesOf(lineText(words))).toEqual([[1, words]]);
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
    [
      'hostname: web -> app=web',
      [
        'line 1: there is neither a label selector at its beginning nor virtual-service: which VirtualServices is it about?',
      ],
    ],
    ['a=1, hostname: -> b=1', ['line 1: hostname has no value (a variable that is not set?)']],
    ['virtual-service: web,, port: 80', [/^line 1: virtual-service: there is a comma with nothing/]],
    ['a=1,, port: 80', [/^line 1: it ends where a label key is expected/]],
    ['a=1, label-selector: a=2', ['line 1: label-selector is there twice']],
    ['a=1, host: web', ['line 1: there is no host here; did you mean hostname?']],
    ['a=1, weight: 20', [/^line 1: there is no weight here: there is label-selector, virtual-service/]],
    [
      'a=1, port: 0, hostname: http://web',
      ['line 1: port: it is below 1', 'line 1: hostname: leave out "http://"'],
    ],
    ['a=1, pod-selector: b=1', ['line 1: pod-selector comes after ->, without its name']],
    [
      'a=1 -> b=1, hostname: web',
      ['line 1: hostname belongs before ->; if it is a label of the pods, write "hostname="'],
    ],
    ['a=1 -> pod-selector: b=1', ['line 1: leave out "pod-selector:": its labels come right after ->']],
  ] as const)('%s', ([text, problems]) => {
    const parsed = parseServices(text);
    const found = parsed.ok ? [] : parsed.problems;
    expect(found).toHaveLength(problems.length);
    for (const [i, problem] of problems.entries()) expect(found[i]).toMatch(problem);
  });
});

test('a line is named by its number and its text', () => {
  expect(lineTitle({ number: 2, text: 'app=api' })).toBe('line 2 of `services` ("app=api")');
});

test.each([
  ['Give one of them as `hostname`.', 'Give one of them as "hostname:".'],
  ['did you mean `hostname: orders`?', 'did you mean "hostname: orders"?'],
  [
    'Change `label-selector`, or name it with `virtual-service`.',
    'Change the label selector, or name it with "virtual-service:".',
  ],
  ['did you mean `label-selector: app=web`?', 'did you mean "app=web"?'],
  ['Correct `pod-selector`.', 'Correct the labels after "->".'],
  ['Give `pod-selector: app=web`.', 'Give "-> app=web".'],
  // What is given beside the lines.
  [
    'Set `create-destination-rule: true`, or `weight`: line 2 of `services`.',
    'Set `create-destination-rule: true`, or `weight`: line 2 of `services`.',
  ],
])('a message %j names what a line has: %j', (message, words) => {
  expect(inLines(message)).toBe(words);
});
