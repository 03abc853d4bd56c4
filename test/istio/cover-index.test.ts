import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coverIndex } from '../../src/istio/cover-index.ts';
import { covers } from '../../src/istio/matches.ts';
import type { Match, Route } from '../../src/istio/types.ts';
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

test('of 10,000 routes it looks at few', () => {
  let looks = 0;
  const counted = (prefix: string): Match => ({
    get uri() {
      looks += 1;
      return { prefix };
    },
  });
  const index = coverIndex();
  for (let i = 0; i < 10_000; i += 1) index.add({ match: [counted(`/${i}/`)] }, i);
  looks = 0;

  expect(index.first({ uri: { exact: '/9999/cart' } })).toBe(9999);
  expect(looks).toBeLessThan(100);
});
