/** What the planner makes of the golden cases and scenes is what was asked for: the guard refuses none of it. */
import { expect, it } from 'vitest';
import { isReadOnly, type ChangeIntent } from '../../src/operations/index.ts';
import { plan } from '../../src/run/plan.ts';
import type { Plan, Snapshot } from '../../src/plan/types.ts';
import { reachOfPlan } from '../../src/operations/reach.ts';
import { withEdit } from '../support/foreign-edits.ts';
import { destinationRule, intentOf, play, snapshotOf, virtualService } from '../support/plane.ts';
import { guardWorlds } from './guard-worlds.ts';

it('of golden cases, scenes and generated objects, and on each way back', () => {
  let judged = 0;
  for (const { name, snapshot, intent } of guardWorlds()) {
    const planned = plannedOf(snapshot, intent);
    if (planned === null) continue;
    expect(reachOfPlan(snapshot, intent, planned.phases).unexpected, name).toEqual([]);
    judged += 1;
  }
  expect(judged).toBeGreaterThan(2500);
});

/** Null where it is refused, or of what nobody understands. */
function plannedOf(snapshot: Snapshot, intent: ChangeIntent): Plan | null {
  try {
    const planned = plan(snapshot, intent);
    return planned.findings.some(({ severity }) => severity === 'error') ? null : planned;
  } catch {
    return null;
  }
}

it('where somebody edited the baseline, so that it says nothing of what the route has', () => {
  const start = snapshotOf(
    [virtualService({ http: [{ route: [{ destination: { host: 'api', subset: 'v1' } }] }] })],
    [destinationRule({ v1: { app: 'api', version: '1' } })],
  );
  const shifted = play(start, { operation: 'weight', 'pod-selector': 'app=api,build=7', weight: '98' });
  // `subset` of the first destination becomes `ubset`.
  const edited = withEdit(shifted, { kind: 'garble-baseline', at: 53 });
  expect(edited.virtualServices[0]?.metadata.annotations?.['istiops/baseline']).toContain('"ubset"');
  for (const words of [
    { operation: 'clear' },
    { operation: 'weight', 'pod-selector': 'app=api,build=8', weight: '10' },
  ]) {
    const intent = intentOf(words);
    if (isReadOnly(intent)) throw new Error('It changes nothing.');
    const { phases } = plan(edited, intent);
    expect(phases).not.toEqual([]);
    expect(reachOfPlan(edited, intent, phases).unexpected).toEqual([]);
  }
});
