import { describe, expect, test } from 'vitest';
import type { Route } from '../../../src/istio/types.ts';
import { plan } from '../../../src/run/plan.ts';
import { LAST_CHANGE } from '../../../src/plan/last-change.ts';
import { withAnnotation } from '../../../src/plan/objects.ts';
import { planTakeBack } from '../../../src/operations/take-back/plan.ts';
import { undoPlanOf } from '../../../src/undo/step.ts';
import type { UndoPlan } from '../../../src/undo/types.ts';
import type { Plan, Snapshot } from '../../../src/plan/types.ts';
import { applied, destinationRule, intentOf, snapshotOf, virtualService } from '../../support/plane.ts';

const BUILD = { 'pod-selector': 'app=api,build=2' };
const WEIGHT = { operation: 'weight', ...BUILD, weight: '20' };
const BY = { by: 'octocat', time: '2030-01-01T00:00:00.000Z' };

const MAIN: Route = { name: 'main', route: [{ destination: { host: 'api', subset: 'v1' } }] };
const PLANE = snapshotOf(
  [virtualService({ http: [MAIN] }), virtualService({ http: [MAIN] }, 'public')],
  [destinationRule({ v1: { app: 'api', build: '1' } })],
);

interface Step {
  readonly plan: Plan;
  readonly back: UndoPlan;
  readonly after: Snapshot;
}

function step(before: Snapshot, words: Readonly<Record<string, string>> = WEIGHT): Step {
  const planned = plan(before, intentOf(words));
  const writes = planned.phases.flatMap((phase) => phase.writes);
  return { plan: planned, back: undoPlanOf(planned, writes, BY), after: applied(before, planned) };
}

/** What the objects are once the step is taken back, and what is said of it. */
function takenBack(snapshot: Snapshot, back: UndoPlan): { readonly plan: Plan; readonly after: Snapshot } {
  const planned = plan(snapshot, { operation: 'take-back', step: back });
  return { plan: planned, after: applied(snapshot, planned) };
}

describe('the changes of a step', () => {
  test('are reverted whole', () => {
    const { back, after } = step(PLANE);
    expect(after).not.toEqual(PLANE);
    expect(takenBack(after, back).after).toEqual(PLANE);
  });

  test('say what was done, by whom and when', () => {
    const { back, after } = step(PLANE);
    expect(back).toMatchObject({
      summary: {
        operation: 'weight',
        subset: 'api-2',
        isBack: false,
        effects: ['shifts-to-build', 'routes'] as const,
      },
      by: 'octocat',
      time: '2030-01-01T00:00:00.000Z',
    });
    expect(planTakeBack(after, { operation: 'take-back', step: back })).toMatchObject({
      subset: 'api-2',
      needed: [],
      findings: [],
      undone: { summary: back.summary, by: back.by, time: back.time },
    });
  });

  test('are shown for each of their VirtualServices, and no other', () => {
    const { back, after } = step(PLANE);
    const web = virtualService({ http: [MAIN] }, 'web');
    const elsewhere = { ...web, metadata: { ...web.metadata, name: 'api', namespace: 'web' } };
    const snapshot = { ...after, virtualServices: [...after.virtualServices, web, elsewhere] };
    const { virtualServices } = planTakeBack(snapshot, { operation: 'take-back', step: back });
    expect(virtualServices.map(({ before }) => before.metadata.name)).toEqual(['api', 'public']);
    expect(virtualServices.map((change) => change.after)).toEqual(PLANE.virtualServices);
  });

  test('are left where somebody has reverted them, and nothing is written', () => {
    const { back } = step(PLANE);
    const { virtualServices, rules } = planTakeBack(PLANE, { operation: 'take-back', step: back });
    expect(virtualServices.every((change) => change.before === change.after)).toBe(true);
    expect(virtualServices).toHaveLength(2);
    expect(rules).toEqual([]);
  });

  test('release no other subset', () => {
    const { back, after } = step(PLANE);
    const { released } = planTakeBack(after, { operation: 'take-back', step: back });
    expect(after.destinationRules.some((rule) => released(rule, 'v1') || released(rule, 'api-2'))).toBe(
      false,
    );
  });

  test('are reverted as far as they are there: the rest is reported once, and stays', () => {
    const { back, after } = step(PLANE);
    const [api, ...others] = after.virtualServices;
    if (api === undefined) throw new Error('There are two.');
    const route = [{ destination: { host: 'api', subset: 'qa' } }];
    const changed = { ...api, spec: { ...api.spec, http: [{ ...MAIN, route }] } };
    const snapshot = { ...after, virtualServices: [changed, ...others] };
    const { findings, virtualServices } = planTakeBack(snapshot, { operation: 'take-back', step: back });
    expect(virtualServices.map((change) => change.after)).toEqual([
      expect.objectContaining({ spec: changed.spec }),
      PLANE.virtualServices[1],
    ]);
    expect(findings.map(({ code, severity, forceable }) => [code, severity, forceable])).toEqual(
      findings.map(() => ['not-taken-back', 'warning', false]),
    );
    const said = findings.map(({ message }) => message);
    expect(said).toContainEqual(
      expect.stringMatching(
        /^Not taken back: the destinations of http\[0\] .*VirtualService shop\/api: .*\.$/,
      ),
    );
    expect(new Set(said).size).toBe(said.length);
  });
});

describe('a step that wrote an object twice', () => {
  test('is reverted to what was before the first', () => {
    const first = step(PLANE, { ...WEIGHT, weight: '10' });
    const second = step(first.after, { ...WEIGHT, weight: '30' });
    const writes = [first, second].flatMap((one) => one.plan.phases.flatMap((phase) => phase.writes));
    const back = undoPlanOf(second.plan, writes, BY);
    const { plan: planned, after } = takenBack(second.after, back);
    expect(after).toEqual(PLANE);
    expect(planned.findings).toEqual([]);
  });

  test('leaves what somebody else wrote between the two', () => {
    const first = step(PLANE, { ...WEIGHT, weight: '10' });
    const extra: Route = {
      name: 'health',
      match: [{ uri: { exact: '/health' } }],
      directResponse: { status: 200 },
    };
    const withExtra = (snapshot: Snapshot): Snapshot => ({
      ...snapshot,
      virtualServices: snapshot.virtualServices.map((object) => ({
        ...object,
        spec: { ...object.spec, http: [extra, ...(object.spec.http ?? [])] },
      })),
    });
    const later = step(withExtra(first.after), { ...WEIGHT, weight: '30' });
    const all = [first, later].flatMap((one) => one.plan.phases.flatMap((phase) => phase.writes));
    expect(takenBack(later.after, undoPlanOf(later.plan, all, BY)).after).toEqual(withExtra(PLANE));
  });
});

test('the annotation about the change itself is no part of the change', () => {
  const { plan: planned } = step(PLANE);
  const writes = planned.phases
    .flatMap((phase) => phase.writes)
    .map((write) =>
      write.kind === 'VirtualService'
        ? { ...write, after: withAnnotation(write.after, LAST_CHANGE, '{"operation":"weight"}') }
        : write,
    );
  const { undo } = undoPlanOf(planned, writes, BY);
  const keys = undo.virtualServices.flatMap(({ annotations }) => annotations.map(({ key }) => key));
  expect(new Set(keys)).not.toContain(LAST_CHANGE);
});

describe('a step that reverted something', () => {
  const undone = {
    summary: {
      operation: 'weight',
      subset: 'api-2',
      isBack: false,
      effects: ['shifts-to-build', 'routes'] as const,
    },
    by: null,
    time: BY.time,
  };

  test.for([false, true])('is reverted by doing it again, and so on (%s)', (isBack) => {
    const planned: Plan = {
      ...step(PLANE).plan,
      operation: 'undo',
      undone: { ...undone, summary: { ...undone.summary, isBack } },
    };
    expect(undoPlanOf(planned, [], BY).summary).toEqual({
      ...undone.summary,
      isBack: !isBack,
    });
  });
});
