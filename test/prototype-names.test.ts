/** Names from outside that every object of JavaScript knows: each is a name like any other. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseProbeExpect } from '../src/intent/probe.ts';
import { previewHeaders } from '../src/intent/read-probe.ts';
import { covers } from '../src/istio/matches.ts';
import type { Route } from '../src/istio/types.ts';
import { canonicalJson, ownValue, sameJson, type Json } from '../src/base/json.ts';
import { problemsOf } from '../src/probe/judge.ts';
import { parseKubeconfig } from '../src/stores/kubernetes/kubeconfig.ts';
import { similarity } from '../src/yaml/align.ts';
import { asked } from './support/explaining.ts';
import { destinationRule, play, snapshotOf, virtualService } from './support/plane.ts';

const NAMES = Object.getOwnPropertyNames(Object.prototype).concat('prototype', 'length', 'name');
const name = fc.constantFrom(...NAMES);

/** Names that are valid as what they are used for: a label or a header can't begin with `__`. */
const LABELS = NAMES.filter((one) => /^[A-Za-z]/.test(one));

/** `{ [name]: value }` as JSON brings it: `__proto__` is a field, not the prototype. */
function one<T extends Json>(key: string, value: T): Record<string, T> {
  return JSON.parse(`{${JSON.stringify(key)}:${JSON.stringify(value)}}`) as Record<string, T>;
}

test.for(NAMES)('%s is absent unless it is there', (key) => {
  expect(ownValue({}, key)).toBeUndefined();
  expect(ownValue(one(key, 'x'), key)).toBe('x');
});

test('JSON is compared by what it says', () => {
  fc.assert(
    fc.property(
      fc.dictionary(name, fc.jsonValue(), { maxKeys: 3, noNullPrototype: true }),
      fc.dictionary(name, fc.jsonValue(), { maxKeys: 3, noNullPrototype: true }),
      (left, right) => {
        const [a, b] = [left, right].map((value) => JSON.parse(JSON.stringify(value)) as Json);
        const isSame = canonicalJson(a) === canonicalJson(b);
        expect(sameJson(a, b)).toBe(isSame);
        expect(similarity(a, b) === 1).toBe(isSame);
      },
    ),
  );
  expect(sameJson(one('__proto__', {}), { x: 1 })).toBe(false);
});

describe.for(NAMES)('called %s', (key) => {
  test('a header, parameter or label that a block does not require is not required', () => {
    const match = { exact: 'x' };
    expect(covers({ headers: one(key, match) }, { headers: {} })).toBe(false);
    expect(covers({ queryParams: one(key, match) }, { queryParams: one('a', match) })).toBe(false);
    expect(covers({ withoutHeaders: one(key, match) }, { withoutHeaders: {} })).toBe(false);
    expect(covers({ sourceLabels: one(key, 'x') }, { sourceLabels: {} })).toBe(false);
    expect(covers({ headers: one(key, match) }, { headers: one(key, match) })).toBe(true);
  });

  test('a header or a parameter of a request counts only where it is there', () => {
    const other: Route = { route: [{ destination: { host: 'other' } }] };
    for (const field of ['headers', 'queryParams'] as const) {
      const wanted: Route = {
        match: [{ [field]: one(key.toLowerCase(), {}) }],
        route: [{ destination: { host: 'api' } }],
      };
      expect(JSON.stringify(asked('https://shop.io/', wanted, other).result)).toContain('"host":"other"');
    }
  });

  test('a probe misses a header that is not there, and finds one that is', () => {
    const parsed = parseProbeExpect(`header ${key}`);
    if (!parsed.ok) return;
    const answer = { kind: 'answer' as const, status: 200, body: '', milliseconds: 1 };
    const shown = (words: string): string => words;
    expect(problemsOf({ ...answer, headers: {} }, parsed.value, shown)).toHaveLength(1);
    expect(problemsOf({ ...answer, headers: one(key.toLowerCase(), '1') }, parsed.value, shown)).toEqual([]);
  });

  test('a preview header gets its value from the preview', () => {
    expect(previewHeaders([one(key, { exact: 'x' })], [], {})).toEqual({ ok: true, value: one(key, 'x') });
  });

  test('a context, user and cluster of a kubeconfig', () => {
    const config = {
      clusters: [{ name: key, cluster: { server: 'https://k8s.example' } }],
      users: [{ name: key, user: { token: 't' } }],
      contexts: [{ name: key, context: { cluster: key, user: key } }],
      'current-context': key,
    };
    const { clusters, users, contexts } = parseKubeconfig(JSON.stringify(config), 'input', 'it', undefined);
    for (const map of [clusters, users, contexts]) expect([...map.keys()]).toEqual([key]);
  });

  test('a route, a subset, an annotation and a field that nobody knows stay as they are', () => {
    const base: Route = {
      name: key,
      route: [{ destination: { host: 'api', subset: 'v1' } }],
      ...one(key, 'x'),
    };
    const service = virtualService({ http: [base] });
    const rule = destinationRule({ v1: { app: 'api', build: '1' }, ...one(key, { app: 'api', build: 'x' }) });
    const before = snapshotOf(
      [{ ...service, metadata: { ...service.metadata, annotations: one(key, 'x') } }],
      [{ ...rule, metadata: { ...rule.metadata, annotations: one(key, 'x') } }],
    );
    const build = { 'pod-selector': 'app=api,build=2' };
    const during = play(
      before,
      { operation: 'headers', ...build, headers: 'x-a=1' },
      { operation: 'weight', ...build, weight: '20' },
    );
    expect(during).not.toEqual(before);
    expect(play(during, { operation: 'rollback', ...build })).toEqual(before);
  });
});

test.for(LABELS)('a build and a header called %s come and go', (key) => {
  const before = snapshotOf(
    [virtualService({ http: [{ route: [{ destination: { host: 'api', subset: 'v1' } }] }] })],
    [destinationRule({ v1: { app: 'api' } })],
  );
  const build = { 'pod-selector': `app=api,${key}=${key}` };
  const during = play(
    before,
    { operation: 'headers', ...build, headers: `${key}=${key}`, cookies: `${key}=${key}` },
    { operation: 'weight', ...build, weight: '20' },
  );
  expect(JSON.stringify(during.destinationRules)).toContain(`"${key}":"${key}"`);
  expect(play(during, { operation: 'rollback', ...build })).toEqual(before);
});
