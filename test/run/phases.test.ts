/** In which order a run writes, and where it waits. */
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/report/types.ts';
import { DR, ROLLBACK, RULE, VS, WEIGHT } from '../support/api-service.ts';
import { fails } from '../support/memory-store.ts';
import { after, DENIED, failureOf, subsetNames, threeBuilds } from '../support/three-builds.ts';

describe('phases and waits', () => {
  test('a subset is there and known before routes send to it', async () => {
    const made = threeBuilds();
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
    const made = await after(threeBuilds(), WEIGHT);
    const outcome = await made.run(ROLLBACK);

    expect(made.journal).toEqual([
      'read',
      `rehearse ${VS}`,
      `rehearse ${DR}`,
      `write ${VS}`,
      'sleep 5000',
      'read routes',
      `write ${DR}`,
    ]);
    expect(outcome.safeToScaleDown).toEqual(['app=api,build=2']);
  });

  test('a phase with nothing to do has no wait', async () => {
    const made = await after(threeBuilds(), WEIGHT);
    await made.run({ ...WEIGHT, weight: '50' });

    expect(made.journal).toEqual(['read', `rehearse ${VS}`, `write ${VS}`, 'sleep 5000']);
  });

  test('nothing to change: nothing but a read', async () => {
    const made = await after(threeBuilds(), WEIGHT);
    const outcome = await made.run(WEIGHT);

    expect(made.journal).toEqual(['read']);
    expect(outcome).toMatchObject({ changed: false, failure: null, texts: [] });
  });

  test('the wait is as long as given, or none', async () => {
    const made = threeBuilds();
    await made.run({ ...WEIGHT, 'propagation-wait': '90s' });
    await made.run({ ...ROLLBACK, 'propagation-wait': '0s' });

    expect(made.journal.filter((entry) => entry.startsWith('sleep'))).toEqual(['sleep 90000', 'sleep 90000']);
  });

  test('a dry run writes and waits for nothing, and says what would change', async () => {
    const made = await after(threeBuilds(), WEIGHT);
    const before = made.state();
    const outcome = await made.run({ ...ROLLBACK, 'dry-run': 'true' });

    expect(made.journal).toEqual(['read', `rehearse ${VS}`, `rehearse ${DR}`]);
    expect(made.state()).toEqual(before);
    expect(outcome).toMatchObject({ changed: true, dryRun: true, safeToScaleDown: [] });
    expect(outcome.texts.map(({ label }) => label)).toEqual([VS, DR]);
  });

  test('what is known before the first write is told before it, what holds only at the end is not', async () => {
    const made = await after(threeBuilds(), WEIGHT);
    const told: (readonly [string[], Outcome])[] = [];
    await made.run(ROLLBACK, {
      onPlanned: async (outcome) => {
        await Promise.resolve();
        told.push([[...made.journal], outcome()]);
      },
    });

    expect(told).toHaveLength(1);
    expect(told[0]?.[0]).toEqual(['read', `rehearse ${VS}`, `rehearse ${DR}`]);
    expect(told[0]?.[1]).toMatchObject({
      subset: 'api-2',
      changed: true,
      safeToScaleDown: [],
      failure: null,
    });
  });

  test('a rehearsal that is refused leaves everything as it is, and ends after the plan is told', async () => {
    const made = threeBuilds().on(`rehearse ${VS}`, fails(DENIED));
    const told: string[] = [];
    const outcome = await made.run(WEIGHT, {
      onPlanned: async (planned) => {
        await setImmediate();
        told.push(planned().subset ?? '');
      },
    });
    expect(told).toEqual(['api-2']);

    expect(made.journal).toEqual(['read', `rehearse ${DR}`, `rehearse ${VS}`]);
    expect(failureOf(outcome)).toBe('rejected: the webhook says no. Nothing was changed.');
    expect(outcome).toMatchObject({ changed: false, texts: [], phases: [], subset: 'api-2' });
  });
});

describe('a killed run, or one that failed at its very end', () => {
  const PROMOTE = { operation: 'promote', 'label-selector': 'app=api', 'pod-selector': 'app=api,build=1' };

  test('promote left the former subset: the same again removes it, after a wait', async () => {
    const made = await after(threeBuilds(), { ...PROMOTE, 'pod-selector': 'app=api,build=2' });
    made.on(`write ${DR}`, fails(DENIED));
    const outcome = await made.run(PROMOTE);
    expect(failureOf(outcome)).toContain('Run `clear`, or the same again, to remove them.');
    expect(subsetNames(made)).toEqual(['v1', 'api-2']);

    made.journal.length = 0;
    expect(await made.run(PROMOTE)).toMatchObject({ changed: true, failure: null });
    expect(subsetNames(made)).toEqual(['v1']);
    // Its routes may have left the subset a moment ago.
    expect(made.journal).toEqual(['read', `rehearse ${DR}`, 'sleep 5000', 'read routes', `write ${DR}`]);
  });

  test('a subset that another run has just made stays, for a promote', async () => {
    const made = threeBuilds();
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
  const made = threeBuilds();
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
    'sleep 200',
    'read',
    'sleep 5000',
    `write ${VS}`,
    'sleep 5000',
  ]);
});
