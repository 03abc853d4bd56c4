import { describe, expect, test } from 'vitest';
import type { Route } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import type { PreviousBuild, Snapshot } from '../../src/plan/types.ts';
import { withHistory } from '../../src/undo/record.ts';
import { applied, destinationRule, intentOf, snapshotOf, virtualService } from '../support/plane.ts';

const to = (subset: string, weight?: number) => ({
  destination: { host: 'api', subset },
  ...(weight !== undefined && { weight }),
});
const RULE = destinationRule({ v1: { app: 'api', version: '1' }, v2: { app: 'api', version: '2' } });
const of = (...http: readonly Route[]): Snapshot => snapshotOf([virtualService({ http })], [RULE]);
const BUILD = { 'pod-selector': 'app=api,build=7' };
const weight = (percent: number) => ({ operation: 'weight', ...BUILD, weight: String(percent) });
const PROMOTE = { operation: 'promote', ...BUILD };
type Words = Readonly<Record<string, string>>;

function after(snapshot: Snapshot, ...steps: readonly Words[]): Snapshot {
  return steps.reduce((current, words, i) => {
    const stamp = { id: `c${i}`, time: `2030-01-01T00:0${i}:00.000Z` };
    return applied(current, withHistory(plan(current, intentOf(words)), stamp, {}, []));
  }, snapshot);
}

const V1: PreviousBuild = { subset: 'v1', podSelector: 'app=api,version=1' };
const V2: PreviousBuild = { subset: 'v2', podSelector: 'app=api,version=2' };

describe('the build before', () => {
  test.for<[string, Snapshot, Words, PreviousBuild | undefined]>([
    ['of a share', of({ route: [to('v1')] }), weight(20), V1],
    ['of the larger of two', of({ route: [to('v1', 40), to('v2', 60)] }), weight(20), V2],
    ['of a cut-over', of({ route: [to('v1')] }), PROMOTE, V1],
    ['of a promote after 100', after(of({ route: [to('v1')] }), weight(50), weight(100)), PROMOTE, V1],
    ['of a promote done again', after(of({ route: [to('v1')] }), weight(100), PROMOTE), PROMOTE, V1],
    [
      'is none where the base routes disagree',
      of({ name: 'a', match: [{ port: 1 }], route: [to('v1')] }, { name: 'b', route: [to('v2')] }),
      { ...PROMOTE, routes: 'a,b' },
      undefined,
    ],
    ['is none of the whole service', of({ route: [{ destination: { host: 'api' } }] }), PROMOTE, undefined],
    [
      'is none of a preview',
      of({ route: [to('v1')] }),
      { operation: 'headers', ...BUILD, headers: 'a=b' },
      undefined,
    ],
  ])('%s', ([, snapshot, words, previous]) => {
    expect(plan(snapshot, intentOf(words)).previous).toEqual(previous);
  });
});

test('a promote after 100 goes back to what the build before had, others included', () => {
  const other = { operation: 'weight', 'pod-selector': 'app=api,build=8', weight: '30' };
  const promoted = after(of({ route: [to('v1')] }), other, weight(100), PROMOTE);
  const undone = applied(promoted, plan(promoted, intentOf({ operation: 'undo', ...BUILD })));
  expect(undone.virtualServices[0]?.spec.http?.[0]?.route).toEqual([to('v1', 70), to('api-8', 30)]);
  const literal = applied(promoted, plan(promoted, intentOf({ operation: 'undo', to: '1' })));
  expect(literal.virtualServices[0]?.spec.http?.[0]?.route).toEqual([
    to('v1', 0),
    to('api-8', 0),
    to('api-7', 100),
  ]);
});
