/** Lists of routes, changes of them and requests, from so few words that they meet each other often. */
import fc from 'fast-check';
import type { HttpRequest } from '../../src/istio/requests/request.ts';
import type { Match, Route, StringMatch } from '../../src/istio/types.ts';

const PATHS = ['/', '/a', '/A', '/a/b', '/a/bc', '/b', '/x9'] as const;
const VALUES = ['1', '12', '2', 'on', ''] as const;

const uri: fc.Arbitrary<StringMatch> = fc.oneof(
  fc.constantFrom(...PATHS).map((exact) => ({ exact })),
  fc.constantFrom(...PATHS).map((prefix) => ({ prefix })),
  fc
    .constantFrom('.*', '.+', '/a/.*', '^/[ab]$', '/(a|b)/.+', '(?i)/A/B.*', '/x\\d')
    .map((regex) => ({ regex })),
);

const value: fc.Arbitrary<StringMatch> = fc.oneof(
  fc.constantFrom('1', '12', 'on').map((exact) => ({ exact })),
  fc.constantFrom('1', 'o').map((prefix) => ({ prefix })),
  fc.constantFrom('.*', '^\\d+$', 'o?n', '1|2', '*').map((regex) => ({ regex })),
  fc.constant({}),
);

const byName = (names: readonly string[], most = 2): fc.Arbitrary<Record<string, StringMatch>> =>
  fc.dictionary(fc.constantFrom(...names), value, { minKeys: 1, maxKeys: most });

const block: fc.Arbitrary<Match> = fc
  .record(
    {
      uri,
      ignoreUriCase: fc.boolean(),
      headers: byName(['x-a', 'X-B', 'cookie']),
      withoutHeaders: byName(['x-a', 'x-c'], 1),
      queryParams: byName(['q', 'r'], 1),
      method: fc.constantFrom({ exact: 'GET' }, { exact: 'POST' }, { regex: 'P.*' }),
      scheme: fc.constantFrom({ exact: 'http' }, { exact: 'https' }),
      authority: fc.constantFrom({ exact: 'api.example.com' }, { prefix: 'api' }),
      port: fc.constantFrom(80, 8080),
      gateways: fc.constantFrom(['mesh'], ['shop/in'], ['in']),
      sourceLabels: fc.constantFrom({ app: 'web' }, { app: 'job' }),
      sourceNamespace: fc.constantFrom('shop', 'web'),
    },
    { requiredKeys: [] },
  )
  // Half of the fields are dropped: a block that asks everything is met by nobody.
  .chain((full) => {
    const fields = Object.keys(full);
    return fc
      .subarray(fields, { maxLength: Math.min(3, fields.length) })
      .map((kept) => Object.fromEntries(Object.entries(full).filter(([key]) => kept.includes(key))));
  });

const route: fc.Arbitrary<Route> = fc
  .record({
    match: fc.option(fc.array(block, { minLength: 1, maxLength: 2 }), { nil: undefined }),
    subset: fc.constantFrom('v1', 'v2', 'v3'),
    timeout: fc.option(fc.constant('5s'), { nil: undefined }),
  })
  .map(({ match, subset, timeout }) => ({
    ...(match !== undefined && { match }),
    ...(timeout !== undefined && { timeout }),
    route: [{ destination: { host: 'api', subset } }],
  }));

export const routes: fc.Arbitrary<readonly Route[]> = fc.array(route, { minLength: 1, maxLength: 6 });

/** A list, and the list after a few edits: routes taken out, put in, moved, or changed in place. */
export const changedRoutes: fc.Arbitrary<readonly [readonly Route[], readonly Route[]]> = fc
  .tuple(
    routes,
    fc.array(
      fc.record({
        kind: fc.constantFrom('remove', 'insert', 'move', 'redirect', 'rematch'),
        at: fc.nat(10),
        to: fc.nat(10),
        route,
      }),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([before, edits]) => {
    const after = [...before];
    for (const { kind, at, to, route: other } of edits) {
      const from = after.length === 0 ? 0 : at % after.length;
      const old = after[from];
      if (kind === 'insert' || old === undefined) after.splice(from, 0, other);
      else if (kind === 'remove') after.splice(from, 1);
      else if (kind === 'move') {
        after.splice(from, 1);
        after.splice(to % (after.length + 1), 0, old);
      } else if (kind === 'redirect') after.splice(from, 1, { ...old, route: other.route ?? [] });
      else after.splice(from, 1, { ...old, match: other.match ?? [] });
    }
    return [before, after] as const;
  });

export const request: fc.Arbitrary<HttpRequest> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  scheme: fc.constantFrom('http', 'https'),
  authority: fc.constantFrom('api.example.com', 'other.example.com'),
  path: fc
    .tuple(fc.constantFrom(...PATHS, '/a/b/c'), fc.constantFrom('', '?q=1', '?r=on&q=2', '?q='))
    .map(([path, query]) => path + query),
  headers: fc.dictionary(fc.constantFrom('x-a', 'x-b', 'x-c', 'cookie'), fc.constantFrom(...VALUES), {
    maxKeys: 3,
  }),
  gateway: fc.constantFrom('mesh', 'shop/in'),
  port: fc.constantFrom(80, 8080),
  sourceLabels: fc.constantFrom({}, { app: 'web' }, { app: 'job', tier: '1' }),
  sourceNamespace: fc.constantFrom('shop', 'web'),
});
