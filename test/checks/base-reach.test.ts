import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../src/plan/types.ts';
import {
  cluster,
  codes,
  HEADERS,
  known,
  pod,
  PROMOTE,
  SERVICE,
  STABLE,
  to,
  WEIGHT,
  type Words,
  withoutSelector,
} from '../support/checked-cluster.ts';

describe('a base route without a subset', () => {
  const open = [{ route: [to('')] }];

  test.for<[string, words: Words, expected: string[], given?: Partial<Snapshot>]>([
    ['gives a weight more than was asked', WEIGHT, ['error† base-reaches-target']],
    ['is no other way for 0', { ...WEIGHT, weight: '0' }, []],
    ['is another way to a preview', HEADERS, ['warning base-reaches-target']],
    ['is replaced by promote', PROMOTE, []],
    ['is pinned', { ...WEIGHT, ...STABLE }, []],
    [
      'may reach it in manifests',
      WEIGHT,
      ['warning base-reaches-target'],
      { source: 'manifests', pods: { state: 'none' } },
    ],
    [
      'does not, for the Service leaves its pods out',
      HEADERS,
      ['error† no-ready-pod'],
      { services: known({ ...SERVICE, selector: { build: '1' } }) },
    ],
    [
      'does, if one Service of several takes them',
      WEIGHT,
      ['error† base-reaches-target'],
      { services: known({ ...SERVICE, selector: { build: '1' } }, SERVICE) },
    ],
    [
      'does, as far as a Service without selector tells',
      WEIGHT,
      ['error† base-reaches-target'],
      { services: known(withoutSelector(SERVICE)) },
    ],
    [
      'does, as far as anybody knows',
      WEIGHT,
      ['error† base-reaches-target'],
      { services: { state: 'none' } },
    ],
    ['does not, without a ready pod', HEADERS, ['error† no-ready-pod'], { pods: known(pod('1')) }],
  ])('%s', ([, words, expected, given]) => {
    expect(codes(cluster(open, given), words)).toEqual(expected);
  });

  test('beside a subset', () => {
    expect(codes(cluster([{ route: [to('v1'), { ...to(''), weight: 5 }] }]))).toEqual([
      'error† base-reaches-target',
    ]);
  });

  test('of another host does not', () => {
    const http = [
      {
        route: [
          { ...to('v1'), weight: 50 },
          { ...to('', { host: 'web' }), weight: 50 },
        ],
      },
    ];
    expect(codes(cluster(http), { ...WEIGHT, hostname: 'api' })).toEqual([]);
  });
});
