import { describe, expect, test } from 'vitest';
import type { Route } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import { isEmptyUndo, undoPlanFrom, undoPlanJson, undoPlanOf } from '../../src/undo/step.ts';
import type { UndoPlan } from '../../src/undo/types.ts';
import { destinationRule, intentOf, snapshotOf, virtualService } from '../support/plane.ts';

const WEIGHT = { operation: 'weight', 'pod-selector': 'app=api,build=2', weight: '20' };
const BY = { by: 'octocat', time: '2030-01-01T00:00:00.000Z' };

const MAIN: Route = { name: 'main', route: [{ destination: { host: 'api', subset: 'v1' } }] };
const PLANE = snapshotOf(
  [virtualService({ http: [MAIN] })],
  [destinationRule({ v1: { app: 'api', build: '1' } })],
);

const planned = plan(PLANE, intentOf(WEIGHT));
const back = undoPlanOf(
  planned,
  planned.phases.flatMap(({ writes }) => writes),
  BY,
);

test('a step has something to take back if it wrote routes or subsets', () => {
  const { virtualServices, destinationRules } = back.undo;
  expect(isEmptyUndo(back)).toBe(false);
  expect(isEmptyUndo({ ...back, undo: { virtualServices, destinationRules: [] } })).toBe(false);
  expect(isEmptyUndo({ ...back, undo: { virtualServices: [], destinationRules } })).toBe(false);
  expect(isEmptyUndo(undoPlanOf(planned, [], BY))).toBe(true);
});

describe('kept from one process to the next', () => {
  const kept = JSON.parse(JSON.stringify(undoPlanJson(back))) as Record<string, unknown>;

  test.for<[string, UndoPlan]>([
    ['a step', back],
    ['nobody knows by whom', { ...back, by: null }],
    [
      'of no build',
      { ...back, summary: { operation: 'clear', subset: null, isBack: true, effects: ['routes'] } },
    ],
  ])('%s is the same', ([, one]) => {
    expect(undoPlanFrom(JSON.parse(JSON.stringify(undoPlanJson(one))))).toEqual(one);
  });

  test.for<[string, unknown, RegExp]>([
    ['nothing', null, /^what was done is not in it$/],
    ['text', 'weight', /^what was done is not in it$/],
    ['no deed', { ...kept, deed: undefined }, /^what was done is not in it$/],
    ['a deed that is text', { ...kept, deed: 'weight' }, /^what was done is not in it$/],
    [
      'a deed without operation',
      { ...kept, deed: { subset: null, isBack: false } },
      /^what was done is not in it$/,
    ],
    [
      'a deed without direction',
      { ...kept, deed: { operation: 'weight', subset: null } },
      /^what was done is not in it$/,
    ],
    ['no time', { ...kept, time: 5 }, /^what was done is not in it$/],
    ['no undo', { ...kept, undo: {} }, /^what it was before is not in it$/],
  ])('%s is refused', ([, value, says]) => {
    expect(() => undoPlanFrom(value)).toThrow(says);
  });

  test.for([5, undefined])('what should be a name and is %s counts as unknown', (value) => {
    const deed = { operation: 'weight', subset: value, isBack: false };
    expect(undoPlanFrom({ ...kept, by: value, deed })).toMatchObject({ by: null, summary: { subset: null } });
  });
});
