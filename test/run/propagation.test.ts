import { describe, expect, test } from 'vitest';
import { toTrafficError, type TrafficError } from '../../src/base/errors.ts';
import type { Words } from '../../src/intent/types.ts';
import { parseWords } from '../../src/operations/parse-words.ts';
import type { Request } from '../../src/operations/request.ts';
import type { RunContext } from '../../src/run/context.ts';
import { patienceOf } from '../../src/run/interrupt.ts';
import { openJournal, type Journal } from '../../src/run/journal.ts';
import { outcomeOf } from '../../src/run/outcome.ts';
import { plan } from '../../src/run/plan.ts';
import { waitForProxies, type Propagated, type PropagationWait } from '../../src/run/propagation.ts';
import { undoWrites } from '../../src/run/undo-writes.ts';
import { writePlan } from '../../src/run/write.ts';
import { API, DR, podOf, ROLLBACK, RULE, VS, WEIGHT } from '../support/api-service.ts';
import { clusterOf, type Cluster } from '../support/memory-store.ts';

const UNKNOWN: Propagated = { kind: 'unknown', why: 'two gateways do not answer' };
const log = { info: () => undefined, group: <T>(_: string, body: () => Promise<T>) => body() };

function cluster(): Cluster {
  return Object.assign(clusterOf([API, RULE]), { pods: ['1', '2'].map((build) => podOf(build)) });
}

/** Writes what is asked for, with these answers to the question whether the proxies have it: `yes` after the last. */
async function written(
  made: Cluster,
  words: Words,
  ...answers: readonly Propagated[]
): Promise<{
  readonly request: Request;
  readonly context: RunContext;
  readonly journal: Journal;
  readonly asked: readonly string[];
  readonly error: TrafficError | null;
}> {
  const { request } = parseWords(words);
  const { store, clock } = made;
  const snapshot = await store.read();
  const planned = plan(snapshot, request.intent);
  made.journal.length = 0;
  const journal = openJournal();
  journal.add({ kind: 'planned', plan: planned, snapshot });
  const asked: string[] = [];
  const context: RunContext = {
    store,
    clock,
    uncancelled: { store, clock },
    log,
    journal,
    withPullRequests: (read) => Promise.resolve(read),
    propagation: {
      before: () => Promise.resolve(),
      after: (phase) => {
        asked.push(phase);
        return Promise.resolve(answers[asked.length - 1] ?? { kind: 'yes' });
      },
    },
    keep: ({ after }) => ({ value: after, findings: [] }),
    handOnUndoPlan: () => undefined,
  };
  const error = await writePlan(planned, context).then(() => null, toTrafficError);
  if (error === null) journal.add({ kind: 'finished' });
  return { request, context, journal, asked, error };
}

describe('any way to find out what the proxies have can take the place of the wait', () => {
  test('it is asked after subsets that are new, and after routes', async () => {
    const made = cluster();
    const { asked } = await written(made, WEIGHT);
    expect(asked).toEqual(['add-subsets', 'routes']);
    expect(made.journal).toEqual([`write ${DR}`, `write ${VS}`]);
  });

  test('subsets that the proxies may not have get no request', async () => {
    const made = cluster();
    const { error, context } = await written(made, WEIGHT, UNKNOWN);
    expect(error?.reason).toBe('timeout');
    expect(error?.message).toContain('two gateways do not answer');
    expect(made.journal).toEqual([`write ${DR}`]);
    expect(await undoWrites(context)).toBe(
      'What had been written before was undone: everything is as it was.',
    );
  });

  test('routes that they may not have yet are no reason to go back, but subsets stay, and pods', async () => {
    const made = cluster();
    await made.run(WEIGHT);
    const { request, journal, error } = await written(made, ROLLBACK, UNKNOWN);
    expect(error).toBeNull();
    expect(made.journal).toEqual([`write ${VS}`]);
    const outcome = outcomeOf(request, made.store, journal.entries, null);
    expect(outcome).toMatchObject({ changed: true, safeToScaleDown: [], failure: null });
    expect(outcome.findings).toContainEqual(
      expect.objectContaining({
        code: 'unconfirmed',
        severity: 'warning',
        message: expect.stringContaining('two gateways do not answer') as string,
      }),
    );
    expect(outcome.texts.map(({ label }) => label)).toEqual([VS]);
  });

  test('an undoing leaves the subsets where the proxies may still use them', async () => {
    const made = cluster();
    const { context, asked } = await written(made, WEIGHT, { kind: 'yes' }, { kind: 'yes' }, UNKNOWN);
    made.journal.length = 0;
    expect(await undoWrites(context)).toBe(
      'The routes are as they were; the subsets that were added stay in DestinationRule shop/api: two gateways do not answer. Nothing uses them; `rollback` removes them.',
    );
    expect(made.journal).toEqual([`write ${VS}`]);
    expect(asked).toEqual(['add-subsets', 'routes', 'routes']);
  });
});

describe('the wait', () => {
  /** What it comes to, and how long that took. */
  async function waited(more: Partial<PropagationWait>, signal?: AbortSignal): Promise<readonly unknown[]> {
    const { clock } = cluster();
    const wait: PropagationWait = {
      place: 'kubernetes',
      milliseconds: 60_000,
      clock,
      patience: patienceOf(clock, signal),
      log,
      journal: openJournal(),
      ...more,
    };
    const propagated = await waitForProxies(wait).after('routes');
    return [propagated, clock.now().getTime()];
  }

  const undoing = openJournal();
  undoing.add({ kind: 'undoing' });

  test('is as long as asked', async () => {
    expect(await waited({})).toEqual([{ kind: 'yes' }, 60_000]);
    expect(await waited({ journal: undoing })).toEqual([{ kind: 'yes' }, 60_000]);
  });

  test('manifests have none, and 0 s is none', async () => {
    expect(await waited({ place: 'manifests' })).toEqual([{ kind: 'yes' }, 0]);
    expect(await waited({ milliseconds: 0 })).toEqual([{ kind: 'yes' }, 0]);
  });

  test('a cancelled run that undoes has no time for a long one', async () => {
    const why = 'a cancelled run has no time to wait 60 s (`propagation-wait`) until Envoy has left them';
    expect(await waited({ journal: undoing }, AbortSignal.abort())).toEqual([{ kind: 'unknown', why }, 0]);
    expect(await waited({ journal: undoing, milliseconds: 5_000 }, AbortSignal.abort())).toEqual([
      { kind: 'yes' },
      5_000,
    ]);
  });
});
