/** Routes of two services that change headers in every way, and match what is left of them. */
import fc from 'fast-check';
import type { JsonObject } from '../../../src/base/json.ts';
import type { Route } from '../../../src/istio/types.ts';

/** What the first service's route does, and what its request has. */
export interface FollowWorld {
  /** Of web, at the gateway. */
  readonly route: Route;
  readonly headers: Readonly<Record<string, string>>;
}

/** Applications of the plane pass these on. */
const NAMES = ['baggage', 'tracestate'] as const;
const VALUES = ['a=1', 'b=2', 'c=%%33'] as const;

const operations: fc.Arbitrary<JsonObject> = fc.record(
  {
    set: fc.dictionary(fc.constantFrom(...NAMES), fc.constantFrom(...VALUES), { maxKeys: 2 }),
    add: fc.dictionary(fc.constantFrom(...NAMES), fc.constantFrom(...VALUES), { maxKeys: 2 }),
    remove: fc.subarray([...NAMES]),
  },
  { requiredKeys: [] },
);

/** @param subsets of web: one, or both with half of the requests each */
export function followWorlds(
  host: string,
  port: number,
  subsets: readonly [string, string],
): fc.Arbitrary<FollowWorld> {
  const to = (subset: string, request: JsonObject, weight: number): JsonObject => ({
    destination: { host, subset, port: { number: port } },
    weight,
    headers: { request },
  });
  const destinations = fc
    .tuple(fc.boolean(), operations, operations)
    .map(([isSplit, first, second]) =>
      isSplit ? [to(subsets[0], first, 50), to(subsets[1], second, 50)] : [to(subsets[0], first, 100)],
    );
  return fc.record({
    route: fc
      .record({ own: operations, route: destinations })
      .map(({ own, route }) => ({ name: 'world', headers: { request: own }, route }) as unknown as Route),
    headers: fc.dictionary(fc.constantFrom(...NAMES), fc.constantFrom('a=1', 'd=4'), { maxKeys: 2 }),
  });
}

/** Routes of the second service: one for each way in which the headers may come, and one for the rest. */
export function matchingRoutes(
  host: string,
  port: number,
  subsets: readonly [string, string],
): readonly Route[] {
  const send = (subset: string): Pick<Route, 'route'> => ({
    route: [{ destination: { host, subset, port: { number: port } } }],
  });
  return [
    { name: 'both', match: [{ headers: { baggage: { regex: 'a=1,? *b=2' } } }], ...send(subsets[1]) },
    { name: 'state', match: [{ headers: { tracestate: { prefix: 'c=3' } } }], ...send(subsets[1]) },
    { name: 'without', match: [{ withoutHeaders: { baggage: {} } }], ...send(subsets[1]) },
    { name: 'main', ...send(subsets[0]) },
  ];
}
