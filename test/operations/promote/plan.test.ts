import { describe, expect, test } from 'vitest';
import type { RouteDestination } from '../../../src/istio/types.ts';
import { BUILD, codesOf, MAIN, routed, rule, stateOf, to, V1, V7 } from '../../support/builds.ts';
import { play, snapshotOf, virtualService } from '../../support/plane.ts';

describe('promote', () => {
  const promote = { operation: 'promote', ...BUILD };

  test.for<[list: RouteDestination[], left: string]>([
    [[to('v1')], 'api api-7'],
    [[to('v1', 100)], 'api api-7 100'],
    [[to('v1', 60), to('v2', 40)], 'api api-7 100'],
    [[to('v1', 80), to('api-7', 20)], 'api api-7 100'],
    [[to('v1', 40), to('api-7', 30), to('api-7', 30)], 'api api-7 50, api api-7 50'],
    [[to('api-7')], 'api api-7'],
    [[to('api-7', 30), to('api-7', 70)], 'api api-7 30, api api-7 70'],
  ])('of %j', ([route, left]) => {
    const after = play(routed([{ route }], rule('api', { v1: V1, 'api-7': V7 })), promote);
    expect(stateOf(after)).toMatchObject({ routes: [left] });
  });

  test('leaves a VirtualService alone that routes elsewhere', () => {
    const web = virtualService({ http: [{ route: [to('', undefined, 'web')] }] }, 'web');
    const before = snapshotOf([virtualService({ http: [MAIN] }), web], [rule('api', { v1: V1 })]);
    const after = play(before, { ...promote, hostname: 'api' });
    expect(after.virtualServices[1]).toBe(web);
    // Both are for the same host, and manifests don't say which of them is older.
    expect(codesOf(before, { ...promote, hostname: 'api' })).toEqual(['leads-elsewhere', 'reach-unknown']);
  });
});
