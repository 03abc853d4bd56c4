/**
 * Whoever can write one VirtualService can write its history. Whatever they make of it, `undo` writes nothing to
 * another VirtualService, and to this one and its DestinationRule nothing that istiops would not have put there.
 */
import { describe, expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import type { DestinationRule, Labels, Route, VirtualService } from '../../src/istio/types.ts';
import { isObject, type Json } from '../../src/base/json.ts';
import { plan } from '../../src/run/plan.ts';
import { subsetNames } from '../../src/plan/names.ts';
import { withAnnotation } from '../../src/plan/objects.ts';
import type { Plan, Snapshot, Write } from '../../src/plan/types.ts';
import type { Finding } from '../../src/base/findings.ts';
import { HISTORY, parseHistory } from '../../src/undo/format.ts';
import { historyOf } from '../../src/undo/history.ts';
import { withHistory } from '../../src/undo/record.ts';
import { applied, destinationRule, intentOf, snapshotOf, virtualService } from '../support/plane.ts';

const API_MAIN: Route = { name: 'main', route: [{ destination: { host: 'api', subset: 'v1' } }] };
const PAY_MAIN: Route = { name: 'main', route: [{ destination: { host: 'pay', subset: 'v1' } }] };
const pay = virtualService({ http: [PAY_MAIN] }, 'pay');
const payRule: DestinationRule = {
  ...destinationRule({ v1: { app: 'pay', build: '1' } }),
  metadata: { name: 'pay', namespace: 'shop', labels: { app: 'pay' } },
  spec: { host: 'pay', subsets: [{ name: 'v1', labels: { app: 'pay', build: '1' } }] },
};
const START = snapshotOf(
  [virtualService({ http: [API_MAIN] }), pay],
  [destinationRule({ v1: { app: 'api', build: '1' } }), payRule],
);
const BUILD = { 'pod-selector': 'app=api,build=2', hostname: 'api' };
const HEADERS = { operation: 'headers', ...BUILD, headers: 'x-cid=a' };
const WEIGHT = { operation: 'weight', ...BUILD, weight: '100' };
const PROMOTE = { operation: 'promote', ...BUILD };
const ROLLBACK = { operation: 'rollback', 'pod-selector': 'app=api,build=2' };
const CLEAR = { operation: 'clear' };

/** After these, each with its record. */
function changed(...steps: readonly Readonly<Record<string, string>>[]): Snapshot {
  return steps.reduce((snapshot, words, i) => {
    const stamp = { id: `change-${i}`, time: `2030-01-0${i + 1}T00:00:00.000Z` };
    return applied(snapshot, withHistory(plan(snapshot, intentOf(words)), stamp, { actor: 'ada' }, []));
  }, START);
}

function historyIn(snapshot: Snapshot): Json {
  const text = snapshot.virtualServices[0]?.metadata.annotations?.[HISTORY];
  return JSON.parse(text ?? 'null') as Json;
}

function withHistoryText(snapshot: Snapshot, text: string): Snapshot {
  return {
    ...snapshot,
    virtualServices: snapshot.virtualServices.map((one) =>
      one.metadata.name === 'api' ? withAnnotation(one, HISTORY, text) : one,
    ),
  };
}

/** Every place in a JSON value, as a path to it. */
function placesIn(value: Json, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((one: Json, i) => placesIn(one, [...path, i]))];
  if (!isObject(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, one]) => placesIn(one ?? null, [...path, key]))];
}

function replaced(value: Json, [key, ...rest]: readonly (string | number)[], by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((one: Json, i) => (i === key ? replaced(one, rest, by) : one) as Json);
  if (!isObject(value)) return value;
  return { ...value, [key]: replaced(value[key] ?? null, rest, by) };
}

const EVIL = 'evil.example.com';
const evilList = [{ destination: { host: EVIL } }];
const FORGERIES: readonly unknown[] = [
  EVIL,
  'pay',
  '',
  null,
  -1,
  1e308,
  true,
  [],
  {},
  ['pay'],
  evilList,
  [{ destination: { host: 'pay', subset: 'v1' } }],
  [{ destination: { host: 'api', subset: 'v1' }, weight: -40 }],
  [{ destination: { host: 5 } }],
  { uri: `https://${EVIL}` },
  [{ name: 'redirect', before: { uri: `https://${EVIL}` }, after: null }],
  [{ name: 'mirror', before: { host: EVIL }, after: null }],
  [{ name: 'mirror', before: [{ host: EVIL }], after: null }],
  [{ name: 'mirrors', before: [{ destination: { host: EVIL } }], after: null }],
  [{ name: 'mirrors', before: { destination: { host: EVIL } }, after: null }],
  [{ name: 'delegate', before: { name: 'pay' }, after: null }],
  [{ name: '__proto__', before: { route: evilList }, after: null }],
  [{ key: 'external-dns.alpha.kubernetes.io/target', before: EVIL, after: null }],
  [{ key: 'istiops/subsets', before: 'v1', after: null }],
  [{ routes: [], fields: [{ name: 'route', before: evilList, after: 'AAAAAAAA' }] }],
  [{ above: 'AAAAAAAA', added: [], removed: [{ name: 'x', route: evilList }] }],
  [{ added: [], removed: [{ name: 'istiops-api-2', route: evilList }] }],
  [{ added: [], removed: [{ name: 'istiops-v1', match: [{}], redirect: { uri: EVIL }, route: [] }] }],
  [
    {
      name: 'pay',
      added: [],
      removed: [{ subset: { name: 'app-evil', labels: { app: 'evil' } }, follows: null, followsOwn: null }],
      changed: [],
    },
  ],
  [
    {
      name: 'api',
      added: [],
      removed: [
        {
          subset: { name: 'x', labels: { app: 'x' }, trafficPolicy: { tls: { mode: 'DISABLE' } } },
          follows: null,
          followsOwn: null,
        },
      ],
      changed: [
        {
          name: 'v1',
          fields: [{ name: 'trafficPolicy', before: { tls: { mode: 'DISABLE' } }, after: null }],
        },
      ],
    },
  ],
];

type Result = { readonly plan: Plan } | { readonly error: TrafficError };

function undone(snapshot: Snapshot, words: Readonly<Record<string, string>>): Result {
  try {
    return {
      plan: plan(snapshot, intentOf({ operation: 'undo', 'label-selector': 'app', ...words }), {
        force: true,
      }),
    };
  } catch (thrown) {
    if (thrown instanceof TrafficError) return { error: thrown };
    throw thrown;
  }
}

/** All that a plan may write, whatever the record says. */
function expectOwn(result: Result, about: string): void {
  if ('error' in result) {
    expect(result.error.reason, about).not.toBe('internal');
    return;
  }
  // Refused, `force` or not; or a subset that is nowhere, which only `force` goes past.
  if (result.plan.findings.some(({ severity, code }) => severity === 'error' || code === 'subset-missing'))
    return;
  for (const write of result.plan.phases.flatMap(({ writes }) => writes)) {
    if (write.kind === 'VirtualService') expectOwnRoutes(write, about);
    else expectOwnSubsets(write, about);
  }
}

function expectOwnRoutes(
  { before, after }: Write & { readonly kind: 'VirtualService' },
  about: string,
): void {
  expect(after.metadata.name, about).toBe('api');
  // For which requests a preview is, whoever writes the VirtualService may say anyhow.
  const text = JSON.stringify(after.spec, (key, value: unknown) => (key === 'match' ? undefined : value));
  expect(text, about).not.toMatch(/evil|pay|redirect|delegate|-40|__proto__/);
  const without = ({ metadata: { annotations = {} } }: VirtualService): Labels =>
    Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== 'istiops/baseline'));
  expect(without(after), about).toEqual(without(before));
  expect({ ...after.spec, http: [] }, about).toEqual({ ...before.spec, http: [] });
}

function expectOwnSubsets(
  { before, after }: Write & { readonly kind: 'DestinationRule' },
  about: string,
): void {
  expect(after.metadata.name, about).toBe('api');
  const { subsets: _, ...spec } = after.spec;
  const { subsets: __, ...old } = before.spec;
  expect(spec, about).toEqual(old);
  for (const subset of after.spec.subsets ?? []) {
    if (before.spec.subsets?.some(({ name }) => name === subset.name) === true) {
      expect(before.spec.subsets, about).toContainEqual(subset);
    } else {
      expect(Object.keys(subset).sort(), about).toEqual(['labels', 'name']);
      expect(subsetNames(subset.labels ?? {}), about).toContain(subset.name);
    }
  }
  // Written by hand: nobody's to take away.
  expect(after.spec.subsets, about).toContainEqual({ name: 'v1', labels: { app: 'api', build: '1' } });
}

const told = (result: Result): readonly Finding[] =>
  'error' in result ? result.error.findings : result.plan.findings;

describe.for<[string, Snapshot]>([
  ['a preview', changed(HEADERS)],
  ['a weight', changed(WEIGHT)],
  ['a promote after 100', changed(HEADERS, WEIGHT, PROMOTE)],
  ['a rollback', changed(HEADERS, WEIGHT, ROLLBACK)],
  ['a clear', changed(WEIGHT, HEADERS, CLEAR)],
])('the record of %s', ([, snapshot]) => {
  const history = historyIn(snapshot);

  test('is read, and followed as it is', () => {
    const [api] = snapshot.virtualServices;
    expect(api && parseHistory(api).fault).toBeNull();
    const result = undone(snapshot, { to: '1' });
    expectOwn(result, 'as it is');
    expect('plan' in result && result.plan.phases.length).toBeGreaterThan(0);
  });

  test('with any one field forged writes nothing that is not istiops’ own', () => {
    for (const place of placesIn(history)) {
      for (const forgery of FORGERIES) {
        const text = JSON.stringify(replaced(history, place, forgery));
        const about = `${place.join('.')} = ${JSON.stringify(forgery)}`;
        for (const words of [{ to: '1' }, { 'pod-selector': 'app=api,build=2' }] as const)
          expectOwn(undone(withHistoryText(snapshot, text), words), about);
      }
    }
  });

  test('that can’t be right is named', () => {
    for (const text of ['', '[]', '{"v":2}', '{"v":1,"changes":[{}]}', '{"v":1,"changes":"pay"}', '\u0000']) {
      const result = undone(withHistoryText(snapshot, text), {});
      expect(told(result).map(({ code }) => code)).toContain('history-ignored');
      expectOwn(result, text);
    }
  });

  test('is not believed where the server says that somebody else wrote it', () => {
    const managedFields = (manager: string): readonly Json[] => [
      {
        manager,
        operation: 'Update',
        time: '2030-01-05T00:00:00Z',
        fieldsV1: { 'f:metadata': { 'f:annotations': { [`f:${HISTORY}`]: {} } } },
      },
    ];
    const by = (manager: string): Snapshot => ({
      ...snapshot,
      virtualServices: snapshot.virtualServices.map((one) => ({
        ...one,
        metadata: { ...one.metadata, managedFields: managedFields(manager) },
      })),
    });
    expect(told(undone(by('kubectl-edit'), { to: '1' })).map(({ message }) => message)).toContainEqual(
      expect.stringContaining('the server says that kubectl-edit wrote it, not istiops'),
    );
    expect(told(undone(by('istiops'), { to: '1' })).map(({ code }) => code)).not.toContain('history-ignored');
  });
});

describe('a record that names another VirtualService', () => {
  test('is about its own object all the same', () => {
    const snapshot = changed(WEIGHT);
    const forged = JSON.stringify(historyIn(snapshot)).replaceAll('"wrote":["api"]', '"wrote":["api","pay"]');
    const result = undone(withHistoryText(snapshot, forged), {});
    expectOwn(result, 'wrote');
    expect(told(result).map(({ code, object }) => [code, object])).toContainEqual([
      'undo-elsewhere',
      'VirtualService shop/pay',
    ]);
  });

  test('with the id of its change is another change: a record of one is never part of the other', () => {
    const snapshot = changed(WEIGHT);
    const own = JSON.stringify(historyIn(snapshot));
    const stolen = {
      ...snapshot,
      virtualServices: snapshot.virtualServices.map((one) =>
        one.metadata.name === 'pay'
          ? withAnnotation(one, HISTORY, own.replaceAll('"wrote":["api"]', '"wrote":["api","pay"]'))
          : one,
      ),
    };
    const result = undone(stolen, { 'label-selector': 'app' });
    if ('error' in result) throw result.error;
    const written = result.plan.phases.flatMap(({ writes }) =>
      writes.map(({ after }) => after.metadata.name),
    );
    expect(new Set(written)).toEqual(new Set(['api']));
  });

  test('with a time in the future is no later than the server wrote it', () => {
    const snapshot = changed(WEIGHT);
    const [api, other] = snapshot.virtualServices;
    if (api === undefined || other === undefined) throw new Error('There are two.');
    const text = JSON.stringify(historyIn(snapshot));
    const writtenAt = (object: VirtualService, time: string): VirtualService => ({
      ...object,
      metadata: {
        ...object.metadata,
        managedFields: [
          {
            manager: 'istiops',
            time,
            fieldsV1: { 'f:metadata': { 'f:annotations': { [`f:${HISTORY}`]: {} } } },
          },
        ],
      },
    });
    const forged = withAnnotation(api, HISTORY, text.replaceAll('2030-01-01', '2099-01-01'));
    const honest = withAnnotation(
      other,
      HISTORY,
      text
        .replaceAll('"api"', '"pay"')
        .replaceAll('change-0', 'of-pay')
        .replaceAll('2030-01-01', '2030-01-02'),
    );
    const order = (...objects: readonly VirtualService[]): readonly string[] =>
      historyOf(objects).changes.map(({ id }) => id);
    expect(order(forged, honest)).toEqual(['change-0', 'of-pay']);
    expect(
      order(writtenAt(forged, '2030-01-01T00:00:01Z'), writtenAt(honest, '2030-01-02T00:00:01Z')),
    ).toEqual(['of-pay', 'change-0']);
  });
});
