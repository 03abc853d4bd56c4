import type { Route } from '../src/istio/types.ts';
import { plan } from '../src/run/plan.ts';
import type { Snapshot } from '../src/plan/types.ts';
import { destinationRule, intentOf, snapshotOf, virtualService } from '../test/support/plane.ts';
import { compare, jsonOf, timed } from './compare.ts';
import type { Figure } from './figure.ts';

const SIZES = [100, 1000, 10_000] as const;
/**
 * For the largest size: as many times as long as writing and reading the JSON of the same objects. It is 3.0 to 3.5 from
 * one quiet run to the next, because half of it is the collection of garbage; what looks at each route twice is above.
 */
const LIMIT = 4.5;

/** One request on ever more routes, none of which takes it but the last: each object as if it had just been read. */
export function benchExplain(): Figure[] {
  const intent = intentOf({
    operation: 'explain',
    requests: 'GET https://api.example.com/v2/cart',
    headers: 'x-cid=seu_madruga',
  });
  return SIZES.map((size): Figure => {
    const fresh = (): Snapshot =>
      snapshotOf([virtualService({ http: routes(size) })], [destinationRule({ v1: { version: '1' } })]);
    const { time, ratio } = compare(() => {
      const snapshot = fresh();
      return timed(() => plan(snapshot, intent));
    }, jsonOf(fresh()));
    const isLast = size === SIZES.at(-1);
    return {
      group: 'Explaining a request, in-process, against the JSON of the same objects',
      name: `explain on ${size} routes`,
      value: `${time.toFixed(2)} ms (${((time * 1000) / size).toFixed(1)} µs a route)`,
      ratio: ratio.toFixed(1),
      limit: isLast ? String(LIMIT) : '',
      isBroken: isLast && ratio > LIMIT,
    };
  });
}

/** A third each by path, by header and by a regex of its own. */
function routes(count: number): Route[] {
  const route = [{ destination: { host: 'api', subset: 'v1' } }];
  const others = Array.from({ length: count - 1 }, (_, i): Route => {
    if (i % 3 === 0) return { match: [{ uri: { prefix: `/path-${i}` } }], route };
    if (i % 3 === 1)
      return { match: [{ uri: { prefix: '/v2' }, headers: { 'x-cid': { exact: `${i}` } } }], route };
    return { match: [{ uri: { regex: `^/items-${i}/(a|b)/[0-9]+$` } }], route };
  });
  return [...others, { route }];
}
