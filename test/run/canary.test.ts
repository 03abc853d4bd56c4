import { describe, expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import { CANARY as NOTE } from '../../src/plan/canary-state.ts';
import { destinationsOf } from '../../src/istio/routes.ts';
import type { VirtualService } from '../../src/istio/types.ts';
import type { UndoPlan } from '../../src/undo/types.ts';
import { API, RULE } from '../support/api-service.ts';
import { BUILD, CANARY, canaryCluster, podOf, sharesOf, type CanaryCluster } from '../support/canary.ts';
import { fails } from '../support/memory-store.ts';

const VS = 'VirtualService shop/api';

function noteOf(cluster: CanaryCluster): Record<string, unknown> | null {
  const api = cluster.objects().find((one): one is VirtualService => one.kind === 'VirtualService');
  const text = api?.metadata.annotations?.[NOTE];
  return text === undefined ? null : (JSON.parse(text) as Record<string, unknown>);
}

const writes = (cluster: CanaryCluster): number =>
  cluster.journal.filter((entry) => entry.startsWith('write ')).length;

describe('a healthy build', () => {
  test('goes through all stages and is promoted', async () => {
    const cluster = canaryCluster();
    const outcome = await cluster.run(CANARY);
    expect(outcome.failure).toBeNull();
    expect(outcome).toMatchObject({ operation: 'canary', changed: true });
    expect(outcome.canary).toMatchObject({ end: 'promoted', stage: 3 });
    expect(outcome.canary?.stages.map(({ state }) => state)).toEqual(['over', 'over', 'over']);
    expect(sharesOf(cluster)).toEqual({ 2: 1 });
    expect(noteOf(cluster)).toBeNull();
    expect(cluster.log).toMatchSnapshot();
  });

  test('keeps the share of the last stage where that is asked', async () => {
    const cluster = canaryCluster();
    const outcome = await cluster.run({ ...CANARY, steps: '10%:1m, 50%:1m', finish: 'keep' });
    expect(outcome.failure).toBeNull();
    expect(outcome.canary?.end).toBe('kept');
    expect(sharesOf(cluster)).toEqual({ 1: 0.5, 2: 0.5 });
    expect(noteOf(cluster)).toBeNull();
  });

  test('is noted on the VirtualService while it is watched', async () => {
    const cluster = canaryCluster();
    const seen: (Record<string, unknown> | null)[] = [];
    cluster.always('read pods', () => seen.push(noteOf(cluster)));
    await cluster.run(CANARY);
    expect(seen.filter((one) => one !== null).map(({ stage }) => stage)).toEqual(
      expect.arrayContaining([1, 2, 3]),
    );
    expect(seen.findLast((one) => one !== null)).toMatchObject({
      v: 1,
      labels: { app: 'api', build: '2' },
      steps: '10%:1m, 50%:2m, 100%:1m',
      stages: 3,
      run: 'ada',
    });
  });

  test('costs two reads and one query a look, and no more memory the longer it is watched', async () => {
    const cluster = canaryCluster({ rate: 1 });
    const outcome = await cluster.run({ ...CANARY, steps: '10%:10h', finish: 'keep' });
    const [stage] = outcome.canary?.stages ?? [];
    expect(stage?.looks).toBe(3_600);
    expect(stage?.points.length).toBeLessThanOrEqual(40);
    const count = (entry: string): number => cluster.journal.filter((one) => one === entry).length;
    expect(count('read routing')).toBe(3_600);
    expect(count('read pods')).toBeLessThan(3_620);
    expect(cluster.asked.length).toBeLessThan(3_640);
  });

  test('is one change for undo', async () => {
    const cluster = canaryCluster();
    const before = cluster.state();
    await cluster.run(CANARY);
    const outcome = await cluster.run({ operation: 'undo', 'label-selector': 'app=api' });
    expect(outcome.failure).toBeNull();
    expect(cluster.state()).toEqual(before);
  });

  test('that has every request already is nothing to do', async () => {
    const cluster = canaryCluster();
    await cluster.run({ operation: 'promote', ...BUILD });
    const before = writes(cluster);
    const outcome = await cluster.run(CANARY);
    expect(outcome).toMatchObject({ failure: null, changed: false, canary: { end: 'nothing' } });
    expect(writes(cluster)).toBe(before);
  });
});

describe('a bad build is taken back, and all is as it was', () => {
  const bad: Readonly<Record<string, Parameters<typeof canaryCluster>[0]>> = {
    'one that fails': { failures: 0.2 },
    'one that is slow': { slow: 0.5 },
    'one that no request reaches': { shadowed: true },
  };

  test.for(Object.entries(bad))('%s', async ([name, options]) => {
    const cluster = canaryCluster(options);
    const before = cluster.state();
    const outcome = await cluster.run({ ...CANARY, gates: 'errors\nslower than 400ms' });
    expect(outcome.failure?.reason).toBe('check-failed');
    expect(outcome).toMatchObject({ changed: false, canary: { end: 'taken-back', verdict: 'bad' } });
    expect(cluster.state()).toEqual(before);
    expect(`${name}: ${outcome.failure?.message ?? ''}`).toMatchSnapshot();
  });

  test('one that restarts', async () => {
    const cluster = canaryCluster();
    const before = cluster.state();
    let looks = 0;
    cluster.always('read pods', () => {
      if (noteOf(cluster) !== null) looks += 1;
      if (looks === 3) cluster.pods = [podOf('1'), podOf('2', { restarts: 1 })];
    });
    const outcome = await cluster.run(CANARY);
    expect(outcome.failure?.message).toContain('api-2 restarted once');
    expect(cluster.state()).toEqual(before);
  });
});

describe('cancelled', () => {
  test.for([1, 2, 3])('in stage %i, all is as it was', async (stage) => {
    const cluster = canaryCluster();
    const before = cluster.state();
    cluster.always('read pods', () => {
      if (noteOf(cluster)?.['stage'] === stage) cluster.cancel();
    });
    const outcome = await cluster.run(CANARY);
    expect(outcome.failure?.reason).toBe('cancelled');
    expect(outcome.canary?.end).toBe('taken-back');
    expect(cluster.state()).toEqual(before);
  });

  test('before the first write, nothing is written', async () => {
    const cluster = canaryCluster();
    cluster.on('read', () => {
      cluster.cancel();
    });
    const outcome = await cluster.run(CANARY);
    expect(outcome.failure?.reason).toBe('cancelled');
    expect(writes(cluster)).toBe(0);
  });
});

describe('a run that was lost', () => {
  test('goes on at its stage, and is one change for undo', async () => {
    const cluster = canaryCluster();
    const before = cluster.state();
    await killedIn(2, cluster);
    expect(sharesOf(cluster)).toEqual({ 1: 0.5, 2: 0.5 });
    const outcome = await cluster.run(CANARY);
    expect(outcome.failure).toBeNull();
    expect(outcome.canary).toMatchObject({ end: 'promoted', resumedAt: 2 });
    expect(outcome.canary?.stages.map(({ looks }) => looks > 0)).toEqual([false, true, true]);
    const undone = await cluster.run({ operation: 'undo', 'label-selector': 'app=api' });
    expect(undone.failure).toBeNull();
    expect(cluster.state()).toEqual(before);
  });

  test('starts again where somebody has taken the build out by hand meanwhile', async () => {
    const cluster = canaryCluster();
    await killedIn(2, cluster);
    cluster.edit(API, withWeights(100, 0));
    const outcome = await cluster.run(CANARY);
    expect(outcome.failure).toBeNull();
    expect(outcome.canary).toMatchObject({ end: 'promoted', resumedAt: 1 });
    expect(outcome.canary?.stages.map(({ state }) => state)).toEqual(['over', 'over', 'over']);
  });

  test('is taken back whole where the build is bad after all', async () => {
    const cluster = canaryCluster({ failures: 0.3 });
    const before = cluster.state();
    await killedIn(1, cluster);
    const outcome = await cluster.run(CANARY);
    expect(outcome).toMatchObject({ failure: { reason: 'check-failed' }, canary: { end: 'taken-back' } });
    expect(cluster.state()).toEqual(before);
  });

  test.for<[string, (cluster: CanaryCluster) => void]>([
    ['the build has no ready pod any more', (cluster) => (cluster.pods = [podOf('1')])],
    [
      'it is cancelled before it goes on',
      (cluster) =>
        cluster.on('rehearse VirtualService shop/api', () => undefined).on('read pods', cluster.cancel),
    ],
  ])('is taken back where nobody can watch it: %s', async ([, spoil]) => {
    const cluster = canaryCluster();
    const before = cluster.state();
    await killedIn(2, cluster);
    spoil(cluster);
    const outcome = await cluster.run(CANARY);
    expect(outcome.failure).not.toBeNull();
    expect(outcome).toMatchObject({ changed: false, canary: { end: 'taken-back' } });
    expect(cluster.state()).toEqual(before);
  });

  test('is taken back where its requests are not counted any more', async () => {
    let isAway = false;
    const cluster = canaryCluster({
      answer: () => (isAway ? { kind: 'none', reason: 'not-found', why: 'it is gone' } : undefined),
    });
    const before = cluster.state();
    await killedIn(2, cluster);
    isAway = true;
    const outcome = await cluster.run(CANARY);
    expect(outcome).toMatchObject({ failure: { reason: 'not-found' }, canary: { end: 'taken-back' } });
    expect(cluster.state()).toEqual(before);
  });

  test('refuses the canary of another build, and lets it go on by force', async () => {
    const cluster = canaryCluster();
    await killedIn(1, cluster);
    cluster.pods = [...cluster.pods, podOf('3')];
    const other = { ...CANARY, 'pod-selector': 'app=api,build=3' };
    const refused = await cluster.run(other);
    expect(refused.failure).toMatchSnapshot();
    expect(refused.failure?.reason).toBe('conflict');
    expect(noteOf(cluster)).toMatchObject({ labels: { build: '2' } });
    const forced = await cluster.run({ ...other, force: 'true', metrics: '', gates: '' });
    expect(forced).toMatchObject({ failure: null, canary: { end: 'promoted' } });
    expect(destinationsIn(cluster)).toEqual(['api-3']);
    expect(noteOf(cluster)).toBeNull();
  });
});

/** Runs a canary that is gone in this stage, as after SIGKILL: nothing is taken back. */
async function killedIn(stage: number, cluster: CanaryCluster): Promise<void> {
  const never = new Promise<never>(() => undefined);
  let reached: () => void = () => undefined;
  const there = new Promise<void>((resolve) => (reached = resolve));
  const { pods } = cluster.store;
  Object.assign(cluster.store, {
    pods: () => {
      if (noteOf(cluster)?.['stage'] !== stage) return pods?.();
      reached();
      return never;
    },
  });
  void cluster.run(CANARY);
  await there;
  Object.assign(cluster.store, { pods });
}

const withWeights =
  (...weights: readonly number[]) =>
  (api: VirtualService): VirtualService => ({
    ...api,
    spec: {
      ...api.spec,
      http: (api.spec.http ?? []).map((route) => ({
        ...route,
        route: destinationsOf(route).map((one, index) => ({ ...one, weight: weights[index] ?? 0 })),
      })),
    },
  });

describe('somebody else', () => {
  test('who rolls the build back ends the canary, and nothing is written after that', async () => {
    const cluster = canaryCluster();
    const before = cluster.state();
    let looks = 0;
    cluster.always('read routing', () => {
      looks += 1;
      if (looks !== 3) return;
      cluster.edit(API, () => API);
    });
    const outcome = await cluster.run(CANARY);
    expect(outcome.failure?.reason).toBe('conflict');
    expect(outcome.canary?.end).toBe('left');
    expect(cluster.state()[VS]).toEqual(before[VS]);
  });

  /** Lets something happen at the third look of a stage; null: of the last one of `finish: keep`, which leaves no note. */
  function atLook(cluster: CanaryCluster, stage: number | null, what: () => void): void {
    let looks = 0;
    cluster.always('read routing', () => {
      const isThere = (noteOf(cluster)?.['stage'] ?? null) === stage;
      looks = isThere ? looks + 1 : 0;
      if (looks === 3) what();
    });
  }
  test.for([
    ['takes the build out', [100, 0]],
    ['gives it everything', [0, 100]],
    ['gives it a little more', [49, 51]],
  ] as const)('who %s by hand ends the canary', async ([, weights]) => {
    const cluster = canaryCluster();
    atLook(cluster, 2, () => {
      cluster.edit(API, withWeights(...weights));
    });
    const outcome = await cluster.run(CANARY);
    expect(outcome.failure?.reason).toBe('conflict');
    expect(outcome.failure?.message).toContain(`${VS} gives api-2 other shares than this run wrote`);
    expect(outcome.canary).toMatchObject({ end: 'left', stage: 2 });
    expect(sharesOf(cluster)).toEqual({ 1: weights[0] / 100, 2: weights[1] / 100 });
  });

  test.for([1, 2, 3])(
    'who takes the build out after the last look of stage %i ends the canary, too',
    async (stage) => {
      const cluster = canaryCluster();
      let edits = 0;
      cluster.always('read', () => {
        if (noteOf(cluster)?.['stage'] !== stage) return;
        edits += 1;
        cluster.edit(API, withWeights(100, 0));
      });
      const outcome = await cluster.run(CANARY);
      expect(edits).toBe(1);
      expect(outcome.failure?.reason).toBe('conflict');
      expect(outcome.failure?.message).toMatch(
        new RegExp(
          `^Somebody else has ended this canary in stage ${stage} of 3 .* Nothing more was changed\\.`,
        ),
      );
      expect(outcome.canary?.end).toBe('left');
      expect(sharesOf(cluster)).toEqual({ 1: 1, 2: 0 });
    },
  );

  test('who rolls the build back in a last stage that is to be kept: nobody says that it keeps its share', async () => {
    const cluster = canaryCluster();
    atLook(cluster, null, () => {
      cluster.edit(API, () => API);
    });
    const outcome = await cluster.run({ ...CANARY, steps: '10%:1m, 50%:1m', finish: 'keep' });
    expect(outcome).toMatchObject({ failure: { reason: 'conflict' }, canary: { end: 'left' } });
    expect(outcome.findings.map(({ code }) => code)).not.toContain('canary-kept');
  });

  test('who deletes the VirtualService ends the canary', async () => {
    const cluster = canaryCluster();
    atLook(cluster, 2, () => {
      cluster.remove(API);
    });
    const outcome = await cluster.run(CANARY);
    expect(outcome.failure?.message).toContain(`${VS} is gone. Nothing more was changed.`);
  });

  test('who removes the subset, whose requests would get 503, has the build taken back', async () => {
    const cluster = canaryCluster();
    const before = cluster.state();
    atLook(cluster, 2, () => {
      cluster.edit(RULE, ({ spec: { subsets = [], ...spec }, ...rule }) => ({
        ...rule,
        spec: { ...spec, subsets: subsets.filter(({ name }) => name !== 'api-2') },
      }));
    });
    const outcome = await cluster.run(CANARY);
    expect(outcome.failure?.message).toContain('Somebody else has removed the subset api-2 in stage 2 of 3');
    expect(outcome.canary?.end).toBe('taken-back');
    expect(cluster.state()[VS]).toEqual(before[VS]);
  });

  test('who adds routes, or writes the same shares otherwise, does not end it', async () => {
    const cluster = canaryCluster();
    atLook(cluster, 2, () => {
      cluster.edit(API, (api) => {
        const [main] = withWeights(3, 3)(api).spec.http ?? [];
        const qa = { ...main, match: [{ headers: { 'x-qa': { exact: 'yes' } } }] };
        return { ...api, spec: { ...api.spec, http: [qa, ...(withWeights(3, 3)(api).spec.http ?? [])] } };
      });
    });
    const outcome = await cluster.run({ ...CANARY, routes: 'main' });
    expect(outcome).toMatchObject({ failure: null, canary: { end: 'promoted' } });
  });

  test('whose build gets a share by istiops does not end it', async () => {
    const cluster = canaryCluster();
    let other: Promise<unknown> | undefined;
    atLook(cluster, 2, () => {
      cluster.pods = [...cluster.pods, podOf('3')];
      other = cluster.run({
        operation: 'weight',
        'label-selector': 'app=api',
        'pod-selector': 'app=api,build=3',
        weight: '20',
        'propagation-wait': '0s',
      });
    });
    const outcome = await cluster.run(CANARY);
    expect(await other).toMatchObject({ failure: null });
    expect(outcome).toMatchObject({ failure: null, canary: { end: 'promoted' } });
  });
});

describe('before the first write', () => {
  test.for([
    ['too long', { ...CANARY, steps: '10%:3h, 100%:3h' }, { timeLimit: 19_800_000 }],
    ['no metrics', CANARY, { answer: () => ({ kind: 'samples', samples: [], warnings: [] }) as const }],
    [
      'no Prometheus',
      CANARY,
      {
        answer: () =>
          ({ kind: 'none', reason: 'unreachable', why: 'https://prometheus.test: nobody answers.' }) as const,
      },
    ],
    ['no request of the stable build', CANARY, { rate: 0 }],
  ] as const)('is refused: %s', async ([, words, options]) => {
    const cluster = canaryCluster(options);
    const before = cluster.state();
    const outcome = await cluster.run(words);
    expect(outcome.failure).toMatchSnapshot();
    expect(writes(cluster)).toBe(0);
    expect(cluster.state()).toEqual(before);
  });

  test('a trial writes nothing, and asks for the metrics', async () => {
    const cluster = canaryCluster();
    const outcome = await cluster.run({ ...CANARY, 'dry-run': 'true' });
    expect(outcome).toMatchObject({ failure: null, changed: true, dryRun: true, canary: { end: 'nothing' } });
    expect(writes(cluster)).toBe(0);
    expect(cluster.asked.length).toBeGreaterThan(0);
  });
});

describe('too few requests', () => {
  test('go on by default', async () => {
    const cluster = canaryCluster({ rate: 1 });
    const outcome = await cluster.run(CANARY);
    expect(outcome).toMatchObject({ failure: null, canary: { end: 'promoted', verdict: 'unclear' } });
  });

  test('are taken back where that is asked', async () => {
    const cluster = canaryCluster({ rate: 1 });
    const before = cluster.state();
    const outcome = await cluster.run({ ...CANARY, 'on-unclear': 'rollback' });
    expect(outcome.failure?.message).toMatchSnapshot();
    expect(cluster.state()).toEqual(before);
  });
});

describe('two begin at the same moment', () => {
  test.for(['2', '3'])('the one that comes second, of build %s, has changed nothing', async (build) => {
    const cluster = canaryCluster();
    cluster.pods = [podOf('1'), podOf('2'), podOf('3')];
    let asked = 0;
    Object.assign(cluster.clock, { random: () => ((asked += 1) % 10) / 10 });
    const kept: UndoPlan[] = [];
    const [first, second] = await Promise.all([
      cluster.run(CANARY),
      cluster.run(
        { ...CANARY, 'pod-selector': `app=api,build=${build}` },
        { onWriting: (step) => void kept.push(step) },
      ),
    ]);
    expect(first).toMatchObject({ failure: null, canary: { end: 'promoted' } });
    expect(second).toMatchObject({
      changed: false,
      failure: { reason: 'check-failed' },
      canary: { end: 'nothing' },
    });
    expect(second.failure?.message).toMatch(
      /^VirtualService shop\/api has an unfinished canary of app=api,build=2: stage 1 of 3 .* Nothing was changed\.$/,
    );
    expect(sharesOf(cluster)).toEqual({ 2: 1 });
    // What the post step would take back is nothing, though this run was about to write.
    expect(kept.length).toBeGreaterThan(1);
    expect(kept.at(-1)?.undo).toEqual({ virtualServices: [], destinationRules: [] });
  });
});

test('a stage that can not be written takes everything back', async () => {
  const cluster = canaryCluster();
  const before = cluster.state();
  cluster.on(`write ${VS}`, () => undefined, fails(new TrafficError('rejected', 'The webhook says no.')));
  const outcome = await cluster.run(CANARY);
  expect(outcome).toMatchObject({ failure: { reason: 'rejected' }, changed: false });
  expect(cluster.state()).toEqual(before);
});

describe.for([3_600_000, -3_600_000])('a clock that is set by %i ms', (jump) => {
  /** @param isSet asked at each look at the clock: is it set by now? */
  const withJump = (cluster: CanaryCluster, isSet: () => boolean): void => {
    const own = { ...cluster.clock };
    const now = (): Date => own.now();
    Object.assign(cluster.clock, {
      elapsed: () => now().getTime(),
      now: () => new Date(now().getTime() + (isSet() ? jump : 0)),
    });
  };

  test('makes no stage shorter or longer', async () => {
    const cluster = canaryCluster();
    let looks = 0;
    withJump(cluster, () => looks >= 3);
    cluster.always('read routing', () => {
      looks += noteOf(cluster)?.['stage'] === 2 ? 1 : 0;
    });
    const { canary } = await cluster.run(CANARY);
    expect(canary?.stages.map(({ watched, looks: seen }) => [watched, seen])).toEqual([
      [60_000, 6],
      [120_000, 12],
      [60_000, 6],
    ]);
  });

  test('is not the time that taking back took', async () => {
    const cluster = canaryCluster({ failures: 0.2 });
    let isSet = false;
    withJump(cluster, () => isSet);
    cluster.always(`write ${VS}`, () => {
      isSet = cluster.log.includes('Taking back what this canary did');
    });
    const { failure } = await cluster.run(CANARY);
    expect(isSet).toBe(true);
    expect(failure?.message).toContain('Taken back in 5.0 s: everything is as it was.');
  });
});

test('an API server that is away for some looks is waited for', async () => {
  const cluster = canaryCluster();
  const away = fails(new TrafficError('unreachable', 'The API server is away.'));
  cluster.on('read routing', () => undefined, away, away);
  const outcome = await cluster.run(CANARY);
  expect(outcome.failure).toBeNull();
  expect(cluster.log.filter((line) => line.includes('no look'))).toHaveLength(2);
});

describe('a canary that nobody watches any more', () => {
  const OVERDUE = 20 * 60_000;

  test('is named by show, and only then', async () => {
    const cluster = canaryCluster();
    await killedIn(2, cluster);
    const early = await cluster.run({ operation: 'show', 'label-selector': 'app=api' });
    expect(early.findings.map(({ code }) => code)).toEqual(['canary']);
    await cluster.clock.sleep(OVERDUE);
    const late = await cluster.run({ operation: 'show', 'label-selector': 'app=api' });
    expect(late.findings).toMatchSnapshot();
  });

  test.for([{ operation: 'clear', mode: 'stale' }, { operation: 'prune' }])(
    'is taken back by $operation, and not before',
    async (words) => {
      const cluster = canaryCluster();
      const before = cluster.state();
      await killedIn(2, cluster);
      const sweep = { ...words, 'label-selector': 'app=api' };
      expect(await cluster.run(sweep)).toMatchObject({ failure: null, changed: false });
      await cluster.clock.sleep(OVERDUE);
      const outcome = await cluster.run(sweep);
      expect(outcome.failure).toBeNull();
      expect(outcome.findings.map(({ code }) => code)).toContain('canary-overdue');
      expect(cluster.state()).toEqual(before);
    },
  );
});

test.for([
  { operation: 'weight', weight: '5', ...BUILD },
  { operation: 'promote', ...BUILD },
  { operation: 'rollback', ...BUILD },
  { operation: 'clear', 'label-selector': 'app=api' },
  { operation: 'undo', 'label-selector': 'app=api' },
])('$operation of the build ends its canary', async (words) => {
  const cluster = canaryCluster();
  await killedIn(2, cluster);
  expect(noteOf(cluster)).not.toBeNull();
  expect((await cluster.run(words)).failure).toBeNull();
  expect(noteOf(cluster)).toBeNull();
});

test('a weight of another build leaves the canary its note', async () => {
  const cluster = canaryCluster();
  await killedIn(2, cluster);
  cluster.pods = [...cluster.pods, podOf('3')];
  const outcome = await cluster.run({
    operation: 'weight',
    'label-selector': 'app=api',
    'pod-selector': 'app=api,build=3',
    weight: '5',
  });
  expect(outcome.failure).toBeNull();
  expect(noteOf(cluster)).toMatchObject({ stage: 2 });
});

describe('the way back', () => {
  test('leaves what others did for their builds meanwhile', async () => {
    const cluster = canaryCluster({ failures: (share) => (share > 0.3 ? 0.3 : 0.005) });
    cluster.pods = [...cluster.pods, podOf('3')];
    let isDone = false;
    cluster.always('read pods', () => {
      if (isDone || noteOf(cluster)?.['stage'] !== 1) return;
      isDone = true;
      const other = { operation: 'weight', 'label-selector': 'app=api', 'pod-selector': 'app=api,build=3' };
      // Beside it, as another pipeline would.
      others = cluster.run({ ...other, weight: '5', 'propagation-wait': '0s' });
    });
    let others: ReturnType<CanaryCluster['run']> | undefined;
    const outcome = await cluster.run(CANARY);
    expect((await others)?.failure).toBeNull();
    expect(outcome.failure?.reason).toBe('check-failed');
    const subsets = destinationsIn(cluster);
    expect(subsets).toContain('api-3');
    expect(subsets).not.toContain('api-2');
    expect(noteOf(cluster)).toBeNull();
  });

  test('is a rollback where nobody recorded what was there before', async () => {
    const cluster = canaryCluster({ failures: 0.3 });
    const before = cluster.state();
    await killedIn(1, cluster);
    cluster.edit(API, (api) => {
      const { 'istiops/history': _, ...annotations } = api.metadata.annotations ?? {};
      return { ...api, metadata: { ...api.metadata, annotations } };
    });
    const outcome = await cluster.run(CANARY);
    expect(outcome.failure?.message).toContain('Rolled back app=api,build=2 in');
    expect(cluster.state()).toEqual(before);
  });

  test('that fails says so, and what is left', async () => {
    const cluster = canaryCluster({ failures: 0.3 });
    cluster.on(`write ${VS}`, () => {
      cluster.always(`write ${VS}`, fails(new TrafficError('rejected', 'The webhook says no.')));
    });
    const kept: UndoPlan[] = [];
    const outcome = await cluster.run(CANARY, { onWriting: (step) => kept.push(step) });
    expect(outcome).toMatchObject({
      changed: true,
      canary: { end: 'left' },
      failure: { reason: 'check-failed' },
    });
    expect(outcome.failure?.message).toContain('What the canary did was not taken back: ');
    // So that the post step can try again.
    expect(kept.at(-1)?.undo.virtualServices).not.toEqual([]);
  });

  test.for(['promote', 'keep'])(
    'of a canary that is done (%s) is kept for later steps that fail',
    async (finish) => {
      const cluster = canaryCluster();
      const before = cluster.state();
      const kept: UndoPlan[] = [];
      const words = { ...CANARY, finish, 'on-failure': 'rollback' };
      expect((await cluster.run(words, { onWriting: (step) => kept.push(step) })).failure).toBeNull();
      const step = kept.at(-1);
      if (step === undefined) throw new Error('nothing was kept');
      expect((await cluster.takeBack(step)).failure).toBeNull();
      expect(cluster.state()).toEqual(before);
    },
  );

  test('of one that is done is forgotten, unless that is asked', async () => {
    const kept: UndoPlan[] = [];
    await canaryCluster().run(CANARY, { onWriting: (step) => kept.push(step) });
    expect(kept.length).toBeGreaterThan(4);
    expect(kept.at(-1)?.undo).toEqual({ virtualServices: [], destinationRules: [] });
  });
});

function destinationsIn(cluster: CanaryCluster): readonly (string | undefined)[] {
  const api = cluster.objects().find((one): one is VirtualService => one.kind === 'VirtualService');
  return destinationsOf(api?.spec.http?.[0] ?? {}).map(({ destination }) => destination.subset);
}
