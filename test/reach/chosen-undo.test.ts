/**
 * Several VirtualServices that have seen different changes are selected together: the guard knows by itself which of
 * them an undo is about.
 */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { sameJson } from '../../src/base/json.ts';
import { isReadOnly } from '../../src/operations/index.ts';
import { reachOfPlan } from '../../src/operations/reach.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { plan } from '../../src/run/plan.ts';
import type * as Choose from '../../src/undo/choose.ts';
import type { HistoryChange } from '../../src/undo/history.ts';
import { withHistory } from '../../src/undo/record.ts';
import { applied, destinationRule, intentOf, snapshotOf, virtualService } from '../support/plane.ts';

type Choice = (chosen: readonly HistoryChange[], all: readonly HistoryChange[]) => readonly HistoryChange[];

const broken: { by: Choice } = { by: (chosen) => chosen };

vi.mock('../../src/undo/choose.ts', async (original) => {
  const real = await original<typeof Choose>();
  return {
    ...real,
    chosenChanges: (...args: Parameters<typeof real.chosenChanges>) =>
      broken.by(real.chosenChanges(...args), args[2]),
  };
});

const NAMES = ['one', 'two', 'three'];
const BUILDS = ['10', '11'];

/** Three hosts, one service. */
const START = snapshotOf(
  NAMES.map((name) => {
    const made = virtualService(
      { http: [{ name, route: [{ destination: { host: 'api', subset: 'v1' } }] }] },
      name,
    );
    return {
      ...made,
      metadata: { ...made.metadata, labels: { app: 'api', part: name } },
      spec: { ...made.spec, hosts: [`${name}.example.com`] },
    };
  }),
  [destinationRule({ v1: { app: 'api', version: '1' } })],
);

interface Change {
  /** Empty: all three. */
  readonly part: string;
  readonly build: string;
  readonly weight: number;
}

/** One change after the other, a minute apart, each written down. */
function played(changes: readonly Change[]): Snapshot {
  return changes.reduce((snapshot, { part, build, weight }, index) => {
    const words = {
      operation: 'weight',
      // The rule has no part.
      'label-selector': part === '' ? 'app=api' : `app=api,part in (${part},)`,
      'pod-selector': `app=api,build=${build}`,
      weight: String(weight),
    };
    const planned = plan(withParts(snapshot, part), intentOf(words));
    const time = new Date(60_000 * (index + 1)).toISOString();
    return applied(snapshot, withHistory(planned, { id: `change-${index}`, time }, { actor: 'ada' }, []));
  }, START);
}

/** The DestinationRule is selected with whichever part. */
function withParts(snapshot: Snapshot, part: string): Snapshot {
  if (part === '') return snapshot;
  return {
    ...snapshot,
    destinationRules: snapshot.destinationRules.map((one) => ({
      ...one,
      metadata: { ...one.metadata, labels: { app: 'api', part } },
    })),
  };
}

const change = fc.record({
  part: fc.constantFrom('', ...NAMES),
  build: fc.constantFrom(...BUILDS),
  weight: fc.integer({ min: 1, max: 9 }).map((tens) => tens * 10),
});

const undo = fc.oneof(
  fc.constant({}),
  fc.integer({ min: 1, max: 3 }).map((to) => ({ to: String(to) })),
  fc.constantFrom(...BUILDS).map((build) => ({ 'pod-selector': `app=api,build=${build}` })),
);

/** Undefined: it is refused before the guard is asked. */
function undone(
  snapshot: Snapshot,
  words: Readonly<Record<string, string>>,
  by: Choice,
): { readonly specs: unknown; readonly unexpected: number } | undefined {
  const intent = intentOf({ operation: 'undo', ...words });
  if (isReadOnly(intent)) throw new Error('It changes nothing.');
  broken.by = by;
  try {
    const planned = plan(snapshot, intent);
    const specs = applied(snapshot, planned).virtualServices.map(({ spec }) => spec);
    return { specs, unexpected: reachOfPlan(snapshot, intent, planned.phases).unexpected.length };
  } catch {
    return undefined;
  } finally {
    broken.by = (chosen) => chosen;
  }
}

/** Mistakes in the choice of what is undone. */
const MISTAKES: Readonly<Record<string, Choice>> = {
  'one too old': (chosen, all) => {
    const next = all[chosen.at(-1)?.number ?? 0];
    return next === undefined ? chosen : [next];
  },
  'one too many': (chosen, all) => all.slice(0, (chosen.at(-1)?.number ?? 0) + 1),
  'the oldest': (_, all) => all.slice(-1),
  'all but the newest': (chosen) => chosen.slice(1),
};

test('the guard lets what is right go by, and refuses every other choice that a request feels', () => {
  const seen = { right: 0, refused: 0 };
  fc.assert(
    fc.property(fc.array(change, { minLength: 2, maxLength: 6 }), undo, (changes, words) => {
      const snapshot = played(changes);
      const right = undone(snapshot, words, (chosen) => chosen);
      if (right === undefined) return;
      expect(right.unexpected).toBe(0);
      seen.right += 1;
      for (const [name, mistake] of Object.entries(MISTAKES)) {
        const wrong = undone(snapshot, words, mistake);
        if (wrong === undefined || sameJson(wrong.specs as never, right.specs as never)) continue;
        expect(wrong.unexpected, name).toBeGreaterThan(0);
        seen.refused += 1;
      }
    }),
    { numRuns: 150, endOnFailure: true },
  );
  expect(seen.right).toBeGreaterThan(20);
  expect(seen.refused).toBeGreaterThan(20);
});
