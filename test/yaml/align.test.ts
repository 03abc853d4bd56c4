import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sameJson, type Json } from '../../src/base/json.ts';
import { identity } from '../../src/stores/manifests/identity.ts';
import { alignItems, similarity } from '../../src/yaml/align.ts';

const to = (subset: string, weight: number): Json => ({ destination: { host: 'api', subset }, weight });

describe('which item became which', () => {
  test.for<[what: string, before: Json[], after: Json[], alignment: (number | null)[]]>([
    ['nothing changed', [1, 2], [1, 2], [0, 1]],
    ['one above', ['b'], ['a', 'b'], [null, 0]],
    ['one gone', ['a', 'b', 'c'], ['a', 'c'], [0, 2]],
    ['equal ones, one more', ['a', 'a'], ['a', 'a', 'a'], [0, 1, null]],
    ['one text for another', ['a', 'b', 'c'], ['a', 'x', 'c'], [0, 1, 2]],
    ['weights', [to('a', 80), to('b', 20)], [to('a', 50), to('b', 50)], [0, 1]],
    [
      'weights, and one in front',
      [to('a', 80), to('b', 20)],
      [to('c', 1), to('a', 79), to('b', 20)],
      [null, 0, 1],
    ],
    ['the heavier goes', [to('a', 80), to('b', 20)], [{ destination: { host: 'api', subset: 'b' } }], [1]],
    ['two that swap: one stays, one moves', [to('a', 1), to('b', 2)], [to('b', 2), to('a', 1)], [null, 0]],
    [
      'a preview above a route that changes, too',
      [{ match: [{ uri: { prefix: '/' } }], route: [to('a', 100)], timeout: '5s' }],
      [
        {
          name: 'p',
          match: [{ uri: { prefix: '/' }, headers: { a: {} } }],
          route: [to('b', 1)],
          timeout: '5s',
        },
        { match: [{ uri: { prefix: '/' } }], route: [to('a', 80), to('b', 20)], timeout: '5s' },
      ],
      [null, 0],
    ],
    ['nothing in common', [{ a: 1 }], [{ b: 1 }], [null]],
  ])('%s', ([, before, after, alignment]) => {
    expect(alignItems(before, after, identity)).toEqual(alignment);
  });

  test('order is kept, no item is taken twice, equal ends stay', () => {
    const item = fc.oneof(
      fc.constantFrom('a', 'b'),
      fc.record({ name: fc.constantFrom('a', 'b'), weight: fc.nat(2) }),
    );
    fc.assert(
      fc.property(fc.array(item, { maxLength: 8 }), fc.array(item, { maxLength: 8 }), (before, after) => {
        const taken = alignItems(before, after, identity).filter((index) => index !== null);
        expect(taken).toEqual([...new Set(taken)].sort((a, b) => a - b));
        const first = before[0];
        if (first !== undefined && sameJson(first, after[0]))
          expect(alignItems(before, after, identity)[0]).toBe(0);
      }),
    );
  });

  test('ten thousand routes, each with a preview put above, in less than a moment', () => {
    const routes = Array.from({ length: 10_000 }, (_, index): Json => ({
      match: [{ port: index }],
      route: [to('a', 1)],
    }));
    const previews = routes.flatMap((route, index): Json[] => [
      { name: `p${index}`, route: [to('b', 1)] },
      route,
    ]);
    expect(alignItems(routes, previews, identity)).toEqual(routes.flatMap((_, index) => [null, index]));
  });
});

test('similarity goes from nothing to equal', () => {
  expect([
    similarity({ a: 1 }, { a: 1 }),
    similarity({ a: 1 }, { b: 1 }),
    similarity({ a: 'x', b: 'y' }, { a: 'x', b: 'z' }),
    similarity({ a: 'x', b: 2 }, { a: 'x', b: 3 }),
  ]).toEqual([1, 0, 0.55, 0.625]);
});
