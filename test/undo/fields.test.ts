/** Whatever an operation comes to set on a route or a subset is reverted by the same code. */
import { describe, expect, test } from 'vitest';
import type { DestinationRule, Route, VirtualService } from '../../src/istio/types.ts';
import type { Json } from '../../src/base/json.ts';
import { applyUndo } from '../../src/undo/apply.ts';
import { undoOf } from '../../src/undo/diff.ts';
import { destinationRule, virtualService } from '../support/plane.ts';

const MAIN: Route = {
  name: 'main',
  timeout: '5s',
  headers: { request: { set: { 'x-a': '1' } } },
  route: [{ destination: { host: 'api', subset: 'v1' } }],
};
const of = (route: Route): VirtualService => virtualService({ http: [route] });

type Fields = Readonly<Record<string, Json | undefined>>;

/** What taking the change of these fields back makes of the route as somebody has left it. */
function reverted(changed: Fields, meanwhile: Fields = {}) {
  const [before, after] = [of(MAIN), of({ ...MAIN, ...changed })];
  const undo = undoOf([{ kind: 'VirtualService', before, after }]);
  const now = of({ ...MAIN, ...changed, ...meanwhile });
  const { virtualServices, conflicts } = applyUndo({ virtualServices: [now], destinationRules: [] }, [undo]);
  const route = (virtualServices[0]?.after ?? now).spec.http?.[0];
  return { route: JSON.parse(JSON.stringify(route)) as Json, conflicts };
}

describe('a field of a route', () => {
  test.for<[string, Fields]>([
    ['that came', { mirror: { host: 'api', subset: 'v2' } }],
    ['that came as a list', { mirrors: [{ destination: { host: 'api', subset: 'v2' } }] }],
    ['that went', { timeout: undefined }],
    ['that changed', { timeout: '9s' }],
    ['that changed deep down', { headers: { request: { set: { 'x-a': '2', 'x-b': '1' } } } }],
    ['and its destinations', { route: [{ destination: { host: 'api', subset: 'v2' } }], timeout: '9s' }],
    ['of a name that nobody knows yet', { somethingNew: [1, { a: null }] }],
  ])('%s is what it was', ([, changed]) => {
    expect(reverted(changed)).toEqual({ route: MAIN, conflicts: [] });
  });

  test('that somebody else changed since stays, and the others are what they were', () => {
    const { route, conflicts } = reverted(
      { mirror: { host: 'api', subset: 'v2' }, timeout: '9s' },
      { timeout: '7s' },
    );
    expect(route).toEqual({ ...MAIN, timeout: '7s' });
    expect(conflicts).toEqual([
      {
        what: 'the field timeout of http[0] (main) of VirtualService shop/api',
        why: 'somebody else changed it since',
      },
    ]);
  });

  test('that somebody else changed elsewhere stays', () => {
    const { route, conflicts } = reverted(
      { mirror: { host: 'api', subset: 'v2' } },
      { retries: { attempts: 1 } },
    );
    expect(route).toEqual({ ...MAIN, retries: { attempts: 1 } });
    expect(conflicts).toEqual([]);
  });
});

describe('a field of a subset', () => {
  const rule = destinationRule({ v1: { app: 'api', version: '1' }, v2: { app: 'api', version: '2' } });
  const withPolicy = (trafficPolicy: Json | undefined): DestinationRule => ({
    ...rule,
    spec: {
      ...rule.spec,
      subsets: (rule.spec.subsets ?? []).map((subset) =>
        subset.name === 'v2' && trafficPolicy !== undefined ? { ...subset, trafficPolicy } : subset,
      ),
    },
  });
  const undo = undoOf([
    { kind: 'DestinationRule', before: rule, after: withPolicy({ tls: { mode: 'DISABLE' } }) },
  ]);
  const revert = (now: DestinationRule) =>
    applyUndo({ virtualServices: [], destinationRules: [now] }, [undo]);

  test('is what it was', () => {
    const { destinationRules, conflicts, done } = revert(withPolicy({ tls: { mode: 'DISABLE' } }));
    expect(destinationRules[0]?.after).toEqual(rule);
    expect(conflicts).toEqual([]);
    expect(done).toEqual(['subset v2 of DestinationRule shop/api is what it was']);
  });

  test('stays where somebody else changed it since', () => {
    const { destinationRules, conflicts } = revert(withPolicy({ tls: { mode: 'SIMPLE' } }));
    expect(destinationRules).toEqual([]);
    expect(conflicts).toEqual([
      { what: 'subset v2 of DestinationRule shop/api', why: 'somebody else changed it since' },
    ]);
  });
});
