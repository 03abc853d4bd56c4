import { expect, test } from 'vitest';
import { plan } from '../../src/run/plan.ts';
import { MAIN, routed, rule, V1, WEIGHT } from '../support/builds.ts';
import { intentOf, play } from '../support/plane.ts';

test('subsets come before the routes that use them and go after them', () => {
  const before = play(routed([MAIN], rule('api', { v1: V1 })), WEIGHT, { ...WEIGHT, weight: '100' });
  const { phases } = plan(before, intentOf({ operation: 'promote', 'pod-selector': 'app=api,build=8' }));

  expect(phases.map(({ name, writes }) => [name, ...writes.map(({ kind }) => kind)])).toEqual([
    ['add-subsets', 'DestinationRule'],
    ['routes', 'VirtualService'],
    ['remove-subsets', 'DestinationRule'],
  ]);
  expect(phases[2]?.writes[0]?.before).toBe(phases[0]?.writes[0]?.after);
});
