import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import type { MetricsAnswer } from '../../src/gates/types.ts';
import { CANARY, canaryCluster, podOf, sharesOf } from '../support/canary.ts';
import { IS_MUTATION_CHECK, runs } from '../support/runs.ts';

/** What Prometheus may say in place of the truth. */
const answers: readonly (MetricsAnswer | undefined)[] = [
  undefined,
  { kind: 'none', reason: 'unreachable', why: 'nobody answers' },
  { kind: 'none', reason: 'rejected', why: 'parse error' },
  { kind: 'samples', samples: [], warnings: [] },
  { kind: 'samples', samples: [{ labels: {}, value: NaN }], warnings: [] },
  {
    kind: 'samples',
    samples: [{ labels: { pod: 'api-2', response_code: '503' }, value: 1e9 }],
    warnings: [],
  },
  { kind: 'samples', samples: [{ labels: { pod: 'api-2', response_code: '200' }, value: -1 }], warnings: [] },
  { kind: 'samples', samples: [], warnings: ['a store is away'] },
];

const scenario = fc.record({
  seed: fc.integer({ min: 1, max: 1e9 }),
  failures: fc.constantFrom(0, 0.005, 0.005, 0.05, 1),
  rate: fc.constantFrom(0, 1, 40, 40, 40),
  shadowed: fc.constantFrom(false, false, false, true),
  lies: fc.array(fc.nat({ max: answers.length - 1 }), { maxLength: 30 }),
  /** The query from which on Prometheus may lie: the first ones decide whether anything begins at all. */
  from: fc.nat({ max: 100 }),
  cancelAt: fc.option(fc.nat({ max: 120 }), { freq: 1 }),
  faultAt: fc.option(fc.nat({ max: 120 })),
  restartAt: fc.option(fc.nat({ max: 60 }), { freq: 1 }),
  onUnclear: fc.constantFrom('continue', 'rollback'),
  finish: fc.constantFrom('promote', 'keep'),
});

test('whatever is seen and whenever it is cancelled: in the end it is done, or all is as it was', async () => {
  const ends = new Set<string>();
  await fc.assert(
    fc.asyncProperty(scenario, async (it) => {
      let query = 0;
      const cluster = canaryCluster({
        ...it,
        answer: () => {
          query += 1;
          return query <= it.from ? undefined : answers[it.lies[query % Math.max(1, it.lies.length)] ?? 0];
        },
      });
      const before = cluster.state();
      let calls = 0;
      const meet = (): void => {
        calls += 1;
        if (calls === it.restartAt) cluster.pods = [podOf('1'), podOf('2', { restarts: 3 })];
        if (calls === it.cancelAt) cluster.cancel();
        if (calls === it.faultAt) throw new TrafficError('unreachable', 'The API server is away.');
      };
      for (const entry of ['read', 'read routes', 'read routing', 'read pods']) cluster.always(entry, meet);
      const outcome = await cluster.run({ ...CANARY, 'on-unclear': it.onUnclear, finish: it.finish });
      const end = outcome.canary?.end ?? '';
      ends.add(end);
      if (outcome.failure === null) {
        expect(end).toBe(it.finish === 'keep' ? 'kept' : 'promoted');
        expect(sharesOf(cluster)['2']).toBe(1);
      } else {
        expect(['taken-back', 'nothing']).toContain(end);
        expect(outcome.changed).toBe(false);
        expect(cluster.state()).toEqual(before);
      }
      expect(JSON.stringify(cluster.objects())).not.toContain('istiops/canary');
    }),
    runs(150),
  );
  if (!IS_MUTATION_CHECK)
    expect([...ends].sort()).toEqual(expect.arrayContaining(['kept', 'nothing', 'promoted', 'taken-back']));
});
