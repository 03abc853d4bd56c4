import { expect, test } from 'vitest';
import { plainValue, taggedValue } from '../../../src/stores/manifests/scalars.ts';

// The expected values are go-yaml v2's: decode_test.go of sigs.k8s.io/yaml has most of them.
test.for<[source: string, value: unknown]>([
  ['', null],
  ['~', null],
  ['Null', null],
  ['nULL', 'nULL'],
  ['on', true],
  ['Yes', true],
  ['y', true],
  ['N', false],
  ['off', false],
  ['oN', 'oN'],
  ['20', 20],
  ['+20', 20],
  ['-20', -20],
  ['0', 0],
  ['-0', 0],
  ['020', 16],
  ['0o20', 16],
  ['0x14', 20],
  ['-0b11', -3],
  ['1_000', 1000],
  ['08', 8],
  ['09.5', 9.5],
  ['20.0', 20],
  ['1e3', 1000],
  ['.5', 0.5],
  ['.', '.'],
  ['-', '-'],
  ['...', '...'],
  ['1.2.3', '1.2.3'],
  ['12:30:45', '12:30:45'],
  ['2001-01-01', '2001-01-01'],
  ['10.0.0.1', '10.0.0.1'],
  ['5s', '5s'],
  ['-.inf', -Infinity],
  ['.NaN', NaN],
])('%s is %j', ([source, value]) => {
  expect(plainValue(source)).toStrictEqual(value === -0 ? 0 : value);
});

test.for<[tag: string, source: string, value: unknown]>([
  ['str', '20', '20'],
  ['int', '20', 20],
  ['bool', 'on', true],
  ['null', '', null],
  ['binary', 'YXBp', 'api'],
  ['anything', '20', '20'],
])('!!%s %s is %j', ([tag, source, value]) => {
  expect(taggedValue(`tag:yaml.org,2002:${tag}`, source)).toBe(value);
});
