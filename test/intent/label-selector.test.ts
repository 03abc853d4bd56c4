import { describe, expect, test } from 'vitest';
import { parseLabelSelector } from '../../src/intent/label-selector.ts';
import { formatLabels, matchesSelector } from '../../src/istio/labels.ts';
import { problemsOf, valueOf } from '../support/parsed.ts';

/** A selector, the labels that it takes, the labels that it leaves. */
const MATCHES: readonly (readonly [string, readonly object[], readonly object[]])[] = [
  ['app=api', [{ app: 'api' }, { app: 'api', x: 'y' }], [{}, { app: 'web' }]],
  ['app==api', [{ app: 'api' }], [{}]],
  ['app != api', [{}, { app: 'web' }], [{ app: 'api' }]],
  ['app in (api, web)', [{ app: 'api' }, { app: 'web' }], [{}, { app: 'db' }]],
  ['app notin (api,web)', [{}, { app: 'db' }], [{ app: 'web' }]],
  ['app', [{ app: '' }, { app: 'api' }], [{}]],
  ['!app', [{}], [{ app: '' }]],
  ['! app', [{}], [{ app: '' }]],
  ['app=', [{ app: '' }], [{}, { app: 'api' }]],
  ['app=,tier', [{ app: '', tier: 'a' }], [{ tier: 'a' }]],
  ['app!=', [{}, { app: 'a' }], [{ app: '' }]],
  ['app in ()', [{ app: '' }], [{}, { app: 'api' }]],
  ['app in (,)', [{ app: '' }], [{}]],
  ['app in (a,,b)', [{ app: '' }, { app: 'a' }, { app: 'b' }], [{ app: 'c' }]],
  ['app in (a,)', [{ app: '' }, { app: 'a' }], [{}]],
  ['app notin ()', [{}, { app: 'a' }], [{ app: '' }]],
  ['a=1,b in (2),!c,d!=3', [{ a: '1', b: '2' }], [{ a: '1', b: '2', c: '' }, { a: '1' }]],
  ['in in (in,notin)', [{ in: 'in' }, { in: 'notin' }], [{ in: 'x' }]],
  ['notin', [{ notin: '' }], [{}]],
  ['app=in', [{ app: 'in' }], [{}]],
  ['example.com/app=api', [{ 'example.com/app': 'api' }], [{ app: 'api' }]],
  ['\tapp\n in(\r\napi )', [{ app: 'api' }], [{}]],
  ['app=api,app=web', [], [{ app: 'api' }, { app: 'web' }]],
  ['n>5', [{ n: '6' }, { n: '10' }], [{}, { n: '5' }, { n: 'x' }, { n: '9223372036854775808' }]],
  ['n < 5', [{ n: '4' }, { n: '-1' }], [{}, { n: '5' }]],
  ['constructor', [{ constructor: 'a' }], [{}]],
];

describe.each(MATCHES)('the selector %j', (text, taken, left) => {
  const selector = valueOf(parseLabelSelector(text));
  test.each(taken.map((labels) => [labels]))('matches %j', (labels) => {
    expect(matchesSelector(selector, { ...labels })).toBe(true);
  });
  test.each(left.map((labels) => [labels]))('leaves %j', (labels) => {
    expect(matchesSelector(selector, { ...labels })).toBe(false);
  });
});

test('an object without labels matches what requires a label to be absent', () => {
  expect(matchesSelector(valueOf(parseLabelSelector('!app')), undefined)).toBe(true);
  expect(matchesSelector(valueOf(parseLabelSelector('app')), undefined)).toBe(false);
});

test('a selector keeps its text for the API', () => {
  expect(valueOf(parseLabelSelector(' app in (b,a) ,x'))).toEqual({
    text: 'app in (b,a) ,x',
    requirements: [
      { key: 'app', operator: 'in', values: ['b', 'a'] },
      { key: 'x', operator: 'exists', values: [] },
    ],
  });
});

test.each([
  [',', 'there is "," where a label key is expected'],
  ['app=api,', 'it ends where a label key is expected'],
  ['app=api,,x', 'there is "," where a label key is expected'],
  ['app=api x', 'there is "x" where a comma is expected'],
  ['app api', 'there is "api" where a comma, =, ==, !=, in, notin, < or > after "app" is expected'],
  ['app in api', 'there is "api" where ( is expected'],
  ['app in (api', 'it ends where a comma or ) is expected'],
  ['app in (a b)', 'there is "b" where a comma or ) is expected'],
  ['app in (=)', 'there is "=" where a comma or ) is expected'],
  ['!app=a', 'there is "=" where a comma is expected'],
  ['!!app', 'there is "!" where a label key is expected'],
  ['=api', 'there is "=" where a label key is expected'],
  ['app===api', 'there is "=" where a value is expected'],
  ['app>=5', 'there is "=" where a value is expected'],
  ['n>x', '"n>x" compares with no whole number'],
  ['n>', '"n>" compares with no whole number'],
  [
    'app:api',
    '"app:api" is no label key: only letters, digits, `-`, `_` and `.`, with a letter or digit at both ends; write "app=api"',
  ],
  ['a/b/c', 'the label key "a/b/c" has more than one `/`'],
  ['/b', 'the prefix of the label key "/b" is no DNS name in lower case of at most 253 characters'],
  ['a'.repeat(64), `the label key "${'a'.repeat(64)}" is longer than 63 characters`],
  [`a=${'b'.repeat(64)}`, `the label value "${'b'.repeat(64)}" is longer than 63 characters`],
  [
    'a=-b',
    '"-b" is no label value: only letters, digits, `-`, `_` and `.`, with a letter or digit at both ends',
  ],
])('%j is refused', (text, problem) => {
  expect(problemsOf(parseLabelSelector(text))).toEqual([problem]);
});

test.each([
  [{ build: '10', app: 'api' }, 'app=api,build=10'],
  [{ a: '' }, 'a='],
  [{}, ''],
])('%j is written %j', (labels, text) => {
  expect(formatLabels({ ...labels })).toBe(text);
});
