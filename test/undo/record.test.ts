import { describe, expect, test } from 'vitest';
import type { Route, VirtualService } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import { LAST_CHANGE } from '../../src/plan/last-change.ts';
import { withAnnotation } from '../../src/plan/objects.ts';
import { applyUndo } from '../../src/undo/apply.ts';
import { HISTORY, parseHistory } from '../../src/undo/format.ts';
import { stampOf, withHistory } from '../../src/undo/record.ts';
import type { RecordedChange, Undo } from '../../src/undo/types.ts';
import type { Plan, Snapshot, Write } from '../../src/plan/types.ts';
import { annotationBytes } from '../../src/istio/annotations.ts';
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
/** What each VirtualService that a plan writes remembers of it, in the order of the writes. */
const recordsOf = (one: Plan): readonly RecordedChange[] =>
  writesOf(one).flatMap(({ kind, after }) =>
    kind === 'VirtualService'
      ? parseHistory(after)
          .changes.slice(0, 1)
          .map(({ change }) => change)
      : [],
  );

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

const BY = { actor: 'octocat', repository: 'shop/api', run: 'https://github.com/shop/api/actions/runs/1' };

describe('what is kept of a change', () => {
  const records = (): readonly RecordedChange[] => recordsOf(withHistory(planned(PLANE), STAMP, BY, []));

  test('is the same on every VirtualService, but for what each of them was', () => {
    const change = {
      ...STAMP,
      summary: { operation: 'weight', subset: 'api-2', isBack: false },
      labels: { app: 'api', build: '2' },
      asked: '20 %',
      by: 'octocat',
      repository: 'shop/api',
      run: BY.run,
      wrote: ['api', 'public'],
      undo: null,
    };
    expect(records().map((record) => ({ ...record, undo: null }))).toEqual([change, change]);
  });

  test('has the DestinationRules on each that sends to their hosts', () => {
    expect(records().map(({ undo }) => undo?.rules.map(({ name }) => name))).toEqual([['api'], ['api']]);
  });

  test('names no namespace, and no other VirtualService as what it is about', () => {
    for (const { undo } of records()) expect(JSON.stringify(undo)).not.toMatch(/namespace|public/);
  });

  test('says that it was reverted, or done again, where it was', () => {
    for (const isBack of [false, true]) {
      const summary = { operation: 'promote', subset: 'v1', isBack };
      const undone = { summary, by: null, time: STAMP.time };
      const [record] = recordsOf(
        withHistory({ ...planned(PLANE), operation: 'undo', undone }, STAMP, BY, []),
      );
      expect(record?.summary).toEqual({ ...summary, isBack: !isBack });
    }
  });

  test('of several changes reverted at once is an undo by itself', () => {
    const undone = {
      summary: { operation: 'weight', subset: 'v1', isBack: false },
      by: null,
      time: STAMP.time,
      count: 3,
    };
    const [record] = recordsOf(withHistory({ ...planned(PLANE), operation: 'undo', undone }, STAMP, BY, []));
    expect(record?.summary).toEqual({ operation: 'undo', subset: null, isBack: false });
  });

  test('is nothing where no VirtualService is written', () => {
    const subsetsAlone = planned(PLANE).phases.filter(({ name }) => name === 'add-subsets');
    const one = { ...planned(PLANE), phases: subsetsAlone };
    expect(subsetsAlone).toHaveLength(1);
    expect(withHistory(one, STAMP, BY, [])).toBe(one);
  });

  test('leaves out who ran it: that is not what it did', () => {
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

describe('the history', () => {
  const change = (snapshot: Snapshot, i: number): Snapshot =>
    applied(
      snapshot,
      withHistory(planned(snapshot, String(1 + (i % 99))), { ...STAMP, id: `c${i}` }, BY, []),
    );

  test('has the newest first, at most a hundred, and stays below 64 KiB', () => {
    let snapshot = PLANE;
    for (let i = 0; i < 120; i += 1) snapshot = change(snapshot, i);
    for (const object of snapshot.virtualServices) {
      const ids = parseHistory(object).changes.map((stored) => stored.change.id);
      expect(ids).toEqual(Array.from({ length: ids.length }, (_, i) => `c${119 - i}`));
      expect(ids.length).toBeGreaterThanOrEqual(10);
      expect(object.metadata.annotations?.[HISTORY]?.length).toBeLessThanOrEqual(64 * 1024);
    }
  });

  const big = Array.from({ length: 700 }, (_, i) => ({
    match: [{ uri: { prefix: `/some/path/of/${digestLike(i)}` } }],
    route: [{ destination: { host: 'api', subset: 'v1' } }],
  }));

  test('keeps at least ten, though there is no room for what reverts the older ones', () => {
    let snapshot = snapshotOf([virtualService({ http: big })], [RULE]);
    for (let i = 0; i < 14; i += 1) {
      const words = { operation: 'headers', 'pod-selector': 'app=api,build=2', headers: `x-cid=${i}` };
      snapshot = applied(
        snapshot,
        withHistory(plan(snapshot, intentOf(words)), { ...STAMP, id: `c${i}` }, BY, []),
      );
    }
    const [object] = snapshot.virtualServices;
    const kept = object === undefined ? [] : parseHistory(object).changes;
    expect(kept.length).toBeGreaterThanOrEqual(10);
    expect(kept[0]?.change.undo).not.toBeNull();
    expect(kept.at(-1)?.change.undo).toBeNull();
    expect(object?.metadata.annotations?.[HISTORY]?.length).toBeLessThan(100 * 1024);
  });

  test('is written anew where somebody else has made it something else', () => {
    const broken = {
      ...PLANE,
      virtualServices: PLANE.virtualServices.map((object) => withAnnotation(object, HISTORY, '{"v":1}')),
    };
    expect(recordsOf(withHistory(planned(broken), STAMP, BY, [])).map(({ id }) => id)).toEqual(['a1', 'a1']);
  });
});

function digestLike(i: number): string {
  return ((i * 2654435761) % 2 ** 32).toString(36).repeat(6);
}

describe('where one object has no room', () => {
  const filled = (object: VirtualService): VirtualService =>
    withAnnotation(object, 'notes', 'x'.repeat(256 * 1024 - 800));
  const [first, ...others] = PLANE.virtualServices;
  const snapshot = { ...PLANE, virtualServices: first ? [filled(first), ...others] : [] };

  test('none keeps what reverts it', () => {
    const one = withHistory(planned(snapshot), STAMP, BY, []);
    expect(recordsOf(one).map(({ undo }) => undo)).toEqual([null, null]);
    const written = writesOf(one).filter(({ kind }) => kind === 'VirtualService');
    expect(written).toHaveLength(2);
    for (const { after } of written) expect(annotationBytes(after)).toBeLessThanOrEqual(256 * 1024);
  });

  test('a warning says so, after what is said already', () => {
    const one = planned(snapshot);
    const kept = withHistory(one, STAMP, BY, []);
    expect(kept.findings.slice(0, -1)).toEqual(one.findings);
    expect(kept.findings.at(-1)).toEqual({
      code: 'undo-too-large',
      severity: 'warning',
      message: expect.stringMatching(
        /^What `undo` would need to revert this change does not fit into VirtualService shop\/public: Kubernetes allows 262144 bytes .* The change is made without it: /,
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
