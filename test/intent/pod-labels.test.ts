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
])('%j', (text, labels) => {
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
