import { describe, expect, test } from 'vitest';
import type { Match, Route } from '../../src/istio/types.ts';
import { cluster, codes, HEADERS, RULE, to } from '../support/checked-cluster.ts';
import { play } from '../support/plane.ts';

describe('a preview', () => {
  const asked = (name: string): Match => ({ headers: { [name]: { exact: '1' } } });
  const main: Route = { route: [to('v1')] };

  test.for<[string, http: Route[], expected: string[], headers?: string]>([
    ['is reached', [{ match: [asked('x-b')], route: [to('qa')] }, main], []],
    [
      'is not, for a route above takes its requests',
      [{ match: [asked('x-a')], route: [to('qa')] }, main],
      ['error† preview-unreachable'],
    ],
    [
      'is not, for a redirect above does',
      [{ match: [asked('x-a')], redirect: {} }, main],
      ['error† preview-unreachable'],
    ],
    [
      'is not, alternative by alternative',
      [{ match: [asked('x-a'), asked('x-b')], route: [to('qa')] }, main],
      ['error† preview-unreachable'],
      'x-a=1\nx-b=1',
    ],
    [
      'is, by one of its alternatives',
      [{ match: [asked('x-a')], route: [to('qa')] }, main],
      ['warning partly-unreachable'],
      'x-a=1\nx-b=1',
    ],
    [
      'is, by the other',
      [{ match: [asked('x-b')], route: [to('qa')] }, main],
      ['warning partly-unreachable'],
      'x-a=1\nx-b=1',
    ],
    [
      'is not needed, for the route above leads there, too',
      [{ match: [asked('x-a')], route: [to('v2')] }, main],
      [],
    ],
    [
      'is not needed, for the preview above what hides it leads there, too',
      [main, { match: [{ uri: { prefix: '/b' } }], timeout: '1s', route: [to('v1')] }],
      [],
    ],
    [
      'is hidden though a route to the same build stands below',
      [{ match: [asked('x-a')], route: [to('qa')] }, { match: [asked('x-a')], route: [to('v2')] }, main],
      ['error† preview-unreachable'],
    ],
    [
      'is hidden though the route above sends some requests to the build',
      [
        {
          match: [asked('x-a')],
          route: [
            { ...to('v2'), weight: 50 },
            { ...to('v1'), weight: 50 },
          ],
        },
        main,
      ],
      ['error† preview-unreachable'],
    ],
  ])('%s', ([, http, expected, headers = 'x-a=1']) => {
    const rule = { ...RULE, spec: { ...RULE.spec, subsets: [...(RULE.spec.subsets ?? []), { name: 'qa' }] } };
    const found = codes(cluster(http, { destinationRules: [rule] }), { ...HEADERS, headers });
    expect(found).toEqual(expected);
  });

  test('is no matter to a weight', () => {
    const previewed = play(cluster(), HEADERS);
    const hidden = previewed.virtualServices.map((object) => ({
      ...object,
      spec: { ...object.spec, http: [{ match: [asked('x-a')], redirect: {} }, ...(object.spec.http ?? [])] },
    }));
    expect(codes({ ...previewed, virtualServices: hidden })).toEqual([]);
  });
});
