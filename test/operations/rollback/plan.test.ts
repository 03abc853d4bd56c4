/** `rollback`, `promote` and `clear` on a snapshot: what goes, what stays, what is refused. */
import { describe, expect, test } from 'vitest';
import type { DestinationRule, Labels, Route, RouteDestination } from '../../../src/istio/types.ts';
import { plan } from '../../../src/run/plan.ts';
import { subsetNames } from '../../../src/plan/names.ts';
import { SUBSETS } from '../../../src/plan/subsets.ts';
import type { Snapshot } from '../../../src/plan/types.ts';
import { destinationRule, intentOf, play, snapshotOf, virtualService } from '../../support/plane.ts';

const V1 = { app: 'api', build: '1' };
const V7 = { app: 'api', build: '7' };
/** What a subset of these labels is called where `api-7` is taken. */
const [, OTHER] = subsetNames(V7);

const to = (subset: string, weight?: number, host = 'api'): RouteDestination => ({
  destination: { host, ...(subset !== '' && { subset }) },
  ...(weight !== undefined && { weight }),
});

function rule(
  name: string,
  subsets: Readonly<Record<string, Labels>>,
  { own, ...more }: { own?: string; host?: string; namespace?: string; labels?: Labels } = {},
): DestinationRule {
  const { host = 'api', namespace = 'shop', labels = { app: 'api' } } = more;
  const made = destinationRule(subsets);
  return {
    ...made,
    metadata: { name, namespace, labels, ...(own !== undefined && { annotations: { [SUBSETS]: own } }) },
    spec: { ...made.spec, host },
  };
}

function state(snapshot: Snapshot): unknown {
  const text = ({ destination: { host, subset }, weight }: RouteDestination): string =>
    [host, ...(subset === undefined ? [] : [subset]), ...(weight === undefined ? [] : [weight])].join(' ');
  return {
    routes: snapshot.virtualServices.flatMap(({ spec }) =>
      [...(spec.http ?? []), ...(spec.tcp ?? [])].map(({ route = [] }) => route.map(text).join(', ')),
    ),
    subsets: snapshot.destinationRules.map(({ spec }) => (spec.subsets ?? []).map(({ name }) => name).join()),
  };
}

const of = (http: readonly Route[], ...rules: readonly DestinationRule[]): Snapshot =>
  snapshotOf([virtualService({ http })], rules);

type Words = Readonly<Record<string, string>>;
const BUILD = { 'pod-selector': 'app=api,build=7' };
const ROLLBACK = { operation: 'rollback', ...BUILD };
const EVERYWHERE = { ...ROLLBACK, 'label-selector': '' };
const WEIGHT = { operation: 'weight', ...BUILD, weight: '20' };
const CLEAR = { operation: 'clear' };

const codes = (snapshot: Snapshot, words: Words): string[] =>
  plan(snapshot, intentOf(words)).findings.map(({ code }) => code);

const MAIN: Route = { route: [to('v1')] };

describe('rollback takes a subset that is left over', () => {
  const left = { v1: V1, 'api-7': V7 };

  test.for<[string, rules: DestinationRule[], words: Words, subsets: string[]]>([
    ['of the selected rule', [rule('api', left, { own: 'api-7' })], ROLLBACK, ['v1']],
    ['by its other name', [rule('api', { v1: V1, [OTHER]: V7 }, { own: OTHER })], ROLLBACK, ['v1']],
    [
      'not one by a name that we do not give',
      [rule('api', { v1: V1, x: V7 }, { own: 'x' })],
      ROLLBACK,
      ['v1,x'],
    ],
    [
      'of a rule for the host that the routes lead to',
      [rule('api', left, { own: 'api-7', labels: {} })],
      ROLLBACK,
      ['v1'],
    ],
    [
      'of a selected rule for whatever host',
      [rule('api', { v1: V1 }), rule('web', left, { own: 'api-7', host: 'web' })],
      ROLLBACK,
      ['v1', 'v1'],
    ],
    [
      'not of another rule for another host',
      [rule('api', { v1: V1 }), rule('web', left, { own: 'api-7', host: 'web', labels: {} })],
      ROLLBACK,
      ['v1', 'v1,api-7'],
    ],
    [
      'of any rule, asked of all',
      [rule('api', { v1: V1 }), rule('web', left, { own: 'api-7', host: 'web', labels: {} })],
      EVERYWHERE,
      ['v1', 'v1'],
    ],
    [
      'not of another namespace',
      [rule('api', { v1: V1 }), rule('api', left, { own: 'api-7', namespace: 'web' })],
      EVERYWHERE,
      ['v1', 'v1,api-7'],
    ],
    ['not one that we did not make', [rule('api', left)], ROLLBACK, ['v1,api-7']],
    [
      'not one of other labels by the same name',
      [rule('api', { v1: V1, 'api-7': { app: 'web' } }, { own: 'api-7' })],
      ROLLBACK,
      ['v1,api-7'],
    ],
  ])('%s', ([, rules, words, subsets]) => {
    const before = of([MAIN], ...rules);
    expect(state(play(before, words))).toEqual({ routes: ['api v1'], subsets });
  });

  test('and that is something', () => {
    expect(codes(of([MAIN], rule('api', left, { own: 'api-7' })), ROLLBACK)).toEqual([]);
  });

  test('nothing at all is said', () => {
    expect(codes(of([MAIN], rule('api', { v1: V1 })), ROLLBACK)).toEqual(['nothing-to-roll-back']);
    expect(codes(of([MAIN], rule('api', { v1: V1, 'api-7': V7 })), ROLLBACK)).toEqual([
      'nothing-to-roll-back',
    ]);
  });

  test('not one that another VirtualService uses', () => {
    const snapshot = snapshotOf(
      [
        virtualService({ http: [MAIN] }),
        {
          ...virtualService({ http: [{ route: [to('api-7')] }] }, 'qa'),
          metadata: { name: 'qa', namespace: 'shop' },
        },
      ],
      [rule('api', left, { own: 'api-7' })],
    );
    expect(state(play(snapshot, ROLLBACK))).toEqual({
      routes: ['api v1', 'api api-7'],
      subsets: ['v1,api-7'],
    });
    expect(codes(snapshot, ROLLBACK)).toEqual(['used-elsewhere']);
  });
});

describe('rollback', () => {
  const api = rule('api', { v1: V1, 'api-7': V7 });

  test.for<[string, http: Route[], isRefused: boolean]>([
    ['the default route leads to the build alone', [{ route: [to('api-7')] }], true],
    ['twice', [{ route: [to('api-7', 50), to('api-7', 50)] }], true],
    ['the default route leads to others, too', [{ route: [to('api-7', 50), to('v1', 50)] }], false],
    [
      'a route for some requests does',
      [{ match: [{ uri: { prefix: '/a' } }], route: [to('api-7')] }, MAIN],
      false,
    ],
    ['a default route leads nowhere', [{ redirect: {} }], false],
  ])('has nothing to go back to where %s', ([, http, isRefused]) => {
    const roll = () => plan(of(http, api), intentOf(ROLLBACK));
    if (isRefused)
      expect(roll).toThrow(/^http\[0\] of VirtualService shop\/api sends to app=api,build=7 alone/);
    else expect(roll().phases).toEqual([]);
  });

  test('of a build whose subset somebody removed still finds its routes', () => {
    const made = play(of([MAIN], rule('api', { v1: V1 })), WEIGHT, {
      operation: 'headers',
      ...BUILD,
      headers: 'x-a=1',
    });
    const removed = { ...made, destinationRules: [rule('api', { v1: V1 })] };
    expect(state(play(removed, ROLLBACK))).toEqual({ routes: ['api v1'], subsets: ['v1'] });
  });

  test('asked of all, reports the VirtualServices that know the build', () => {
    const objects = [
      virtualService({ http: [{ route: [to('api-7', 10), to('v1', 90)] }] }, 'by-hand'),
      virtualService({ http: [MAIN] }, 'stranger'),
      virtualService({ http: [MAIN] }, 'ours'),
    ];
    const made = play(snapshotOf(objects, [api]), { ...WEIGHT, routes: 'ours/http[0]' });
    // Somebody took the build out of the list: only the memory is left.
    const taken = {
      ...made,
      virtualServices: made.virtualServices.map((object) =>
        object.metadata.name === 'ours' ? { ...object, spec: { ...object.spec, http: [MAIN] } } : object,
      ),
    };
    const names = (words: Words): string[] => [
      ...new Set(plan(taken, intentOf(words)).before.map(({ virtualService: name }) => name)),
    ];
    expect(names(EVERYWHERE)).toEqual(['by-hand', 'ours']);
    expect(names(ROLLBACK)).toEqual(['by-hand', 'stranger', 'ours']);
  });

  test.for<[Labels, name: string]>([
    [V7, 'mine'],
    [V1, 'api-7'],
  ])('says the name of the subset: %j', ([labels, name]) => {
    expect(plan(of([MAIN], rule('api', { mine: labels })), intentOf(ROLLBACK)).subset).toBe(name);
  });
});

describe('promote', () => {
  const promote = { operation: 'promote', ...BUILD };

  test.for<[list: RouteDestination[], left: string]>([
    [[to('v1')], 'api api-7'],
    [[to('v1', 100)], 'api api-7 100'],
    [[to('v1', 60), to('v2', 40)], 'api api-7 100'],
    [[to('v1', 80), to('api-7', 20)], 'api api-7 100'],
    [[to('v1', 40), to('api-7', 30), to('api-7', 30)], 'api api-7 50, api api-7 50'],
    [[to('api-7')], 'api api-7'],
    [[to('api-7', 30), to('api-7', 70)], 'api api-7 30, api api-7 70'],
  ])('of %j', ([route, left]) => {
    const after = play(of([{ route }], rule('api', { v1: V1, 'api-7': V7 })), promote);
    expect(state(after)).toMatchObject({ routes: [left] });
  });

  test('leaves a VirtualService alone that leads elsewhere', () => {
    const web = virtualService({ http: [{ route: [to('', undefined, 'web')] }] }, 'web');
    const before = snapshotOf([virtualService({ http: [MAIN] }), web], [rule('api', { v1: V1 })]);
    const after = play(before, { ...promote, hostname: 'api' });
    expect(after.virtualServices[1]).toBe(web);
    // Both are for the same host, and manifests don't say which of them is older.
    expect(codes(before, { ...promote, hostname: 'api' })).toEqual(['leads-elsewhere', 'reach-unknown']);
  });
});

describe('clear', () => {
  test.for<[string, rules: DestinationRule[], subsets: string[]]>([
    ['the selected rule', [rule('api', { v1: V1, 'api-7': V7 }, { own: 'api-7' })], ['v1']],
    [
      'a rule for the host that the routes lead to',
      [rule('api', { v1: V1, 'api-7': V7 }, { own: 'api-7', labels: {} })],
      ['v1'],
    ],
    [
      'a selected rule for another host',
      [rule('api', { v1: V1 }), rule('web', { v1: V1, 'api-7': V7 }, { own: 'api-7', host: 'web' })],
      ['v1', 'v1'],
    ],
    [
      'no other rule',
      [rule('api', { v1: V1 }), rule('web', { 'api-7': V7 }, { own: 'api-7', host: 'web', labels: {} })],
      ['v1', 'api-7'],
    ],
  ])('takes what we made from %s', ([, rules, subsets]) => {
    expect(state(play(of([MAIN], ...rules), CLEAR))).toEqual({ routes: ['api v1'], subsets });
  });

  const go = (build: number, weight?: number): RouteDestination => to(`api-${build}-shop`, weight);
  const headers = { 'x-a': { exact: '1' } };

  test.for<[string, http: Route[], routes: string[]]>([
    ['its header routes', [{ match: [{ headers }], route: [go(1)] }, MAIN], ['api v1']],
    ['its shares', [{ route: [to('v1', 60), to('v2', 20), go(1, 20)] }], ['api v1 75, api v2 25']],
    ['no list that has none', [{ route: [to('v1', 30), to('v2', 30)] }], ['api v1 30, api v2 30']],
    [
      'no share of a route for some requests',
      [{ match: [{ uri: { prefix: '/a' } }], route: [go(1, 50), to('v1', 50)] }, MAIN],
      ['api api-1-shop 50, api v1 50', 'api v1'],
    ],
    [
      'no route that has a name',
      [{ name: 'a', match: [{ headers }], route: [go(1)] }, MAIN],
      ['api api-1-shop', 'api v1'],
    ],
  ])('takes of the Go istiops %s', ([, http, routes]) => {
    expect(state(play(of(http, rule('api', { v1: V1 })), CLEAR))).toMatchObject({ routes });
  });

  test('refuses where a master-route has nothing else', () => {
    const snapshot = of([{ route: [go(1, 50), go(2, 50)] }], rule('api', {}));
    expect(() => plan(snapshot, intentOf(CLEAR))).toThrow(
      /^http\[0\] of VirtualService shop\/api sends to nothing but builds of the Go istiops \(api-1-shop, api-2-shop\)/,
    );
  });

  describe('stale', () => {
    const stale = { ...CLEAR, mode: 'stale' };
    const made = play(
      of([MAIN], rule('api', { v1: V1 })),
      { ...WEIGHT, weight: '20' },
      { ...WEIGHT, 'pod-selector': 'app=api,build=8', weight: '20' },
    );
    const pod = (build: string, ready: boolean) => ({ name: build, labels: { app: 'api', build }, ready });
    const among = (...pods: ReturnType<typeof pod>[]): Snapshot => ({
      ...made,
      pods: { state: 'known', items: pods },
    });

    test('takes the builds without a ready pod', () => {
      expect(state(play(among(pod('7', true), pod('8', false)), stale))).toEqual({
        routes: ['api v1 80, api api-7 20'],
        subsets: ['v1,api-7'],
      });
    });

    test('takes those whose subset nobody knows', () => {
      const snapshot = {
        ...among(pod('7', true), pod('8', true)),
        destinationRules: [rule('api', { v1: V1, 'api-7': V7 })],
      };
      expect(state(play(snapshot, stale))).toMatchObject({ routes: ['api v1 80, api api-7 20'] });
    });

    test.for<[Snapshot['pods'], says: string]>([
      [{ state: 'none' }, "the pods can't be read. Grant"],
      [{ state: 'forbidden', reason: 'no right' }, "the pods can't be read (no right). Grant"],
    ])('refuses to guess: %j', ([pods, says]) => {
      expect(() => plan({ ...made, pods }, intentOf(stale))).toThrow(says);
    });
  });
});

test('subsets come before the routes that use them and go after them', () => {
  const before = play(of([MAIN], rule('api', { v1: V1 })), WEIGHT, { ...WEIGHT, weight: '100' });
  const { phases } = plan(before, intentOf({ operation: 'promote', 'pod-selector': 'app=api,build=8' }));

  expect(phases.map(({ name, writes }) => [name, ...writes.map(({ kind }) => kind)])).toEqual([
    ['add-subsets', 'DestinationRule'],
    ['routes', 'VirtualService'],
    ['remove-subsets', 'DestinationRule'],
  ]);
  expect(phases[2]?.writes[0]?.before).toBe(phases[0]?.writes[0]?.after);
});

describe('a route by hand that sends to nothing but a subset of ours', () => {
  const pinned: Route = { match: [{ uri: { prefix: '/beta' } }], route: [to('api-7')] };
  const shared = play(of([MAIN], rule('api', { v1: V1 })), WEIGHT);
  const snapshot: Snapshot = {
    ...shared,
    virtualServices: shared.virtualServices.map((object) => ({
      ...object,
      spec: { ...object.spec, http: [pinned, ...(object.spec.http ?? [])] },
    })),
  };
  const found = (force: boolean): string[] =>
    plan(snapshot, intentOf(ROLLBACK), { force }).findings.map(({ code, severity }) => `${severity} ${code}`);

  test('refuses the rollback; by force everything else goes', () => {
    expect(found(false)).toEqual(['error no-destination-left']);
    expect(found(true)).toEqual(['warning no-destination-left']);
    const { phases } = plan(snapshot, intentOf(ROLLBACK), { force: true });
    // What proves that it is ours stays with the subset.
    expect(phases.map(({ name }) => name)).toEqual(['routes']);
  });

  test('and nothing else: refused with force, too', () => {
    const left: Snapshot = {
      ...snapshot,
      virtualServices: [virtualService({ http: [pinned, MAIN] })],
    };
    expect(() => plan(left, intentOf(ROLLBACK), { force: true })).toThrow(
      /^http\[0\] of VirtualService shop\/api sends to app=api,build=7 alone: rolled back, it would be left without a destination. Somebody else wrote that route/,
    );
  });
});
