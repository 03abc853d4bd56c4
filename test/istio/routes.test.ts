import { describe, expect, test } from 'vitest';
import { mirrorsOf } from '../../src/istio/routes.ts';
import type { Route } from '../../src/istio/types.ts';

describe('mirrors', () => {
  test.for<[Route, string[]]>([
    [{}, []],
    [{ mirror: { host: 'a' } }, ['a']],
    [{ mirrors: [{ destination: { host: 'b' } }, { destination: { host: 'c' } }] }, ['b', 'c']],
    [{ mirror: { host: 'a' }, mirrors: [{ destination: { host: 'b' } }] }, ['a', 'b']],
    // What no schema allows is no mirror, and no reason to fall over.
    [{ mirror: 'a', mirrors: 'b' }, []],
    [{ mirrors: ['b', { destination: {} }, null] }, []],
  ])('%j', ([route, hosts]) => {
    expect(mirrorsOf(route).map(({ host }) => host)).toEqual(hosts);
  });
});
