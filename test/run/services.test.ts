/** Several services in one change, as a run writes them: all are changed, or none. */
import { describe, expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import type { Outcome } from '../../src/report/types.ts';
import type { UndoPlan } from '../../src/undo/types.ts';
import { clusterOf, conflict, fails, type Cluster } from '../support/memory-store.ts';
import { linesFor, NAMES, threeServices, virtualServiceOf } from '../support/three-services.ts';

const HEADERS = { operation: 'headers', services: linesFor('pr-10'), baggage: 'preview=pr-10' };
const ROLLBACK = { operation: 'rollback', services: linesFor('pr-10') };
const PROMOTE = { operation: 'promote', services: linesFor('v2') };

const [RULES, ROUTES] = ['DestinationRule', 'VirtualService'].map((kind) =>
  NAMES.map((name) => `${kind} shop/${name}`),
) as [string[], string[]];
const [WEB, ORDERS, STOCK] = NAMES.map((name) => `VirtualService shop/${name}`) as [string, string, string];

const denied = new TrafficError('rejected', 'the webhook says no');

async function after(made: Cluster, ...steps: readonly Readonly<Record<string, string>>[]): Promise<Cluster> {
  for (const words of steps) expect((await made.run(words)).failure).toBeNull();
  made.journal.length = 0;
  return made;
}

const said = ({ failure }: Outcome): string => `${failure?.reason ?? 'done'}: ${failure?.message ?? ''}`;
const written = ({ journal }: Cluster): readonly string[] =>
  journal.filter((entry) => entry.startsWith('write ')).map((entry) => entry.slice('write '.length));

describe('the order of writes', () => {
  test('one read, one rehearsal of all, all subsets, one wait, all routes', async () => {
    const made = threeServices();
    const outcome = await made.run(HEADERS);

    expect(made.journal).toEqual([
      'read',
      ...[...RULES, ...ROUTES].map((title) => `rehearse ${title}`),
      ...RULES.map((title) => `write ${title}`),
      'sleep 5000',
      ...ROUTES.map((title) => `write ${title}`),
      'sleep 5000',
    ]);
    expect(outcome).toMatchObject({ changed: true, failure: null, subset: null });
    expect(outcome.services?.map(({ subset }) => subset)).toEqual([
      'web-pr-10',
      'orders-pr-10',
      'stock-pr-10',
    ]);
  });

  test('no subset goes before all routes have left', async () => {
    const made = await after(threeServices(), HEADERS);
    const outcome = await made.run(ROLLBACK);

    expect(written(made)).toEqual([...ROUTES, ...RULES]);
    expect(made.state()).toEqual(threeServices().state());
    expect(outcome.safeToScaleDown).toEqual(NAMES.map((name) => `app=${name},build=pr-10`).sort());
  });

  test('the same again changes nothing', async () => {
    const made = await after(threeServices(), HEADERS);
    const outcome = await made.run(HEADERS);

    expect(made.journal).toEqual(['read']);
    expect(outcome).toMatchObject({ changed: false, failure: null });
  });
});

describe('all or none', () => {
  test.for([...RULES, ...ROUTES])('the webhook refuses to try %s', async (title) => {
    const made = threeServices();
    const before = made.state();
    const outcome = await made.on(`rehearse ${title}`, fails(denied)).run(HEADERS);

    expect(said(outcome)).toBe('rejected: the webhook says no. Nothing was changed.');
    expect(written(made)).toEqual([]);
    expect(made.state()).toEqual(before);
  });

  test.for([...RULES, ...ROUTES])('the server refuses to write %s after it has tried it', async (title) => {
    const made = threeServices();
    const before = made.state();
    const outcome = await made.on(`write ${title}`, fails(denied)).run(HEADERS);

    expect(said(outcome)).toMatch(/^rejected: the webhook says no\./);
    expect(made.state()).toEqual(before);
    expect(outcome).toMatchObject({ changed: false, safeToScaleDown: [] });
  });

  test('a build without a ready pod keeps all as they are', async () => {
    const made = threeServices();
    made.pods = made.pods.map((pod) => ({ ...pod, ready: pod.name !== 'stock-pr-10' }));
    const before = made.state();
    const outcome = await made.run(HEADERS);

    expect(said(outcome)).toMatch(
      /^check-failed: The one pod with the labels app=stock,build=pr-10 is not ready/,
    );
    expect(made.state()).toEqual(before);
  });

  test('a build that is waited for is waited for once, for all', async () => {
    const made = threeServices();
    const ready = made.pods;
    made.pods = ready.map((pod) => ({ ...pod, ready: pod.name !== 'stock-pr-10' }));
    made.on('sleep 2000', () => (made.pods = ready));
    const outcome = await made.run({ ...HEADERS, 'wait-for-pods': '1m' });

    expect(outcome.failure).toBeNull();
    expect(made.journal.filter((entry) => entry === 'read')).toHaveLength(2);
  });
});

describe('somebody else writes meanwhile', () => {
  test('a conflict in the middle: planned anew, and one change in the history of each', async () => {
    const made = threeServices();
    made.on(`write ${ORDERS}`, () => {
      made.edit(virtualServiceOf('orders'), (current) => ({
        ...current,
        metadata: { ...current.metadata, annotations: { team: 'orders' } },
      }));
    });
    expect((await made.run(HEADERS)).failure).toBeNull();
    const ids = made.objects().flatMap(({ kind, metadata: { annotations = {} } }) => {
      if (kind !== 'VirtualService') return [];
      const { changes } = JSON.parse(annotations['istiops/history'] ?? '{}') as {
        changes: { id: string; wrote: string[] }[];
      };
      return changes.map(({ id, wrote }) => `${id} ${wrote.join()}`);
    });
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);

    expect((await made.run({ operation: 'undo', 'virtual-service': NAMES.join() })).failure).toBeNull();
    const state = made.state();
    expect(state[ORDERS]).toMatchObject({ annotations: { team: 'orders' } });
    expect([state[WEB], state[STOCK]]).toEqual([
      threeServices().state()[WEB],
      threeServices().state()[STOCK],
    ]);
  });

  test('one that always loses: everything goes back', async () => {
    const made = threeServices();
    const before = made.state();
    made.always(`write ${STOCK}`, fails(conflict(virtualServiceOf('stock'))));
    const outcome = await made.run(HEADERS);

    expect(said(outcome)).toMatch(/^conflict: /);
    expect(made.state()).toEqual(before);
  });
});

describe('cancelled and killed', () => {
  test.for([ORDERS, STOCK, 'DestinationRule shop/stock'])('cancelled at %s', async (title) => {
    const controller = new AbortController();
    const made = threeServices(controller.signal);
    const before = made.state();
    made.on(`write ${title}`, () => {
      controller.abort(new TrafficError('cancelled', 'The run was cancelled (SIGINT).'));
    });
    const outcome = await made.run(HEADERS);

    expect(said(outcome)).toMatch(/^cancelled: .*everything is as it was\.$/);
    expect(made.state()).toEqual(before);
  });

  /** What a run leaves that is killed at an entry of the journal, and what its step has kept. */
  const killedAt = async (
    made: Cluster,
    entry: string,
    words: Readonly<Record<string, string>>,
  ): Promise<{ readonly left: Cluster; readonly step: UndoPlan }> => {
    const gone = fails(new TrafficError('unreachable', 'The process is gone.'));
    const calls = ['read', 'read routing', ...[...RULES, ...ROUTES].map((title) => `write ${title}`)];
    let kept: UndoPlan | undefined;
    let left: ReturnType<Cluster['objects']> = [];
    let isGone = false;
    made.on(entry, () => {
      isGone = true;
      left = made.objects();
      for (const call of calls) made.always(call, gone);
      gone();
    });
    await made.run(words, {
      onWriting: (step) => {
        if (!isGone) kept = step;
      },
    });
    if (kept === undefined) throw new Error('Nothing was kept.');
    return { left: Object.assign(clusterOf(left), { pods: made.pods }), step: kept };
  };

  test.for([ORDERS, STOCK])('killed at %s: the post step takes back all that was written', async (title) => {
    const { left, step } = await killedAt(threeServices(), `write ${title}`, HEADERS);
    expect(left.state()).not.toEqual(threeServices().state());
    expect((await left.takeBack(step)).failure).toBeNull();
    expect(left.state()).toEqual(threeServices().state());
  });

  test.for([ORDERS, STOCK])('killed at %s: the same again finishes it', async (title) => {
    const { left } = await killedAt(threeServices(), `write ${title}`, PROMOTE);
    expect((await left.run(PROMOTE)).failure).toBeNull();
    const whole = await after(threeServices(), PROMOTE);
    expect(left.state()).toEqual(whole.state());
  });

  test('killed among the subsets that go: the same again removes the rest', async () => {
    const made = await after(threeServices(), HEADERS);
    const { left } = await killedAt(made, 'write DestinationRule shop/orders', ROLLBACK);
    expect((await left.run(ROLLBACK)).failure).toBeNull();
    expect(left.state()).toEqual(threeServices().state());
  });
});

describe('taken back later', () => {
  test('undo with all of them, and done again', async () => {
    const made = await after(threeServices(), HEADERS);
    const state = made.state();
    const undo = { operation: 'undo', 'label-selector': 'app in (web, orders, stock)' };
    expect((await made.run(undo)).failure).toBeNull();
    expect(made.state()).toEqual(threeServices().state());
    expect((await made.run(undo)).failure).toBeNull();
    expect(specsOf(made.state())).toEqual(specsOf(state));
  });

  test('each by itself: rollback of one build leaves the others', async () => {
    const made = await after(threeServices(), HEADERS);
    const own = { 'label-selector': 'app=orders', 'pod-selector': 'app=orders,build=pr-10' };
    expect((await made.run({ operation: 'rollback', ...own })).failure).toBeNull();
    const [now, start] = [made.state(), threeServices().state()];
    expect(now[ORDERS]).toEqual(start[ORDERS]);
    expect(now[STOCK]).not.toEqual(start[STOCK]);
  });
});

function specsOf(state: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(state).map(([title, content]) => [title, (content as { readonly spec: unknown }).spec]),
  );
}
