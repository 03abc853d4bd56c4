/** Whatever was changed, of whatever routes: its undo can be undone, and then everything is as the change left it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LAST_CHANGE } from '../../src/plan/last-change.ts';
import { PREVIEWS } from '../../src/plan/preview-owners.ts';
import type { Outcome } from '../../src/report/types.ts';
import { HISTORY } from '../../src/undo/format.ts';
import { snapshot, step } from '../reach/worlds.ts';
import { clusterOf, type Cluster } from '../support/memory-store.ts';
import { runs } from '../support/runs.ts';

const SERVICE = { 'label-selector': 'app=api', 'propagation-wait': '0s' };

/** Whoever gets requests again has a ready pod. */
const READY = [
  ...['7', '8', 'PR-10'].map((build) => ({ build })),
  ...['1', '2', '3'].map((version) => ({ version })),
].map((labels, i) => ({
  namespace: 'shop',
  name: `api-${i}`,
  labels: { app: 'api', ...labels },
  ready: true,
}));

/** A minute later each: the history lists changes by their times. */
async function later(cluster: Cluster, words: Readonly<Record<string, string>>): Promise<Outcome> {
  await cluster.clock.sleep(60_000);
  return cluster.run({ ...SERVICE, ...words });
}

/** By its number where another preview or share might be meant. */
async function undoLast(cluster: Cluster): Promise<Outcome> {
  const outcome = await later(cluster, { operation: 'undo' });
  return outcome.failure?.reason === 'ambiguous' ? later(cluster, { operation: 'undo', to: '1' }) : outcome;
}

test('an undo that is undone leaves what the change had left', async () => {
  const seen = { undone: 0, twice: 0 };
  await fc.assert(
    fc.asyncProperty(snapshot, fc.array(step, { minLength: 1, maxLength: 4 }), async (start, steps) => {
      const cluster = clusterOf([...start.virtualServices, ...start.destinationRules]);
      cluster.pods = READY;
      for (const { 'stable-pod-selector': _, ...words } of steps) {
        const changed = await later(cluster, words);
        if (changed.failure !== null || !changed.changed) continue;
        const after = contentOf(cluster);
        const undone = await undoLast(cluster);
        seen.undone += 1;
        // A preview that comes back may stand below one that was made for all of its requests since.
        const isBack = words['operation'] === 'rollback' || words['operation'] === 'clear';
        expect(codesOf(undone)).toEqual(isBack && undone.failure !== null ? ['preview-unreachable'] : []);
        if (undone.failure !== null) continue;
        const again = await undoLast(cluster);
        expect(codesOf(again)).toEqual([]);
        expect(contentOf(cluster)).toEqual(after);
        seen.twice += 1;
      }
    }),
    { ...runs(400), endOnFailure: true },
  );
  expect(seen.undone).toBeGreaterThan(10);
  expect(seen.twice).toBeGreaterThan(10);
});

/** Specs and annotations; which owner of a preview is listed first says nothing. */
function contentOf(cluster: Cluster): unknown {
  return cluster.objects().map(({ kind, spec, metadata: { annotations = {} } }) => {
    const { [LAST_CHANGE]: _, [HISTORY]: _history, [PREVIEWS]: owners = '{}', ...others } = annotations;
    return { kind, spec, owners: JSON.parse(owners) as unknown, others };
  });
}

/** Why it was refused. */
function codesOf({ findings, failure }: Outcome): readonly string[] {
  if (failure === null) return [];
  const codes = findings.filter(({ severity }) => severity === 'error').map(({ code }) => code);
  return codes.length === 0 ? [failure.message] : codes;
}
