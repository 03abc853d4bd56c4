import { describe, expect, test } from 'vitest';
import { LAST_CHANGE } from '../../src/plan/last-change.ts';
import { withAnnotation } from '../../src/plan/objects.ts';
import { applyUndo } from '../../src/undo/apply.ts';
import { parseHistory } from '../../src/undo/format.ts';
import { stampOf, withHistory } from '../../src/undo/record.ts';
import type { RecordedChange, Undo } from '../../src/undo/types.ts';
import type { Plan, Snapshot, Write } from '../../src/plan/types.ts';
import { applied } from '../support/plane.ts';
import { BY, PLANE, planned, recordsOf, RULE, STAMP, writesOf } from '../support/recording.ts';

/** What reverts all that records say, the newest part of each object first. */
const undoOf = (snapshot: Snapshot, id: string): Undo => ({
  virtualServices: snapshot.virtualServices.flatMap((object) =>
    parseHistory(object).changes.flatMap(({ change: { id: one, undo } }) =>
      undo === null || one !== id ? [] : [{ namespace: 'shop', name: object.metadata.name, ...undo }],
    ),
  ),
  destinationRules: snapshot.virtualServices.flatMap((object) =>
    parseHistory(object).changes.flatMap(({ change: { undo } }) =>
      (undo?.rules ?? []).map((rule) => ({ namespace: 'shop', ...rule })),
    ),
  ),
});

describe('what is kept of a change', () => {
  const records = (): readonly RecordedChange[] => recordsOf(withHistory(planned(PLANE), STAMP, BY, []));

  test('is the same on every VirtualService, but for what each of them was', () => {
    const change = {
      ...STAMP,
      summary: {
        operation: 'weight',
        subset: 'api-2',
        isBack: false,
        effects: ['shifts-to-build', 'routes'],
      },
      labels: { app: 'api', build: '2' },
      asked: '20 %',
      by: 'octocat',
      repository: 'shop/api',
      run: BY.run,
      pullRequest: 10,
      wrote: ['api', 'public'],
      undo: null,
    };
    expect(records().map((record) => ({ ...record, undo: null }))).toEqual([change, change]);
  });

  test('has the DestinationRules on each that sends to their hosts', () => {
    expect(records().map(({ undo }) => undo?.rules.map(({ name }) => name))).toEqual([['api'], ['api']]);
  });

  test('names no namespace, and no other VirtualService as its own', () => {
    for (const { undo } of records()) expect(JSON.stringify(undo)).not.toMatch(/namespace|public/);
  });

  test('says that it was reverted, or done again, where it was', () => {
    for (const isBack of [false, true]) {
      const summary = {
        operation: 'promote',
        subset: 'v1',
        isBack,
        effects: ['routes', 'cuts-over'] as const,
      };
      const undone = { summary, by: null, time: STAMP.time };
      const [record] = recordsOf(
        withHistory({ ...planned(PLANE), operation: 'undo', undone }, STAMP, BY, []),
      );
      expect(record?.summary).toEqual({ ...summary, isBack: !isBack });
    }
  });

  test('of several changes reverted at once is an undo by itself', () => {
    const undone = {
      summary: { operation: 'weight', subset: 'v1', isBack: false, effects: [] },
      by: null,
      time: STAMP.time,
      count: 3,
    };
    const [record] = recordsOf(withHistory({ ...planned(PLANE), operation: 'undo', undone }, STAMP, BY, []));
    expect(record?.summary).toEqual({
      operation: 'undo',
      subset: null,
      isBack: false,
      effects: ['shifts-to-build', 'routes'],
    });
  });

  test('is nothing where no VirtualService is written', () => {
    const subsetsAlone = planned(PLANE).phases.filter(({ name }) => name === 'add-subsets');
    const one = { ...planned(PLANE), phases: subsetsAlone };
    expect(subsetsAlone).toHaveLength(1);
    expect(withHistory(one, STAMP, BY, [])).toBe(one);
  });

  test('leaves out who ran it', () => {
    const one = planned(PLANE);
    const marked = one.phases.map((phase) => ({
      ...phase,
      writes: phase.writes.map((write): Write =>
        write.kind === 'VirtualService'
          ? { ...write, after: withAnnotation(write.after, LAST_CHANGE, '{}') }
          : write,
      ),
    }));
    const keys = recordsOf(withHistory({ ...one, phases: marked }, STAMP, BY, [])).flatMap(
      ({ undo }) => undo?.annotations.map(({ key }) => key) ?? [],
    );
    expect(new Set(keys)).toEqual(new Set(['istiops/baseline']));
  });

  test('is read again whoever ran it, whatever they are called', () => {
    const odd = { actor: '::error::\u202e'.repeat(100), repository: '', run: 'javascript:alert(1)' };
    const [record] = recordsOf(withHistory(planned(PLANE), STAMP, odd, []));
    expect(record).toMatchObject({ by: odd.actor.slice(0, 200), repository: null, run: null });
    const [nobody] = recordsOf(withHistory(planned(PLANE), STAMP, undefined, []));
    expect(nobody).toMatchObject({ by: null, repository: null, run: null });
  });
});

test('a run that planned anew keeps what it wrote before, on the object that it wrote', () => {
  const first = withHistory(planned(PLANE, '10'), STAMP, BY, []);
  const between = applied(PLANE, first);
  const second = withHistory(planned(between, '30'), STAMP, BY, writesOf(first));
  const after = applied(between, second);
  for (const object of after.virtualServices)
    expect(parseHistory(object).changes.map(({ change: { id, wrote } }) => [id, wrote])).toEqual([
      [STAMP.id, ['api', 'public']],
      [STAMP.id, ['api', 'public']],
    ]);
  const back = applyUndo(after, [undoOf(after, STAMP.id)]);
  expect(back.virtualServices.map((change) => change.after.spec)).toEqual(
    PLANE.virtualServices.map(({ spec }) => spec),
  );
  expect(back.destinationRules.map((change) => change.after)).toEqual([RULE]);
  expect(back.conflicts).toEqual([]);
});

test('a run that has written another object before names it, too', () => {
  const [one, ...others] = writesOf(planned(PLANE)).filter(({ kind }) => kind === 'VirtualService');
  if (one === undefined) throw new Error('There are two.');
  const rest: Plan = { ...planned(PLANE), phases: [{ name: 'routes', writes: others }] };
  expect(recordsOf(withHistory(rest, STAMP, BY, [one])).map(({ wrote }) => wrote)).toEqual([
    ['api', 'public'],
  ]);
});

describe('the stamps of two changes', () => {
  const now = new Date(STAMP.time);
  const written = (resourceVersion: string): Plan => {
    const virtualServices = PLANE.virtualServices.map((object) => ({
      ...object,
      metadata: { ...object.metadata, resourceVersion },
    }));
    return planned({ ...PLANE, virtualServices });
  };

  test('are the same only if time, random number and what they found are the same', () => {
    const stamp = stampOf(written('1'), now, 0.5);
    expect(stamp.time).toBe(STAMP.time);
    expect(stampOf(written('1'), now, 0.5)).toEqual(stamp);
    expect(stampOf(written('1'), new Date(now.getTime() + 1), 0.5).id).not.toBe(stamp.id);
    expect(stampOf(written('1'), now, 0.6).id).not.toBe(stamp.id);
    expect(stampOf(written('2'), now, 0.5).id).not.toBe(stamp.id);
  });
});

describe('a further part of a change', () => {
  const LATER = { ...STAMP, time: '2030-01-01T00:05:00.000Z' };
  const OTHER = { id: 'b2', time: '2030-01-01T00:03:00.000Z' };
  const changesOf = (snapshot: Snapshot) =>
    parseHistory(snapshot.virtualServices[0] ?? expect.fail('none')).changes.map(({ change }) => change);
  const change = (snapshot: Snapshot, weight: string, stamp: typeof STAMP): Snapshot =>
    applied(snapshot, withHistory(planned(snapshot, weight), stamp, BY, []));

  test('stands next to the earlier one, which keeps its DestinationRules', () => {
    const [newest, oldest] = changesOf(change(change(PLANE, '20', STAMP), '50', LATER));
    expect([newest?.id, oldest?.id]).toEqual([STAMP.id, STAMP.id]);
    expect([newest?.undo?.rules.length, oldest?.undo?.rules.length]).toEqual([0, 1]);
  });

  test('is a change by itself where another one came in between', () => {
    const between = change(change(PLANE, '20', STAMP), '30', OTHER);
    const [newest, ...others] = changesOf(change(between, '50', LATER));
    expect(others.map(({ id }) => id)).toEqual([OTHER.id, STAMP.id]);
    expect(newest?.id).not.toBe(STAMP.id);
  });
});
