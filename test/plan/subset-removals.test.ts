import { describe, expect, test } from 'vitest';
import { plan } from '../../src/run/plan.ts';
import { LAST_CHANGE } from '../../src/plan/last-change.ts';
import { removalsOf } from '../../src/plan/subset-removals.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { destinationRule, intentOf, play, snapshotOf, virtualService } from '../support/plane.ts';

const V1 = { app: 'api', version: '1' };
const BUILD = { 'pod-selector': 'app=api,build=7' };
const SIGNED = { operation: 'promote', time: '2026-01-01T00:00:00Z' };
const KEY = 'api.shop.svc.cluster.local|api-1';

const start = snapshotOf(
  [virtualService({ http: [{ route: [{ destination: { host: 'api', subset: 'api-1' } }] }] })],
  [destinationRule({ 'api-1': V1 })],
);

describe('what a plan removes at its end', () => {
  test('is the subsets of its last phase, by host and name', () => {
    const shared = play(start, { operation: 'weight', ...BUILD, weight: '20' });
    const { phases } = plan(shared, intentOf({ operation: 'rollback', ...BUILD }));
    expect(phases.map(({ name }) => name)).toEqual(['routes', 'remove-subsets']);
    expect(removalsOf(phases)).toEqual(['api.shop.svc.cluster.local|api-7']);
  });

  test('is nothing where subsets are only added', () => {
    const { phases } = plan(start, intentOf({ operation: 'weight', ...BUILD, weight: '20' }));
    expect(phases.map(({ name }) => name)).toEqual(['add-subsets', 'routes']);
    expect(removalsOf(phases)).toEqual([]);
  });
});

describe('a promote that was killed before it removed the old subset', () => {
  /** Build 7 has everything; nothing refers to api-1 any more, which is marked as made by istiops. */
  function left(lastChange: object | undefined): Snapshot {
    const promoted = play(start, { operation: 'promote', ...BUILD });
    const annotate = <T extends { metadata: object }>(object: T, annotations: object): T => ({
      ...object,
      metadata: { ...object.metadata, annotations },
    });
    return {
      ...promoted,
      virtualServices: promoted.virtualServices.map((object) =>
        annotate(object, lastChange === undefined ? {} : { [LAST_CHANGE]: JSON.stringify(lastChange) }),
      ),
      destinationRules: [
        annotate(destinationRule({ 'api-1': V1, 'api-7': { app: 'api', build: '7' } }), {
          'istiops/subsets': 'api-7,api-1',
        }),
      ],
    };
  }

  const removedAgain = (snapshot: Snapshot): readonly string[] =>
    removalsOf(plan(snapshot, intentOf({ operation: 'promote', ...BUILD })).phases);

  test('removes it when it is run again, for its signature names it', () => {
    expect(removedAgain(left({ ...SIGNED, removes: [KEY] }))).toEqual([KEY]);
  });

  test.each([
    ['without a signature', undefined],
    ['whose signature names nothing', SIGNED],
    ['whose signature names another', { ...SIGNED, removes: ['api.shop.svc.cluster.local|v9'] }],
  ])('leaves it %s: another run may be about to use it', (_, lastChange) => {
    expect(removedAgain(left(lastChange))).toEqual([]);
  });
});
