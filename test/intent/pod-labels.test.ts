import { expect, test } from 'vitest';
import { parsePodLabels } from '../../src/intent/pod-labels.ts';
import { problemsOf, valueOf } from '../support/parsed.ts';

test.each([
  ['app=api', { app: 'api' }],
  ['app==api,build:PR-10', { app: 'api', build: 'PR-10' }],
  ['app=api-domain,version:1.0.0', { app: 'api-domain', version: '1.0.0' }],
  [' app = api , build : 10 ', { app: 'api', build: '10' }],
  ['app=api\r\nbuild=10\n\n', { app: 'api', build: '10' }],
  ['app=api,\nbuild=10', { app: 'api', build: '10' }],
  ['example.com/app=api', { 'example.com/app': 'api' }],
  ['app=api,app=api', { app: 'api' }],
  ['constructor=a', { constructor: 'a' }],
])('%j is understood', (text, labels) => {
  expect(valueOf(parsePodLabels(text))).toEqual(labels);
});

test.each([
  ['app', ['"app" has no value: a subset of a DestinationRule is made of key=value labels only']],
  ['app!=api', ['"!" can\'t be used here: a subset of a DestinationRule is made of key=value labels only']],
  [
    'app in (a,b)',
    ['"in" can\'t be used here: a subset of a DestinationRule is made of key=value labels only'],
  ],
  ['!app', ['"!" can\'t be used here: a subset of a DestinationRule is made of key=value labels only']],
  ['app=', ['the label "app" has no value (a variable that is not set?)']],
  ['app=a,app=b', ['the label "app" is both "a" and "b"']],
  ['app=a,,b=c', ['there is a comma with nothing before or after it (a variable that is not set?)']],
  ['app=a,', ['there is a comma with nothing before or after it (a variable that is not set?)']],
  ['=a', ['a label needs a key']],
  [
    'x y=a,b=c:d',
    [
      '"x y" is no label key: only letters, digits, `-`, `_` and `.`, with a letter or digit at both ends',
      '"c:d" is no label value: only letters, digits, `-`, `_` and `.`, with a letter or digit at both ends',
    ],
  ],
])('%j is refused', (text, problems) => {
  expect(problemsOf(parsePodLabels(text))).toEqual(problems);
});

test.each([
  ['build=$BUILD', 'a variable that was not replaced by its value?'],
  ['build=${{ inputs.build }}', 'a variable that was not replaced by its value?'],
  ['"build=10"', 'leave out the quotes'],
  ["build='10'", 'leave out the quotes'],
  ['- build=10', 'labels are text, not a list of YAML or JSON'],
  ['["build=10"]', 'labels are text, not a list of YAML or JSON'],
  ['app=api build=10', 'separate labels by commas'],
])('%j: the problem ends with what to do', (text, todo) => {
  expect(problemsOf(parsePodLabels(text))[0]).toMatch(/at both ends \(.*\)$/);
  expect(problemsOf(parsePodLabels(text))[0]).toContain(todo);
});
