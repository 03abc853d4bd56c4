import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coverIndex } from '../../src/istio/cover-index.ts';
import { covers } from '../../src/istio/matches.ts';
import type { Match, Route, StringMatch } from '../../src/istio/types.ts';
import { runs } from '../support/runs.ts';

const path = fc.constantFrom('/', '/a', '/a/b', '/a/b/c', '/b');
const uri = fc.oneof(
  path.map((exact) => ({ exact })),
  path.map((prefix) => ({ prefix })),
  fc.constantFrom({ regex: '.*' }, { regex: '/a.*' }),
);
const value = fc.constantFrom({}, { exact: '1' }, { exact: '12' }, { prefix: '1' });
const headers = fc.dictionary(fc.constantFrom('x-a', 'x-b'), value, { maxKeys: 2 });
const block: fc.Arbitrary<Match> = fc.record(
  { uri, headers, ignoreUriCase: fc.boolean(), port: fc.constantFrom(80, 81) },
  { requiredKeys: [] },
);
const route: fc.Arbitrary<Route> = fc.record(
  { match: fc.array(block, { maxLength: 2 }) },
  { requiredKeys: [] },
);

test('finds the route that a look at each one would find', () => {
  fc.assert(
    fc.property(fc.array(route, { maxLength: 8 }), block, (routes, narrow) => {
      const index = coverIndex();
      // Any numbers that rise.
      for (const [i, one] of routes.entries()) index.add(one, 10 * i);

      const found = routes.findIndex(
        ({ match = [] }) => match.length === 0 || match.some((wide) => covers(wide, narrow)),
      );
      expect(index.first(narrow)).toBe(found === -1 ? undefined : 10 * found);
    }),
    runs(3000),
  );
});

const prefix = (text: string): Match => ({ uri: { prefix: text } });
const exact = (text: string): Match => ({ uri: { exact: text } });
const cid = (match: StringMatch): Match => ({ headers: { 'x-cid': match } });

test.for<[rule: string, routes: readonly Match[], narrow: Match, first: number | undefined]>([
  ['a prefix of the path', [prefix('/b'), prefix('/a')], exact('/a/b'), 1],
  ['a prefix that is the whole path', [prefix('/a')], exact('/a'), 0],
  ['the same prefix', [prefix('/a')], prefix('/a'), 0],
  ['no longer prefix', [prefix('/a/b')], prefix('/a'), undefined],
  ['the same path', [exact('/b'), exact('/a')], exact('/a'), 1],
  ['no path for a prefix', [exact('/a')], prefix('/a'), undefined],
  ['a header by its value', [cid({ exact: '1' }), cid({ exact: '2' })], cid({ exact: '2' }), 1],
  ['a header that is only to be there', [cid({})], cid({ exact: '2' }), 0],
  ['the start of a header', [cid({ prefix: 'a' }), cid({ prefix: 'b' })], cid({ exact: 'bc' }), 1],
  ['the same regex of a header', [cid({ regex: 'a|b' })], cid({ regex: 'a|b' }), 0],
  [
    'any header of several',
    [{ headers: { 'x-b': { exact: '2' } } }],
    { headers: { 'x-a': { exact: '1' }, 'x-b': { exact: '2' } } },
    0,
  ],
  ['a header and a path', [{ ...cid({ exact: '1' }), ...prefix('/a') }], exact('/a/b'), undefined],
  ['what asks neither', [{ method: { exact: 'GET' } }], { ...exact('/a'), method: { exact: 'GET' } }, 0],
  ['every path', [prefix('/')], cid({}), 0],
  ['the earlier, a header', [cid({}), prefix('/a')], { ...exact('/a'), ...cid({}) }, 0],
  ['the earlier, a prefix', [prefix('/a'), cid({})], { ...exact('/a'), ...cid({}) }, 0],
  ['the earlier of two with one prefix', [prefix('/a'), prefix('/a')], exact('/a/b'), 0],
  ['the later with one prefix', [{ ...prefix('/a'), port: 80 }, prefix('/a')], exact('/a/b'), 1],
])('covers: %s', ([, routes, narrow, first]) => {
  const index = coverIndex();
  for (const [i, block] of routes.entries()) index.add({ match: [block] }, i);
  expect(index.first(narrow)).toBe(first);
});

test('a route without a block covers whatever comes after it', () => {
  const index = coverIndex();
  index.add({ match: [exact('/a'), prefix('/b')] }, 0);
  index.add({}, 1);
  expect(['/a', '/b/c', '/c'].map((path) => index.first(exact(path)))).toEqual([0, 0, 1]);
});

test.for<[by: string, wide: (i: number) => Match, narrow: Match]>([
  ['prefixes', (i) => prefix(`/${i}/`), exact('/9999/cart')],
  ['paths', (i) => exact(`/${i}`), exact('/9999')],
  ['headers', (i) => ({ headers: { [`x-${i}`]: {} } }), { headers: { 'x-9999': { exact: '1' } } }],
  ['values of one header', (i) => cid({ exact: `${i}` }), cid({ exact: '9999' })],
])('of 10,000 routes by %s it looks at few', ([, wide, narrow]) => {
  let looks = 0;
  const counted = (block: Match): Match => {
    const [[field, value] = []] = Object.entries(block);
    return Object.defineProperty({}, field ?? '', {
      enumerable: true,
      get() {
        looks += 1;
        return value;
      },
    });
  };
  const index = coverIndex();
  for (let i = 0; i < 10_000; i += 1) index.add({ match: [counted(wide(i))] }, i);
  looks = 0;

  expect(index.first(narrow)).toBe(9999);
  expect(looks).toBeLessThan(100);
});
