import type { Route } from '../src/istio/types.ts';
import { plan } from '../src/run/plan.ts';
import type { Snapshot } from '../src/plan/types.ts';
import { destinationRule, intentOf, snapshotOf, virtualService } from '../test/support/plane.ts';
import { compare, jsonOf, timed } from './compare.ts';
import type { Figure } from './figure.ts';

const SIZES = [10, 100, 1000, 10_000] as const;
/** For the largest size: as many times as long as writing and reading the JSON of the same objects; the guard's too. */
const LIMIT = 300;

const WORDS = {
  weight: { operation: 'weight', 'pod-selector': 'app=api,build=10', weight: '20' },
  headers: { operation: 'headers', 'pod-selector': 'app=api,build=10', headers: 'x-cid=seu_madruga' },
  // All that a preview can be: by a link's cookie at the gateway, which adds the baggage, or by the baggage.
  'headers, link, bridge and baggage': {
    operation: 'headers',
    'pod-selector': 'app=api,build=10',
    cookies: 'preview=pr-10',
    baggage: 'preview=pr-10',
    link: 'true',
    bridge: 'true',
  },
} as const;

/** Planning on ever more routes: it has to grow in a straight line. */
export function benchPlan(): Figure[] {
  return Object.entries(WORDS).flatMap(([name, words]) => {
    const intent = intentOf(words);
    return SIZES.map((size): Figure => {
      const objects = manyRoutes(size, 'link' in words ? ['public'] : undefined);
      const text = JSON.stringify(objects);
      const isLast = size === SIZES.at(-1);
      const { time, ratio } = compare(
        () => {
          // As it is read: no two routes share an object, and nothing is remembered from the plan before.
          const snapshot = JSON.parse(text) as Snapshot;
          return timed(() => plan(snapshot, intent));
        },
        jsonOf(objects),
        // What is compiled for 1,000 routes is for 10,000, too.
        isLast ? { rounds: 3, warmUp: 0 } : { rounds: 5, warmUp: 3 },
      );
      return {
        group: 'Planning with its guard, in-process, against the JSON of the same objects',
        name: `${name} on ${size} routes`,
        value: `${time.toFixed(2)} ms (${((time * 1000) / size).toFixed(1)} µs a route)`,
        ratio: ratio.toFixed(1),
        limit: isLast ? String(LIMIT) : '',
        isBroken: isLast && ratio > LIMIT,
      };
    });
  });
}

/** One VirtualService of so many routes, of these gateways. */
export function manyRoutes(count: number, gateways?: readonly string[]): Snapshot {
  return snapshotOf(
    [virtualService({ http: routes(count), ...(gateways && { gateways }) })],
    [destinationRule({ v1: { app: 'api', version: '1' } })],
  );
}

/** Path routes above a default route, all of them base routes. */
function routes(count: number): Route[] {
  const route = [{ destination: { host: 'api', subset: 'v1' } }];
  return [
    ...Array.from({ length: count - 1 }, (_, i) => ({ match: [{ uri: { prefix: `/path-${i}/` } }], route })),
    { route },
  ];
}
