import { describe, expect, test } from 'vitest';
import { isDestinationOf } from '../../src/istio/hosts.ts';
import type { Destination } from '../../src/istio/types.ts';

const API = 'api.shop.svc.cluster.local';

describe('a destination sends to a service', () => {
  test.for<[Destination, number | undefined, boolean]>([
    [{ host: 'api' }, undefined, true],
    [{ host: 'api' }, 80, true],
    [{ host: API, subset: 'v1' }, 80, true],
    [{ host: 'api', port: { number: 80 } }, undefined, true],
    [{ host: 'api', port: { number: 80 } }, 80, true],
    [{ host: 'api', port: { number: 81 } }, 80, false],
    [{ host: 'web' }, 80, false],
    // Istio takes a name with a dot as it is.
    [{ host: 'api.shop' }, undefined, false],
  ])('%j at port %s: %s', ([destination, port, expected]) => {
    expect(isDestinationOf(destination, 'shop', { host: API, ...(port !== undefined && { port }) })).toBe(
      expected,
    );
  });
});
