import { expect, test } from 'vitest';
import type { Match } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import { isReadOnly } from '../../src/operations/index.ts';
import { budget, evenly } from '../../src/reach/budget.ts';
import { reachOfPlan } from '../../src/operations/reach.ts';
import { destinationRule, intentOf, snapshotOf, virtualService } from '../support/plane.ts';

test('what cannot be paid is not had, and nothing after it', () => {
  const whole = budget(100);
  const part = whole.part(0.5);
  expect([part.left(), part.spend(40), part.spend(20), part.isSpent(), part.spend(1)]).toEqual([
    50,
    true,
    false,
    true,
    false,
  ]);
  expect([whole.left(), whole.isSpent()]).toEqual([60, false]);
});

test('any first part of the order is spread over the whole', () => {
  const items = Array.from({ length: 1000 }, (_, i) => i);
  const order = evenly(items);
  expect([...order].sort((a, b) => a - b)).toEqual(items);
  const first = order.slice(0, 100).sort((a, b) => a - b);
  expect(Math.max(...first.map((item, i) => item - (first[i - 1] ?? 0)))).toBeLessThan(30);
});

const ROUTE = [{ destination: { host: 'api', subset: 'v1' } }];

function reachOfHeaders(http: Parameters<typeof virtualService>[0]['http']): ReturnType<typeof reachOfPlan> {
  const intent = intentOf({
    operation: 'headers',
    'pod-selector': 'app=api,build=10',
    headers: 'x-cid=a',
  });
  if (isReadOnly(intent)) throw new Error('not read-only');
  const rules = [destinationRule({ v1: { app: 'api', version: '1' } })];
  const snapshot = snapshotOf([virtualService({ http: http ?? [] })], rules);
  return reachOfPlan(snapshot, intent, plan(snapshot, intent).phases);
}

test('each of many alternatives of one route is one class, not one with each other', () => {
  const match = Array.from(
    { length: 400 },
    (_, i): Match =>
      [
        { uri: { regex: `/items-${i}/[0-9]+` } },
        { headers: { 'x-user': { exact: `u${i}` } } },
        { uri: { prefix: `/path-${i}/` }, method: { exact: 'POST' } },
      ][i % 3] ?? {},
  );
  const reach = reachOfHeaders([{ match, route: ROUTE }, { route: ROUTE }]);
  expect(reach).toMatchObject({ sampled: false, skipped: 0, unexpected: [] });
  expect(reach.classes).toBeLessThan(4 * match.length);
});

test('what is left out of many routes with large regexes is said', () => {
  const http = Array.from({ length: 200 }, (_, i) => ({
    match: [{ uri: { regex: `/a${i}(b{0,30}c?){0,14}[xyz]{0,30}d${i}` } }],
    route: ROUTE,
  }));
  expect(reachOfHeaders([...http, { route: ROUTE }])).toMatchObject({ sampled: true, unexpected: [] });
});
