import { afterEach, describe, expect, test, vi } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import type { DestinationRule, Route, RouteDestination, VirtualService } from '../../src/istio/types.ts';
import type { Write } from '../../src/plan/types.ts';
import type { Outcome } from '../../src/report/types.ts';
import { API, metadata, RULE } from '../support/api-service.ts';
import { clusterOf, conflict, fails, type Cluster } from '../support/memory-store.ts';

/** Leads to the same service from outside. */
const PUBLIC: VirtualService = {
  ...API,
  metadata: { ...metadata, name: 'public' },
  spec: { ...API.spec, gateways: ['public'] },
};
const pod = (build: string, isReady = true) => ({
  name: `api-${build}`,
  namespace: 'shop',
  labels: { app: 'api', build },
  ready: isReady,
});

const READY = [pod('1'), pod('2'), pod('3')];
const SERVICE = { 'label-selector': 'app=api' };
const BUILD = { ...SERVICE, 'pod-selector': 'app=api,build=2' };
const WEIGHT = { operation: 'weight', ...BUILD, weight: '20' };
const ROLLBACK = { operation: 'rollback', ...BUILD };

const [VS, DR] = ['VirtualService shop/api', 'DestinationRule shop/api'];
const denied = new TrafficError('rejected', 'the webhook says no');

function cluster(...objects: Parameters<typeof clusterOf>[0]): Cluster {
  return Object.assign(clusterOf(objects.length > 0 ? objects : [API, RULE]), { pods: READY });
}

/** The cluster after operations, with nothing in its journal. */
async function after(made: Cluster, ...steps: readonly Readonly<Record<string, string>>[]): Promise<Cluster> {
  for (const words of steps) expect((await made.run(words)).failure).toBeNull();
  made.journal.length = 0;
  return made;
}

const subsetNames = (made: Cluster): readonly string[] =>
  (made.state()[DR] as { spec: DestinationRule['spec'] }).spec.subsets?.map(({ name }) => name) ?? [];

const failureOf = ({ failure }: Outcome): string => `${failure?.reason ?? 'none'}: ${failure?.message ?? ''}`;

const elapsed = ({ clock }: Cluster): number => clock.now().getTime();

afterEach(() => {
  vi.useRealTimers();
});

describe('phases and waits', () => {
  test('a subset is there and known before routes send to it', async () => {
    const made = cluster();
    const outcome = await made.run(WEIGHT);

    expect(made.journal).toEqual([
      'read',
      `rehearse ${DR}`,
      `rehearse ${VS}`,
      `write ${DR}`,
      'sleep 5000',
      `write ${VS}`,
      'sleep 5000',
    ]);
    expect(outcome).toMatchObject({ changed: true, failure: null });
  });

  test('a subset goes when routes have left it, and after another look', async () => {
    const made = await after(cluster(), WEIGHT);
    const outcome = await made.run(ROLLBACK);

    expect(made.journal).toEqual([
      'read',
      `rehearse ${VS}`,
      `rehearse ${DR}`,
      `write ${VS}`,
      'sleep 5000',
      'read routing',
      `write ${DR}`,
    ]);
    expect(outcome.safeToScaleDown).toEqual(['app=api,build=2']);
  });

  test('a phase with nothing to do has no wait', async () => {
    const made = await after(cluster(), WEIGHT);
    await made.run({ ...WEIGHT, weight: '50' });

    expect(made.journal).toEqual(['read', `rehearse ${VS}`, `write ${VS}`, 'sleep 5000']);
  });

  test('nothing to change: nothing but a read', async () => {
    const made = await after(cluster(), WEIGHT);
    const outcome = await made.run(WEIGHT);

    expect(made.journal).toEqual(['read']);
    expect(outcome).toMatchObject({ changed: false, failure: null, texts: [] });
  });

  test('the wait is as long as given, or none', async () => {
    const made = cluster();
    await made.run({ ...WEIGHT, 'propagation-wait': '90s' });
    await made.run({ ...ROLLBACK, 'propagation-wait': '0s' });

    expect(made.journal.filter((entry) => entry.startsWith('sleep'))).toEqual(['sleep 90000', 'sleep 90000']);
  });

  test('a dry run writes and waits for nothing, and says what would change', async () => {
    const made = await after(cluster(), WEIGHT);
    const before = made.state();
    const outcome = await made.run({ ...ROLLBACK, 'dry-run': 'true' });

    expect(made.journal).toEqual(['read', `rehearse ${VS}`, `rehearse ${DR}`]);
    expect(made.state()).toEqual(before);
    expect(outcome).toMatchObject({ changed: true, dryRun: true, safeToScaleDown: [] });
    expect(outcome.texts.map(({ label }) => label)).toEqual([VS, DR]);
  });

  test('what is known before the first write is told before it, what holds only at the end is not', async () => {
    const made = await after(cluster(), WEIGHT);
    const told: (readonly [string[], Outcome])[] = [];
    await made.run(ROLLBACK, { onPlanned: (outcome) => told.push([[...made.journal], outcome]) });

    expect(told).toHaveLength(1);
    expect(told[0]?.[0]).toEqual(['read']);
    expect(told[0]?.[1]).toMatchObject({
      subset: 'api-2',
      changed: true,
      safeToScaleDown: [],
      failure: null,
    });
  });

  test('a rehearsal that is refused leaves everything as it is', async () => {
    const made = cluster().on(`rehearse ${VS}`, fails(denied));
    const outcome = await made.run(WEIGHT);

    expect(made.journal).toEqual(['read', `rehearse ${DR}`, `rehearse ${VS}`]);
    expect(failureOf(outcome)).toBe('rejected: the webhook says no. Nothing was changed.');
    expect(outcome).toMatchObject({ changed: false, texts: [], phases: [], subset: 'api-2' });
  });
});

describe('others write the same objects', () => {
  test('what they change meanwhile is kept, and planned upon', async () => {
    const made = cluster();
    made.on(`write ${VS}`, () => {
      made.edit(API, (current) => ({
        ...current,
        spec: {
          ...current.spec,
          http: current.spec.http?.map((route) => ({ ...route, timeout: '7s' })) ?? [],
        },
      }));
    });
    const outcome = await made.run(WEIGHT);

    expect(outcome).toMatchObject({ changed: true, failure: null });
    expect(made.state()[VS]).toMatchObject({
      spec: {
        http: [
          {
            timeout: '7s',
            route: [
              { destination: { subset: 'v1' }, weight: 80 },
              { destination: { subset: 'api-2' }, weight: 20 },
            ],
          },
        ],
      },
    });
    // Written once, rehearsed once: the second time it is the same change.
    expect(made.journal.filter((entry) => /^(write|rehearse)/.test(entry))).toEqual([
      `rehearse ${DR}`,
      `rehearse ${VS}`,
      `write ${DR}`,
      `write ${VS}`,
      `write ${VS}`,
    ]);
  });

  test('one that never lets us in is given up after a minute, with nothing left behind', async () => {
    const made = cluster().always(`write ${VS}`, fails(conflict(API)));
    const before = made.state();
    const outcome = await made.run({ ...WEIGHT, 'propagation-wait': '0s' });

    expect(outcome.failure?.reason).toBe('conflict');
    expect(outcome.failure?.message).toMatch(
      /^VirtualService shop\/api was changed by somebody else meanwhile\. Tried \d+ times in a minute: .* run again\. What had been written before was undone: everything is as it was\.$/,
    );
    expect(outcome).toMatchObject({ changed: false, texts: [] });
    expect(made.state()).toEqual(before);
    expect(elapsed(made)).toBeGreaterThan(55_000);
    expect(elapsed(made)).toBeLessThanOrEqual(60_000);
  });

  test('the pauses grow, to two seconds', async () => {
    const made = cluster().always(`write ${VS}`, fails(conflict(API)));
    await made.run({ ...WEIGHT, 'propagation-wait': '0s' });

    const pauses = made.journal.flatMap((entry) => /^sleep (\d+)$/.exec(entry)?.[1] ?? []);
    expect(pauses.slice(0, 8)).toEqual(['100', '200', '400', '800', '1600', '2000', '2000', '2000']);
  });

  test('conflicts while clearing up share that minute, and the change stays', async () => {
    const made = await after(cluster(), { ...WEIGHT, 'propagation-wait': '0s' });
    const start = elapsed(made);
    made.always(`write ${DR}`, fails(conflict(RULE)));
    const outcome = await made.run({ ...ROLLBACK, 'propagation-wait': '0s' });

    expect(failureOf(outcome)).toMatch(
      /^conflict: .*\. Tried \d+ times .* The routes are changed as asked; only subsets/,
    );
    expect(outcome.failure?.message.match(/Tried/g)).toHaveLength(1);
    expect(elapsed(made) - start).toBeLessThanOrEqual(60_000);
    expect(outcome).toMatchObject({ changed: true, safeToScaleDown: [] });
    expect(outcome.texts.map(({ label }) => label)).toEqual([VS]);
  });

  test('a subset that somebody sends to during the wait stays', async () => {
    const made = await after(cluster(), WEIGHT);
    made.on('read routing', () => {
      made.edit(PUBLIC, (current) => ({
        ...current,
        spec: { hosts: ['api'], http: [{ route: [{ destination: { host: 'api', subset: 'api-2' } }] }] },
      }));
    });
    const outcome = await made.run(ROLLBACK);

    expect(subsetNames(made)).toEqual(['v1', 'api-2']);
    expect(outcome.failure).toBeNull();
    expect(outcome.findings).toMatchObject([{ code: 'subset-in-use', severity: 'notice', object: DR }]);
    expect(outcome.texts.map(({ label }) => label)).toEqual([VS]);
  });

  test('a DestinationRule that others changed during the wait keeps their changes', async () => {
    const made = await after(cluster(), WEIGHT);
    const other = { name: 'qa', labels: { app: 'api', build: 'qa' } };
    made
      .on('read routing', () => undefined)
      .on(`write ${DR}`, () => {
        made.edit(RULE, (current) => ({
          ...current,
          spec: { ...current.spec, subsets: [...(current.spec.subsets ?? []), other] },
        }));
      });
    const outcome = await made.run(ROLLBACK);

    expect(outcome.failure).toBeNull();
    expect(subsetNames(made)).toEqual(['v1', 'qa']);
  });

  test('fifty runs at the same time all make their change', async () => {
    vi.useFakeTimers({ now: 0 });
    const pause = (milliseconds: number): Promise<void> =>
      new Promise((done) => setTimeout(done, milliseconds));
    let seed = 7;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    const builds = Array.from({ length: 50 }, (_, i) => String(i + 10));
    const made = clusterOf([API, RULE], {
      clock: { now: () => new Date(), sleep: pause, random },
      tick: () => pause(5 + 20 * random()),
    });
    made.pods = builds.map((build) => pod(build));
    const ended: Outcome[][] = [];
    const all = Promise.all(
      builds.map((build) =>
        made.run({
          operation: 'headers',
          ...SERVICE,
          'pod-selector': `app=api,build=${build}`,
          headers: `x-build=${build}`,
        }),
      ),
    ).then((outcomes) => ended.push(outcomes));
    while (ended.length === 0) await vi.advanceTimersToNextTimerAsync();

    await all;
    expect(ended.flat().map(failureOf)).toEqual(builds.map(() => 'none: '));
    const { spec } = made.state()[VS] as { spec: VirtualService['spec'] };
    const names = spec.http?.map(({ name }) => name);
    expect(names?.sort()).toEqual([...builds.map((build) => `istiops-api-${build}`), 'main']);
    expect([...subsetNames(made)].sort()).toEqual([...builds.map((build) => `api-${build}`), 'v1']);
  });
});

describe('a write fails in the middle', () => {
  test('the subset that was added goes again', async () => {
    const made = cluster().on(`write ${VS}`, fails(denied));
    const before = made.state();
    const outcome = await made.run(WEIGHT);

    expect(made.state()).toEqual(before);
    expect(made.journal.slice(-2)).toEqual(['read routing', `write ${DR}`]);
    expect(failureOf(outcome)).toBe(
      'rejected: the webhook says no. What had been written before was undone: everything is as it was.',
    );
    expect(outcome).toMatchObject({ changed: false, texts: [], phases: [] });
  });

  test('routes are undone before the subset that they send to, with a wait between', async () => {
    const made = cluster(API, PUBLIC, RULE).on('write VirtualService shop/public', fails(denied));
    const before = made.state();
    const outcome = await made.run(WEIGHT);

    expect(made.journal.slice(-6)).toEqual([
      `write ${VS}`,
      'write VirtualService shop/public',
      `write ${VS}`,
      'sleep 5000',
      'read routing',
      `write ${DR}`,
    ]);
    expect(made.state()).toEqual(before);
    expect(outcome.changed).toBe(false);
  });

  test('what can not be undone is named, and reported as it is', async () => {
    const made = cluster(API, PUBLIC, RULE)
      .on('write VirtualService shop/public', fails(denied))
      .on(`write ${VS}`, () => undefined, fails(denied));
    const outcome = await made.run(WEIGHT);

    expect(failureOf(outcome)).toContain(
      'could not be undone everywhere. Still changed: VirtualService shop/api (the webhook says no). Run the same again',
    );
    // One VirtualService sends to the subset, so it stays.
    expect(subsetNames(made)).toEqual(['v1', 'api-2']);
    expect(outcome.changed).toBe(true);
    expect(outcome.texts.map(({ label }) => label)).toEqual([VS]);
    const shares = outcome.after.map(({ virtualService, destinations }) => [
      virtualService,
      destinations.map(({ share }) => share),
    ]);
    expect(shares).toEqual([
      ['public', [100]],
      ['api', [80, 20]],
    ]);
  });

  describe('and somebody else writes, too, before it is undone:', () => {
    const [MAIN] = API.spec.http ?? [];
    const edited = (change: (route: Route) => Route): Cluster => {
      const made = cluster(API, PUBLIC, RULE);
      return made.on('write VirtualService shop/public', () => {
        made.edit(API, (current) => ({
          ...current,
          spec: { ...current.spec, http: current.spec.http?.map(change) ?? [] },
        }));
        throw denied;
      });
    };

    test('what they changed elsewhere stays', async () => {
      const made = edited((route) => ({ ...route, timeout: '7s' }));
      const before = made.state();
      const outcome = await made.run(WEIGHT);

      expect(failureOf(outcome)).toBe(
        'rejected: the webhook says no. What had been written before was undone: everything is as it was.',
      );
      expect(made.state()).toEqual({
        ...before,
        [VS]: { spec: { ...API.spec, http: [{ ...MAIN, timeout: '7s' }] }, annotations: {} },
      });
      expect(outcome).toMatchObject({ changed: false, texts: [], phases: [] });
    });

    test('once more in between, and it is tried again', async () => {
      const made = edited((route) => ({ ...route, timeout: '7s' }));
      const again = (): void => {
        made.edit(API, (current) => ({ ...current, spec: { ...current.spec, gateways: ['mesh'] } }));
      };
      made.on(`write ${VS}`, () => undefined, again, again);
      await made.run(WEIGHT);

      expect(made.state()[VS]).toEqual({
        spec: { ...API.spec, gateways: ['mesh'], http: [{ ...MAIN, timeout: '7s' }] },
        annotations: {},
      });
    });

    test('what they changed of the very same is named, and stays', async () => {
      const list = [{ destination: { host: 'api', subset: 'api-2' } }];
      const made = edited((route) => ({ ...route, route: list }));
      const outcome = await made.run(WEIGHT);

      expect(failureOf(outcome)).toContain(
        'Still changed: VirtualService shop/api (the destinations of http[0] (main) of VirtualService shop/api: somebody else changed them since).',
      );
      expect(made.state()[VS]).toMatchObject({ spec: { http: [{ route: list }] } });
      expect(subsetNames(made)).toEqual(['v1', 'api-2']);
    });
  });

  test('a write whose answer is lost may have been done: its subset stays', async () => {
    const made = cluster();
    made.on(`write ${VS}`, () => {
      made.edit(API, (current) => ({
        ...current,
        spec: {
          ...current.spec,
          http: [{ name: 'main', route: [{ destination: { host: 'api', subset: 'api-2' } }] }],
        },
      }));
      throw new TrafficError('timeout', 'No answer.');
    });
    const outcome = await made.run(WEIGHT);

    expect(subsetNames(made)).toEqual(['v1', 'api-2']);
    expect(failureOf(outcome)).toBe(
      'timeout: No answer. What had been written before was undone, but for a subset that a VirtualService sends traffic to meanwhile.',
    );
  });

  test('a webhook that would write something else is found out in the rehearsal', async () => {
    const made = cluster();
    made.mutate = (object) =>
      object.kind === 'VirtualService' ? { ...object, spec: { ...object.spec, hosts: ['evil'] } } : object;
    const before = made.state();
    const outcome = await made.run(WEIGHT);

    expect(failureOf(outcome)).toMatch(
      /^rejected: The server would not store VirtualService shop\/api as it is sent: spec\.hosts\[0\] is "api" in what was sent, and "evil" in what is stored\..* Nothing was changed\.$/,
    );
    expect(made.journal.filter((entry) => entry.startsWith('write'))).toEqual([]);
    expect(made.state()).toEqual(before);
  });

  test('a webhook that changes what reverts the change is named, and nothing is reported as undone', async () => {
    const made = cluster();
    made.rehearsed = () => undefined;
    made.mutate = (object) =>
      object.kind === 'VirtualService' ? { ...object, spec: { ...object.spec, hosts: ['evil'] } } : object;
    const outcome = await made.run(WEIGHT);

    expect(failureOf(outcome)).toMatch(
      /^rejected: The server stored something else .* Still changed: VirtualService shop\/api \(/,
    );
    expect(failureOf(outcome)).not.toContain('was undone');
    expect(outcome.changed).toBe(true);
  });

  test('a webhook that drops weight 0 changes nothing: all goes on', async () => {
    const made = cluster();
    made.mutate = (object) => {
      if (object.kind !== 'VirtualService') return object;
      const drop = ({ weight, ...entry }: RouteDestination): RouteDestination =>
        weight === 0 || weight === undefined ? entry : { ...entry, weight };
      const http =
        object.spec.http?.map((route) => ({ ...route, route: (route.route ?? []).map(drop) })) ?? [];
      return { ...object, spec: { ...object.spec, http } };
    };
    const before = made.state();
    expect(await made.run({ ...WEIGHT, weight: '100' })).toMatchObject({ changed: true, failure: null });
    expect(await made.run(ROLLBACK)).toMatchObject({ changed: true, failure: null });
    expect(made.state()).toEqual(before);
  });

  test('a webhook that writes something else than in the rehearsal is found out', async () => {
    const made = cluster();
    made.rehearsed = () => undefined;
    made.mutate = (object) =>
      object.kind === 'VirtualService' && object.metadata.resourceVersion === '1'
        ? { ...object, spec: { ...object.spec, hosts: ['api', 'evil'] } }
        : object;
    const before = made.state();
    const outcome = await made.run(WEIGHT);

    expect(failureOf(outcome)).toMatch(
      /^rejected: The server stored something else than was sent for VirtualService/,
    );
    expect(made.state()).toEqual(before);
  });

  test('subsets that can not be removed are left, and the routes stay new', async () => {
    const made = await after(cluster(), WEIGHT);
    made.on(`write ${DR}`, fails(denied));
    const outcome = await made.run(ROLLBACK);

    expect(failureOf(outcome)).toContain('The routes are changed as asked; only subsets that nothing uses');
    expect(outcome).toMatchObject({ changed: true, safeToScaleDown: [] });
    expect(outcome.phases.map(({ name }) => name)).toEqual(['routes']);
    expect(outcome.texts.map(({ label }) => label)).toEqual([VS]);
    expect(outcome.after.map(({ destinations }) => destinations.map(({ share }) => share))).toEqual([[100]]);

    // As the message says.
    expect(await made.run(ROLLBACK)).toMatchObject({ changed: true, failure: null });
    expect(subsetNames(made)).toEqual(['v1']);
  });
});

describe('a killed run, or one that failed at its very end', () => {
  const PROMOTE = { operation: 'promote', ...SERVICE, 'pod-selector': 'app=api,build=1' };

  test('promote left the former subset: the same again removes it, after a wait', async () => {
    const made = await after(cluster(), { ...PROMOTE, 'pod-selector': 'app=api,build=2' });
    made.on(`write ${DR}`, fails(denied));
    const outcome = await made.run(PROMOTE);
    expect(failureOf(outcome)).toContain('Run `clear`, or the same again, to remove them.');
    expect(subsetNames(made)).toEqual(['v1', 'api-2']);

    made.journal.length = 0;
    expect(await made.run(PROMOTE)).toMatchObject({ changed: true, failure: null });
    expect(subsetNames(made)).toEqual(['v1']);
    // Its routes may have left the subset a moment ago.
    expect(made.journal).toEqual(['read', `rehearse ${DR}`, 'sleep 5000', 'read routing', `write ${DR}`]);
  });

  test('a subset that another run has just made stays, for a promote', async () => {
    const made = cluster();
    made.edit(RULE, (rule) => ({
      ...rule,
      metadata: { ...rule.metadata, annotations: { 'istiops/subsets': 'api-9' } },
      spec: {
        ...rule.spec,
        subsets: [...(rule.spec.subsets ?? []), { name: 'api-9', labels: { build: '9' } }],
      },
    }));
    await made.run({ ...PROMOTE, 'pod-selector': 'app=api,build=2' });

    expect(subsetNames(made)).toEqual(['v1', 'api-9', 'api-2']);
  });
});

test('a gateway repeats the write of a DestinationRule: its subset is waited for all the same', async () => {
  const made = cluster();
  made.on(`write ${DR}`, () => {
    made.edit(RULE, (rule) => ({
      ...rule,
      metadata: { ...rule.metadata, annotations: { 'istiops/subsets': 'api-2' } },
      spec: {
        ...rule.spec,
        subsets: [...(rule.spec.subsets ?? []), { name: 'api-2', labels: { app: 'api', build: '2' } }],
      },
    }));
  });
  const outcome = await made.run(WEIGHT);

  expect(outcome).toMatchObject({ changed: true, failure: null });
  expect(made.journal.slice(3)).toEqual([
    `write ${DR}`,
    'sleep 100',
    'read',
    'sleep 5000',
    `write ${VS}`,
    'sleep 5000',
  ]);
});

describe('no answer to a write', () => {
  const silence = new TrafficError('timeout', 'No answer.', { mayHaveBeenWritten: true });
  const carriedOut = (made: Cluster): void => {
    made.edit(API, (current) => ({
      ...current,
      spec: {
        ...current.spec,
        http: [
          {
            name: 'main',
            route: [
              { destination: { host: 'api', subset: 'v1' }, weight: 80 },
              { destination: { host: 'api', subset: 'api-2' }, weight: 20 },
            ],
          },
        ],
      },
    }));
  };
  const silent = (isCarriedOut: boolean): Cluster => {
    const made = cluster();
    return made.on(`write ${VS}`, () => {
      if (isCarriedOut) carriedOut(made);
      throw silence;
    });
  };

  test.each([true, false])(
    'carried out: %s; a look finds it out, and all is undone',
    async (isCarriedOut) => {
      const made = silent(isCarriedOut);
      const before = made.state();
      const outcome = await made.run(WEIGHT);

      expect(failureOf(outcome)).toBe(
        'timeout: No answer. What had been written before was undone: everything is as it was.',
      );
      expect(made.state()).toEqual(before);
      expect(outcome.changed).toBe(false);
    },
  );

  test("the look fails, too: the report doesn't say that nothing was changed", async () => {
    const made = silent(true).always('read routing', fails(denied));
    const outcome = await made.run(WEIGHT);

    expect(failureOf(outcome)).toContain(
      `Still changed: ${VS} (perhaps: no answer that can be used came to the write`,
    );
    expect(failureOf(outcome)).not.toContain('Nothing was changed');
    expect(outcome.changed).toBe(true);
  });
});

describe('no answer to a write, and somebody else on top of it', () => {
  const silence = new TrafficError('timeout', 'No answer.', { mayHaveBeenWritten: true });
  /** What this run sent is stored, then `change` is made, then the answer is lost. */
  async function lost(
    change: (current: VirtualService) => VirtualService,
  ): Promise<{ made: Cluster; outcome: Outcome }> {
    const made = cluster();
    const { store } = made;
    const write = store.write.bind(store);
    let isLost = false;
    Object.assign(store, {
      write: async (one: Write) => {
        const stored = await write(one);
        if (isLost || one.kind !== 'VirtualService') return stored;
        isLost = true;
        made.edit(API, change);
        throw silence;
      },
    });
    return { made, outcome: await made.run(WEIGHT) };
  }

  test('only what istiops changed is reverted', async () => {
    const { made, outcome } = await lost((current) => ({
      ...current,
      spec: { ...current.spec, hosts: ['api', 'api.shop.io'] },
    }));
    expect(failureOf(outcome)).toMatch(/^timeout: No answer\. What had been written before was undone/);
    expect(made.state()[VS]).toEqual({
      spec: { ...API.spec, hosts: ['api', 'api.shop.io'] },
      annotations: {},
    });
    expect(subsetNames(made)).toEqual(['v1']);
  });

  test("another run's signature: nobody can tell, and the report says so", async () => {
    const { outcome } = await lost((current) => ({
      ...current,
      metadata: {
        ...current.metadata,
        annotations: { ...current.metadata.annotations, 'istiops/last-change': '{"operation":"headers"}' },
      },
    }));
    expect(failureOf(outcome)).toMatch(
      /^timeout: No answer\. .*Still changed: VirtualService shop\/api \(perhaps: /,
    );
    expect(outcome.changed).toBe(true);
  });

  test('all of it replaced: nothing is left to take back', async () => {
    const { made, outcome } = await lost(() => ({ ...API, spec: { ...API.spec, hosts: ['other'] } }));
    expect(failureOf(outcome)).toMatch(/^timeout: No answer\. What had been written before was undone/);
    expect(made.state()[VS]).toEqual({ spec: { ...API.spec, hosts: ['other'] }, annotations: {} });
  });
});

describe('wait-for-pods', () => {
  const WAITING = { ...WEIGHT, 'wait-for-pods': '5s', 'propagation-wait': '0s' };

  test('goes on as soon as one is ready', async () => {
    const made = cluster();
    made.pods = [pod('1'), pod('2', false)];
    made.on(
      'read',
      () => undefined,
      () => undefined,
      () => (made.pods = READY),
    );
    const outcome = await made.run(WAITING);

    expect(outcome).toMatchObject({ changed: true, failure: null });
    expect(made.journal.slice(0, 5)).toEqual(['read', 'sleep 2000', 'read', 'sleep 2000', 'read']);
  });

  test('is a timeout when the time is up, not later', async () => {
    const made = cluster();
    made.pods = [pod('1')];
    const outcome = await made.run(WAITING);

    expect(made.journal).toEqual(['read', 'sleep 2000', 'read', 'sleep 2000', 'read', 'sleep 1000', 'read']);
    expect(failureOf(outcome)).toMatch(/^timeout: Waited 5 s for a ready pod\. .* Nothing was changed\.$/);
  });

  test('what no pod would mend is refused at once', async () => {
    const canary = { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name: 'api', uid: '1' };
    const made = cluster({ ...API, metadata: { ...metadata, ownerReferences: [canary] } }, RULE);
    made.pods = [pod('1')];
    const outcome = await made.run(WAITING);

    expect(made.journal).toEqual(['read']);
    expect(outcome.failure?.reason).toBe('check-failed');
  });

  test('without it, no ready pod is refused at once', async () => {
    const made = cluster();
    made.pods = [pod('1')];
    const outcome = await made.run(WEIGHT);

    expect(made.journal).toEqual(['read']);
    expect(outcome.failure?.reason).toBe('check-failed');
    expect(outcome.findings).toMatchObject([{ code: 'no-ready-pod', severity: 'error' }]);
  });

  test('force goes on with a warning, when the wait is over', async () => {
    const made = cluster();
    made.pods = [pod('1')];
    const outcome = await made.run({ ...WAITING, force: 'true' });

    expect(made.journal.filter((step) => step.startsWith('sleep'))).toEqual([
      'sleep 2000',
      'sleep 2000',
      'sleep 1000',
    ]);
    expect(outcome).toMatchObject({ changed: true, failure: null });
    expect(outcome.findings).toMatchObject([{ code: 'no-ready-pod', severity: 'warning' }]);
  });
});
