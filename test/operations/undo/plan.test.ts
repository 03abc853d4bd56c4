import { describe, expect, test } from 'vitest';
import { TrafficError } from '../../../src/base/errors.ts';
import type { Route, VirtualService } from '../../../src/istio/types.ts';
import { plan } from '../../../src/run/plan.ts';
import type { ChangeDraft } from '../../../src/plan/draft.ts';
import { LAST_CHANGE } from '../../../src/plan/last-change.ts';
import { withAnnotation } from '../../../src/plan/objects.ts';
import { planUndo } from '../../../src/operations/undo/plan.ts';
import type { Snapshot } from '../../../src/plan/types.ts';
import { HISTORY, parseHistory } from '../../../src/undo/format.ts';
import { withHistory } from '../../../src/undo/record.ts';
import { applied, destinationRule, intentOf, snapshotOf, virtualService } from '../../support/plane.ts';

const MAIN: Route = { name: 'main', route: [{ destination: { host: 'api', subset: 'v1' } }] };
const PLANE = snapshotOf(
  [virtualService({ http: [MAIN] }), virtualService({ http: [MAIN] }, 'public')],
  [destinationRule({ v1: { app: 'api', build: '1' } })],
);
const WEIGHT = { operation: 'weight', 'pod-selector': 'app=api,build=2', weight: '20' };
const [FIRST, SECOND] = ['2030-01-01T00:00:00.000Z', '2030-01-02T00:00:00.000Z'];

/** After a change at this time, with what undo needs. */
function changed(before: Snapshot, time: string, words: Readonly<Record<string, string>> = WEIGHT): Snapshot {
  const stamp = { id: time.replaceAll(/[:.]/g, '-'), time };
  return applied(before, withHistory(plan(before, intentOf(words)), stamp, { actor: 'octocat' }, []));
}

function undo(snapshot: Snapshot, selector = 'app=api'): ChangeDraft {
  const intent = intentOf({ operation: 'undo', 'label-selector': selector });
  if (intent.operation !== 'undo') throw new Error('It is undo.');
  return planUndo(snapshot, intent);
}

/** The snapshot with another VirtualService in the place of one; undefined: without it. */
function edited(
  snapshot: Snapshot,
  name: string,
  edit: (object: VirtualService) => VirtualService | undefined,
): Snapshot {
  return {
    ...snapshot,
    virtualServices: snapshot.virtualServices.flatMap((object) =>
      object.metadata.name === name ? (edit(object) ?? []) : [object],
    ),
  };
}

const lastChange =
  (time: string, actor: string) =>
  (object: VirtualService): VirtualService =>
    withAnnotation(object, LAST_CHANGE, JSON.stringify({ operation: 'clear', time, actor, removes: [] }));

function refusal(act: () => unknown): { readonly code: string | undefined; readonly message: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof TrafficError) return { code: error.findings[0]?.code, message: error.message };
    throw error;
  }
  throw new Error('It was not refused.');
}

const once = changed(PLANE, FIRST);

describe('the last change', () => {
  test('is reverted on every object that it wrote', () => {
    const { virtualServices, findings, subset, undone } = undo(once);
    expect(virtualServices.map(({ after }) => after.spec)).toEqual(
      PLANE.virtualServices.map(({ spec }) => spec),
    );
    expect(findings).toEqual([]);
    expect(subset).toBe('api-2');
    expect(undone).toEqual({
      summary: {
        operation: 'weight',
        subset: 'api-2',
        isBack: false,
        effects: ['shifts-to-build', 'routes'],
      },
      by: 'octocat',
      time: FIRST,
    });
  });

  test('is the newest of all that were selected; an older one stays, and is named', () => {
    const twice = changed(once, SECOND, { ...WEIGHT, weight: '50', routes: 'public/http[0]' });
    const { virtualServices, findings } = undo(twice);
    expect(virtualServices.map(({ before, after }) => before !== after)).toEqual([false, true]);
    expect(findings).toEqual([
      {
        code: 'undo-older-change',
        severity: 'notice',
        message:
          'The last change of VirtualService shop/api is another one, the weight for api-2 that octocat ran on 2030-01-01 at 00:00 UTC: it stays.',
        object: 'VirtualService shop/api',
        forceable: false,
      },
    ]);
  });

  test('releases no subset by itself', () => {
    const { released } = undo(once);
    expect(once.destinationRules.some((rule) => released(rule, 'api-2'))).toBe(false);
  });

  test('is none where nothing was changed: then nothing is done', () => {
    const { virtualServices, findings, subset, rules, undone } = undo(PLANE);
    expect(virtualServices.every(({ before, after }) => before === after)).toBe(true);
    expect(findings.map(({ code, severity, message }) => [code, severity, message])).toEqual([
      [
        'nothing-to-undo',
        'notice',
        'No change that istiops made is left to revert on VirtualService shop/api, VirtualService shop/public.',
      ],
    ]);
    expect([subset, rules, undone]).toEqual([null, [], undefined]);
  });
});

describe('an object that the change was to write as well', () => {
  const [, untouched] = PLANE.virtualServices;

  test.for<[string, edit: () => VirtualService | undefined, message: string, object: string | null]>([
    [
      'is gone',
      () => undefined,
      'VirtualService shop/public, which the weight for api-2 that octocat ran on 2030-01-01 at 00:00 UTC wrote as well, is no longer there.',
      null,
    ],
    [
      'was never reached',
      () => untouched,
      'VirtualService shop/public knows nothing of the weight for api-2 that octocat ran on 2030-01-01 at 00:00 UTC, which was to write it as well: it stays as it is.',
      'VirtualService shop/public',
    ],
    [
      'was never reached, and has an earlier change on it',
      () => untouched && lastChange('2029-12-31T00:00:00.000Z', 'octocat')(untouched),
      'VirtualService shop/public knows nothing of the weight for api-2 that octocat ran on 2030-01-01 at 00:00 UTC, which was to write it as well: it stays as it is.',
      'VirtualService shop/public',
    ],
  ])('%s: that is reported, and the rest is reverted', ([, edit, message, object]) => {
    const snapshot = edited(once, 'public', edit);
    const { virtualServices, findings } = undo(snapshot);
    expect(findings).toEqual([
      { code: 'undo-elsewhere', severity: 'notice', message, object, forceable: false },
    ]);
    expect(virtualServices[0]?.after.spec).toEqual(PLANE.virtualServices[0]?.spec);
    expect(virtualServices.slice(1).every(({ before, after }) => before === after)).toBe(true);
  });

  test('and is in another namespace under the same name is another', () => {
    const other = edited(once, 'public', (object) => ({
      ...object,
      metadata: { ...object.metadata, namespace: 'web' },
    }));
    expect(undo(other).findings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/VirtualService shop\/public, which .* is no longer there\.$/),
    ]);
  });

  test('was changed again since: nothing is reverted', () => {
    const unlabelled = (object: VirtualService): VirtualService => {
      const { labels: _, ...metadata } = object.metadata;
      return lastChange(SECOND, 'octocat')(withAnnotation({ ...object, metadata }, HISTORY, undefined));
    };
    expect(refusal(() => undo(edited(once, 'public', unlabelled)))).toEqual({
      code: 'undo-changed-again',
      message: expect.stringContaining(
        'also wrote VirtualService shop/public, which has been changed again by the clear that octocat ran on 2030-01-02 at 00:00 UTC',
      ) as unknown,
    });
  });

  test('is not chosen: nothing is reverted', () => {
    const labels = { app: 'web' };
    const snapshot = edited(once, 'public', (object) => ({
      ...object,
      metadata: { ...object.metadata, labels },
    }));
    expect(refusal(() => undo(snapshot))).toEqual({
      code: 'undo-beyond-selection',
      message: expect.stringContaining(
        'also wrote VirtualService shop/public, which `label-selector` does not select',
      ) as unknown,
    });
  });
});

describe('a change without a record to revert it by', () => {
  const refused = (...times: readonly (readonly [name: string, time: string, actor: string])[]): string => {
    const snapshot = times.reduce(
      (all, [name, time, actor]) => edited(all, name, lastChange(time, actor)),
      once,
    );
    const { code, message } = refusal(() => undo(snapshot));
    expect(code).toBe('undo-not-recorded');
    return message;
  };

  test.for(['api', 'public'] as const)('is in the way, and named: of %s', (name) => {
    expect(refused([name, SECOND, 'bob'])).toMatch(
      `Nothing is known that would revert the clear that bob ran on 2030-01-02 at 00:00 UTC on VirtualService shop/${name}: there was no room`,
    );
  });

  test('is in the way where nothing else is known', () => {
    const { code } = refusal(() => undo(edited(PLANE, 'api', lastChange(FIRST, 'anna'))));
    expect(code).toBe('undo-not-recorded');
  });

  test('does not matter if it is older than one that can be reverted, or that very one', () => {
    for (const time of [FIRST, '2029-12-31T00:00:00.000Z'])
      expect(undo(edited(once, 'api', lastChange(time, 'anna'))).findings).toEqual([]);
  });
});

describe('what somebody else changed since', () => {
  const other = (object: VirtualService): VirtualService => ({
    ...object,
    spec: { ...object.spec, http: [{ ...MAIN, route: [{ destination: { host: 'api', subset: 'qa' } }] }] },
  });

  test('is an error that force may overrule, and the rest would be reverted', () => {
    const { findings, virtualServices } = undo(edited(once, 'api', other));
    expect(findings).toEqual([
      {
        code: 'undo-changed-since',
        severity: 'error',
        message: expect.stringMatching(
          /^The undo of the weight for api-2 that octocat ran on 2030-01-01 at 00:00 UTC would not be complete\. This would stay as it is now: .*VirtualService shop\/api.*\. Change that by hand first, or use `rollback`, `clear` or `promote`\.$/,
        ) as unknown,
        object: null,
        forceable: true,
      },
    ]);
    expect(virtualServices[1]?.after.spec).toEqual(PLANE.virtualServices[1]?.spec);
  });

  test('is the only finding where nothing could be reverted', () => {
    const snapshot = edited(edited(once, 'api', other), 'public', other);
    const stripped = {
      ...snapshot,
      virtualServices: snapshot.virtualServices.map((object) => ({
        ...object,
        metadata: {
          ...object.metadata,
          annotations: { [HISTORY]: object.metadata.annotations?.[HISTORY] ?? '' },
        },
      })),
    };
    const { findings, virtualServices } = undo(stripped);
    expect(findings.map(({ code }) => code)).toEqual(['undo-changed-since']);
    expect(virtualServices.every(({ before, after }) => before === after)).toBe(true);
  });
});

test('a change that was reverted by hand already is reported, and nothing is done', () => {
  const byHand = once.virtualServices.map((object, i) => ({
    ...object,
    metadata: {
      ...object.metadata,
      annotations: { [HISTORY]: object.metadata.annotations?.[HISTORY] ?? '' },
    },
    spec: PLANE.virtualServices[i]?.spec ?? object.spec,
  }));
  const { findings, rules } = undo({ ...once, virtualServices: byHand });
  expect(findings.map(({ code, severity, message }) => [code, severity, message])).toEqual([
    [
      'nothing-to-undo',
      'notice',
      'Everything is already as it was before the weight for api-2 that octocat ran on 2030-01-01 at 00:00 UTC.',
    ],
  ]);
  expect(rules).toEqual([]);
  expect(byHand.every((object) => parseHistory(object).changes.length === 1)).toBe(true);
});
