import type { Route } from '../src/istio/types.ts';
import { plan } from '../src/plan.ts';
import { destinationRule, intentOf, snapshotOf, virtualService } from '../test/support/plane.ts';
import { median, type Figure } from './figure.ts';

const SIZES = [100, 1000, 10_000] as const;
/** Milliseconds for the largest size. */
const LIMIT = 50;

/** One request on ever more routes, none of which takes it but the last: each object as if it had just been read. */
export function benchExplain(): Figure[] {
  const intent = intentOf({
    operation: 'explain',
    requests: 'GET https://api.example.com/v2/cart',
    headers: 'x-cid=seu_madruga',
  });
  return SIZES.map((size): Figure => {
    const measure = (): number => {
      const http = routes(size);
      const snapshot = snapshotOf([virtualService({ http })], [destinationRule({ v1: { version: '1' } })]);
      const start = performance.now();
      plan(snapshot, intent);
      return performance.now() - start;
    };
    // The first ones are the compiler's.
    for (let i = 0; i < 8; i += 1) measure();
    const time = median(Array.from({ length: 9 }, measure));
    const isLast = size === SIZES.at(-1);
    return {
      group: 'Explaining a request, in-process',
      name: `explain on ${size} routes`,
      value: `${time.toFixed(2)} ms (${((time * 1000) / size).toFixed(1)} µs a route)`,
      limit: isLast ? `${LIMIT} ms` : '',
      isBroken: isLast && time > LIMIT,
      isTime: true,
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
