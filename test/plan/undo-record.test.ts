import { describe, expect, test } from 'vitest';
import type { Route, VirtualService } from '../../src/istio/types.ts';
import { plan } from '../../src/plan.ts';
import { applyInverse } from '../../src/plan/inverse/apply.ts';
import { LAST_CHANGE } from '../../src/plan/last-change.ts';
import { withAnnotation } from '../../src/plan/objects.ts';
import { readUndo, stampOf, UNDO, withUndo } from '../../src/plan/undo-record.ts';
import type { Plan, Snapshot, Write } from '../../src/plan/types.ts';
import { applied, destinationRule, intentOf, snapshotOf, virtualService } from '../support/plane.ts';

const STAMP = { id: 'a1', time: '2030-01-01T00:00:00.000Z' };
const WEIGHT = { operation: 'weight', 'pod-selector': 'app=api,build=2', weight: '20' };
const MAIN: Route = { name: 'main', route: [{ destination: { host: 'api', subset: 'v1' } }] };
const RULE = destinationRule({ v1: { app: 'api', build: '1' } });
const PLANE = snapshotOf(
  [virtualService({ http: [MAIN] }, 'public'), virtualService({ http: [MAIN] })],
  [RULE],
);

const planned = (snapshot: Snapshot, weight = '20'): Plan => plan(snapshot, intentOf({ ...WEIGHT, weight }));
const writesOf = ({ phases }: Plan): readonly Write[] => phases.flatMap(({ writes }) => writes);
const recordsOf = (one: Plan): ReturnType<typeof readUndo>[] =>
  writesOf(one).flatMap(({ kind, after }) => (kind === 'VirtualService' ? [readUndo(after)] : []));

describe('what is kept of a change', () => {
  const records = (): ReturnType<typeof recordsOf> => recordsOf(withUndo(planned(PLANE), STAMP, []));

  test('is the same on every VirtualService, but for what each of them was', () => {
    const deed = { operation: 'weight', subset: 'api-2', isBack: false };
    expect(records().map((record) => ({ ...record, inverse: null }))).toEqual(
      ['public', 'api'].map(() => ({ ...STAMP, deed, wrote: ['api', 'public'], inverse: null })),
    );
    expect(records().map((record) => record?.inverse.virtualServices.map(({ name }) => name))).toEqual([
      ['public'],
      ['api'],
    ]);
  });

  test('has the DestinationRules on the first alone', () => {
    expect(records().map((record) => record?.inverse.destinationRules.length)).toEqual([1, 0]);
  });

  test('says that it was taken back, or done again, where it was', () => {
    for (const isBack of [false, true]) {
      const deed = { operation: 'promote', subset: 'v1', isBack };
      const undone = { deed, by: null, time: STAMP.time };
      const [record] = recordsOf(withUndo({ ...planned(PLANE), operation: 'undo', undone }, STAMP, []));
      expect(record?.deed).toEqual({ ...deed, isBack: !isBack });
    }
  });

  test('is nothing where no VirtualService is written', () => {
    const subsetsAlone = planned(PLANE).phases.filter(({ name }) => name === 'add-subsets');
    const one = { ...planned(PLANE), phases: subsetsAlone };
    expect(subsetsAlone).toHaveLength(1);
    expect(withUndo(one, STAMP, [])).toBe(one);
  });

  test('leaves out who ran it and what would take it back: that is not what it did', () => {
    const one = planned(PLANE);
    const marked = one.phases.map((phase) => ({
      ...phase,
      writes: phase.writes.map((write): Write =>
        write.kind === 'VirtualService'
          ? { ...write, after: withAnnotation(write.after, LAST_CHANGE, '{}') }
          : write,
      ),
    }));
    const keys = recordsOf(withUndo({ ...one, phases: marked }, STAMP, [])).flatMap((record) =>
      (record?.inverse.virtualServices ?? []).flatMap(({ annotations }) => annotations.map(({ key }) => key)),
    );
    expect(keys).not.toContain(LAST_CHANGE);
    expect(keys).not.toContain(UNDO);
  });
});

test('a run that planned anew keeps what it wrote before, on the object that it wrote', () => {
  const first = planned(PLANE, '10');
  const between = applied(PLANE, first);
  const second = withUndo(planned(between, '30'), STAMP, writesOf(first));
  const after = applied(between, second);
  const records = recordsOf(second);

  expect(records.map((record) => record?.inverse.virtualServices.map(({ name }) => name))).toEqual([
    ['public', 'public'],
    ['api', 'api'],
  ]);
  const back = applyInverse(after, {
    virtualServices: records.flatMap((record) => record?.inverse.virtualServices ?? []),
    destinationRules: records.flatMap((record) => record?.inverse.destinationRules ?? []),
  });
  expect(back.virtualServices.map((change) => change.after.spec)).toEqual(
    PLANE.virtualServices.map(({ spec }) => spec),
  );
  expect(back.destinationRules.map((change) => change.after)).toEqual([RULE]);
  expect(back.untouched).toEqual([]);
});

test('a run that has written another object before names it, too', () => {
  const [one, ...others] = writesOf(planned(PLANE)).filter(({ kind }) => kind === 'VirtualService');
  if (one === undefined) throw new Error('There are two.');
  const rest: Plan = { ...planned(PLANE), phases: [{ name: 'routes', writes: others }] };
  expect(recordsOf(withUndo(rest, STAMP, [one])).map((record) => record?.wrote)).toEqual([['api', 'public']]);
});

describe('where one object has no room', () => {
  const filled = (object: VirtualService): VirtualService =>
    withAnnotation(
      withAnnotation(object, 'notes', 'x'.repeat(256 * 1024 - 600)),
      UNDO,
      'of an earlier change',
    );
  const [first, ...others] = PLANE.virtualServices;
  const snapshot = { ...PLANE, virtualServices: first ? [filled(first), ...others] : [] };

  test('none keeps anything, and what an earlier change left goes', () => {
    const written = writesOf(withUndo(planned(snapshot), STAMP, [])).filter(
      ({ kind }) => kind === 'VirtualService',
    );
    expect(written).toHaveLength(2);
    expect(written.every(({ after }) => after.metadata.annotations?.[UNDO] === undefined)).toBe(true);
  });

  test('a warning says so, after what is said already', () => {
    const one = planned(snapshot);
    const kept = withUndo(one, STAMP, []);
    expect(kept.findings.slice(0, -1)).toEqual(one.findings);
    expect(kept.findings.at(-1)).toEqual({
      code: 'undo-too-large',
      severity: 'warning',
      message: expect.stringMatching(
        /^What `undo` would need to take this change back does not fit into VirtualService shop\/public: its annotations would have 26\d{4} bytes, and Kubernetes allows 262144\. The change is made without it: /,
      ) as unknown,
      object: 'VirtualService shop/public',
      forceable: false,
    });
  });
});

describe('two changes have the same stamp', () => {
  const now = new Date(STAMP.time);
  const written = (resourceVersion: string): Plan => {
    const virtualServices = PLANE.virtualServices.map((object) => ({
      ...object,
      metadata: { ...object.metadata, resourceVersion },
    }));
    return planned({ ...PLANE, virtualServices });
  };

  test('only if time, chance and what they found are the same', () => {
    const stamp = stampOf(written('1'), now, 0.5);
    expect(stamp.time).toBe(STAMP.time);
    expect(stampOf(written('1'), now, 0.5)).toEqual(stamp);
    expect(stampOf(written('1'), new Date(now.getTime() + 1), 0.5).id).not.toBe(stamp.id);
    expect(stampOf(written('1'), now, 0.6).id).not.toBe(stamp.id);
    expect(stampOf(written('2'), now, 0.5).id).not.toBe(stamp.id);
  });
});

describe('what an object knows of its last change', () => {
  const deed = { operation: 'weight', subset: 'v2', isBack: false };
  const record = {
    v: 1,
    ...STAMP,
    deed,
    wrote: ['api'],
    inverse: { virtualServices: [], destinationRules: [] },
  };
  const knowing = (value: unknown): VirtualService =>
    withAnnotation(virtualService({}), UNDO, typeof value === 'string' ? value : JSON.stringify(value));

  test('is nothing without the annotation', () => {
    expect(readUndo(virtualService({}))).toBeUndefined();
  });

  test.for([deed, { ...deed, subset: null }, { ...deed, isBack: true }])('is read: %j', (one) => {
    const { v: _, ...read } = { ...record, deed: one };
    expect(readUndo(knowing({ ...record, deed: one }))).toEqual(read);
  });

  test.for<[value: unknown, why: string]>([
    ['{', 'JSON'],
    [[], 'it is of another version'],
    [{ ...record, v: 2 }, 'it is of another version'],
    [{ ...record, id: 1 }, 'what was done is not in it'],
    [{ ...record, time: null }, 'what was done is not in it'],
    [{ ...record, deed: 'weight' }, 'what was done is not in it'],
    [{ ...record, deed: { ...deed, operation: 1 } }, 'what was done is not in it'],
    [{ ...record, deed: { ...deed, subset: 1 } }, 'what was done is not in it'],
    [{ ...record, deed: { ...deed, isBack: 'no' } }, 'what was done is not in it'],
    [{ ...record, wrote: 'api' }, 'what was done is not in it'],
    [{ ...record, inverse: {} }, 'what it was before is not in it'],
  ])('can not be read: %j', ([value, why]) => {
    const read = (): unknown => readUndo(knowing(value));
    expect(read).toThrow(why);
    expect(read).toThrow(
      /^The annotation istiops\/undo of VirtualService shop\/api can't be read \(.*\): it was changed by hand or by another version, .* Remove the annotation/,
    );
  });
});
