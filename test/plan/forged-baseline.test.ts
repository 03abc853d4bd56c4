/** Whoever may write a VirtualService may write its annotations: each field of the baseline, forged. */
import { describe, expect, test } from 'vitest';
import type { VirtualService } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import { BASELINE, LIMITS } from '../../src/plan/baseline/format.ts';
import { parseBaseline } from '../../src/plan/baseline/parse.ts';
import { writeBaselines } from '../../src/plan/baseline.ts';
import { listOf } from '../../src/plan/split.ts';
import { parseOwnSubsets, SUBSETS } from '../../src/plan/own-subsets.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { destinationRule, intentOf, play, snapshotOf, virtualService } from '../support/plane.ts';

const start = snapshotOf(
  [
    virtualService({
      http: [
        {
          route: [
            { destination: { host: 'api', subset: 'v1' }, weight: 60 },
            { destination: { host: 'api', subset: 'v2' }, weight: 40 },
          ],
        },
      ],
    }),
  ],
  [destinationRule({ v1: { app: 'api', version: '1' }, v2: { app: 'api', version: '2' } })],
);
const BUILD = { 'pod-selector': 'app=api,build=7' };
const WEIGHT = { operation: 'weight', ...BUILD, weight: '20' };
const ROLLBACK = { operation: 'rollback', ...BUILD };
const shared = play(start, WEIGHT);

const textOf = ({ virtualServices: [object] }: Snapshot): string =>
  object?.metadata.annotations?.[BASELINE] ?? '';

function forged(text: string, snapshot = shared): Snapshot {
  return {
    ...snapshot,
    virtualServices: snapshot.virtualServices.map((object): VirtualService => ({
      ...object,
      metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [BASELINE]: text } },
    })),
  };
}

interface Stored {
  v: unknown;
  destinations: unknown[];
  routes: unknown[][];
}

/** The annotation that istiops wrote, with one field changed. */
function with_(change: (stored: Stored) => void): string {
  const stored = JSON.parse(textOf(shared)) as Stored;
  change(stored);
  return JSON.stringify(stored);
}

const set =
  (...path: readonly (string | number)[]) =>
  (value: unknown): string =>
    with_((stored) => {
      const last = path.at(-1) ?? '';
      const parent = path
        .slice(0, -1)
        .reduce<unknown>((current, step) => (current as Record<string | number, unknown>)[step], stored);
      (parent as Record<string | number, unknown>)[last] = value;
    });

const HOST = set('destinations', 0, 'destination', 'host');
const SUBSET = set('destinations', 0, 'destination', 'subset');
const ENTRY = set('destinations', 0);
const GROUP = set('routes', 0);
const LIST = set('routes', 0, 0);
const ASKS = set('routes', 0, 1);
const EXTRAS = set('routes', 0, 2);
const WRITTEN = set('routes', 0, 3);
const IDENTITIES = set('routes', 0, 4);

const long = 'a'.repeat(300);
const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

describe('a baseline that can not be right', () => {
  test.for<[string, text: string]>([
    ['version', set('v')(2)],
    ['destinations', set('destinations')({})],
    ['routes', set('routes')('x')],
    ['host that is no text', HOST(7)],
    ['host that is an object', HOST({ toString: 'x' })],
    ['host that is empty', HOST('')],
    ['host that is long', HOST(long)],
    ['subset that is no text', SUBSET(['v1'])],
    ['subset that is long', SUBSET(long)],
    ['port that is no number', set('destinations', 0, 'destination', 'port')({ number: '80' })],
    ['port out of range', set('destinations', 0, 'destination', 'port')({ number: 70_000 })],
    ['port that is no object', set('destinations', 0, 'destination', 'port')(80)],
    ['entry without a destination', ENTRY({})],
    ['entry that is a list', ENTRY([])],
    ['entry with a weight of its own', ENTRY({ destination: { host: 'api' }, weight: 3 })],
    ['entry with a prototype', textOf(shared).replace('"host"', '"__proto__":{"x":1},"host"')],
    ['entry with a prototype, escaped', textOf(shared).replace('"host"', '"\\u005f_proto__":{"x":1},"host"')],
    ['group that is no list', GROUP({})],
    ['group of more parts', GROUP([[], [], null, 'x', [], 1])],
    ['list', LIST({})],
    ['list with an index that there is not', LIST([[9]])],
    ['list with a negative index', LIST([[-1]])],
    ['list with a weight below 0', LIST([[0, -40]])],
    ['list with a weight that is a fraction', LIST([[0, 0.5]])],
    ['list with a weight that is a text', LIST([[0, '60']])],
    ['list with a weight beyond what Istio takes', LIST([[0, 2 ** 31]])],
    ['list of too many', LIST(Array.from({ length: LIMITS.list + 1 }, () => [0, 1]))],
    ['asks', ASKS({})],
    ['a part above the whole', ASKS([[2, 120]])],
    ['a part below 0', ASKS([[2, -20]])],
    ['a part that is huge', ASKS([[2, 1e300]])],
    ['a part that is null', ASKS([[2, null]])],
    ['a whole of 0', ASKS([[2, 0, 0]])],
    ['a whole that is huge', ASKS([[2, 1, Number.MAX_VALUE]])],
    [
      'an ask for the whole service',
      with_(({ destinations: [, , one] }) => Object.assign(one as object, { destination: { host: 'api' } })),
    ],
    ['too many asks', ASKS(Array.from({ length: LIMITS.requestedShares + 1 }, () => [2, 20]))],
    ['a pin without a subset', EXTRAS({ host: 'api' })],
    ['a pin that is empty', EXTRAS({ host: 'api', subset: '' })],
    ['a pin that is no text', EXTRAS({ host: 1, subset: 'v1' })],
    ['a pin that is a list', EXTRAS(['api', 'v1'])],
    ['builds that leave, no list', EXTRAS({ host: 'api', subset: 'v1', leaving: 1 })],
    ['builds that leave, no labels', EXTRAS({ host: 'api', subset: 'v1', leaving: [7] })],
    [
      'builds that leave, labels that are no text',
      EXTRAS({ host: 'api', subset: 'v1', leaving: [{ a: 1 }] }),
    ],
    [
      'too many builds that leave',
      EXTRAS({ host: 'api', subset: 'v1', leaving: Array.from({ length: 51 }, () => ({})) }),
    ],
    ['a fingerprint that is no text', WRITTEN(1)],
    ['a fingerprint that is long', WRITTEN(long)],
    ['identities', IDENTITIES({})],
    ['an identity that is no text', IDENTITIES([1])],
    ['brackets without end', deep],
    ['brackets that are not closed', '['.repeat(100_000)],
    ['a long text', `"${'x'.repeat(LIMITS.text)}"`],
    ['no JSON', '{'],
    ['nothing', ''],
  ])('is named, ignored and not followed: %s', ([, text]) => {
    expect(parseBaseline(text).kind).toBe('fault');
    const snapshot = forged(text);
    for (const words of [WEIGHT, ROLLBACK, { operation: 'clear' }]) {
      const { findings } = plan(snapshot, intentOf(words));
      expect(findings.map(({ code }) => code)).toContain('baseline-unreadable');
    }
    // As if it were lost: the build goes by what the DestinationRule proves.
    expect(play(snapshot, ROLLBACK).virtualServices).toEqual(start.virtualServices);
  });

  test.for<[string, text: string]>([
    ['another host', HOST('evil.example.com')],
    ['a host of another namespace', HOST('api.pay')],
    ['a subset that is not there', SUBSET('nobody')],
    ['headers', set('destinations', 0, 'headers')({ request: { set: { 'x-admin': 'yes' } } })],
    ['another port', set('destinations', 0, 'destination', 'port')({ number: 1 })],
    [
      'other proportions',
      LIST([
        [0, 1],
        [1, 99],
      ]),
    ],
    ['one destination less', LIST([[0, 60]])],
    ['a pin to what the list has', EXTRAS({ host: 'api', subset: 'v1' })],
    ['another share', ASKS([[2, 30]])],
    ['a share of the whole', ASKS([[2, 20, 200]])],
  ])('what the list does not follow from is not followed: %s', ([, text]) => {
    expect(parseBaseline(text).kind).toBe('groups');
    const after = play(forged(text), ROLLBACK);
    expect(after.virtualServices).toEqual(start.virtualServices);
  });

  test('names that JavaScript knows are names like others', () => {
    const text = with_(({ destinations: [first] }) =>
      Object.assign(first as object, { constructor: 'x', toString: 'y', hasOwnProperty: 1 }),
    );
    expect(() => plan(forged(text), intentOf(ROLLBACK))).not.toThrow();
  });
});

describe('istiops/subsets', () => {
  test.for<[text: string, names: string[]]>([
    ['api-7', ['api-7']],
    [' api-7 ,, api-8,api-7', ['api-7', 'api-8']],
    ['API,a b,-x,x-,../x,__proto__,a.b', []],
    [long, []],
    [`api-7,${'x,'.repeat(40_000)}`, []],
    ['constructor', ['constructor']],
  ])('%s', ([text, names]) => {
    expect(parseOwnSubsets(text)).toEqual(names);
  });

  test('names that istiops does not give prove nothing, and are reported', () => {
    const claimed: Snapshot = {
      ...start,
      destinationRules: start.destinationRules.map((rule) => ({
        ...rule,
        metadata: { ...rule.metadata, annotations: { [SUBSETS]: 'v1,v2' } },
      })),
    };
    for (const words of [
      { operation: 'clear' },
      { operation: 'rollback', 'pod-selector': 'app=api,version=2' },
    ]) {
      const { phases, findings } = plan(claimed, intentOf(words));
      expect(phases).toEqual([]);
      expect(findings.map(({ code }) => code)).toContain('subsets-not-ours');
    }
  });

  test('a subset made by istiops whose labels somebody edited is still one', () => {
    const edited: Snapshot = {
      ...shared,
      destinationRules: shared.destinationRules.map((rule) => ({
        ...rule,
        spec: {
          ...rule.spec,
          subsets: (rule.spec.subsets ?? []).map((subset) =>
            subset.name === 'api-7' ? { ...subset, labels: { app: 'api', track: 'canary' } } : subset,
          ),
        },
      })),
    };
    expect(play(edited, ROLLBACK).virtualServices).toEqual(start.virtualServices);
    expect(play(forged('lost', edited), ROLLBACK).virtualServices).toEqual(start.virtualServices);
  });
});

describe('as much as may be remembered', () => {
  const asks = Array.from({ length: 1200 }, (_, i) => [2 + (i % 2), 1 + (i % 99)]);
  const many = with_((stored) => {
    stored.destinations.push({ destination: { host: 'api', subset: 'api-8' } });
    Object.assign(stored.routes[0] ?? [], { 1: asks });
  });

  test('is read and followed in time', () => {
    const parsed = parseBaseline(many);
    expect(parsed.kind === 'groups' && parsed.groups[0]?.baseline.requestedShares.length).toBe(1200);
    expect(play(forged(many), ROLLBACK).virtualServices[0]?.spec.http).toEqual(
      start.virtualServices[0]?.spec.http,
    );
  });

  test('a thousand builds of one list are, too', () => {
    const text = with_((stored) => {
      const names = Array.from({ length: 1000 }, (_, i) => `b-${i}`);
      const first = stored.destinations.length;
      stored.destinations.push(...names.map((subset) => ({ destination: { host: 'api', subset } })));
      Object.assign(stored.routes[0] ?? [], { 1: names.map((_, i) => [first + i, 1 + (i % 99)]) });
    });
    expect(parseBaseline(text).kind).toBe('groups');
    expect(play(forged(text), ROLLBACK).virtualServices).toEqual(start.virtualServices);
  });

  test('no share is given beyond it', () => {
    const list = start.virtualServices[0]?.spec.http?.[0]?.route ?? [];
    const destination = (i: number) => ({ host: 'api', subset: `api-${7 + (i % 2)}` });
    const memory = {
      list,
      requestedShares: Array.from({ length: LIMITS.requestedShares }, (_, i) => ({
        destination: destination(i),
        part: 10 + (i % 2),
        whole: 100,
      })),
    };
    const full: Snapshot = {
      ...shared,
      virtualServices: [
        writeBaselines(
          virtualService({ http: [{ route: listOf(memory, 'shop') }] }),
          new Map([['http[0]', memory]]),
        ),
      ],
    };
    expect(() => plan(full, intentOf({ ...WEIGHT, weight: '30' }))).toThrow(
      /^More than 2000 shares were given/,
    );
    expect(plan(full, intentOf(ROLLBACK)).phases.length).toBeGreaterThan(0);
  });
});
