import { describe, expect, test } from 'vitest';
import type { DestinationRule, Labels, Route } from '../../../src/istio/types.ts';
import { plan } from '../../../src/run/plan.ts';
import { subsetNames } from '../../../src/plan/names.ts';
import type { Snapshot } from '../../../src/plan/types.ts';
import {
  BUILD,
  codesOf,
  MAIN,
  routed,
  rule,
  stateOf,
  to,
  V1,
  V7,
  WEIGHT,
  type Words,
} from '../../support/builds.ts';
import { intentOf, play, snapshotOf, virtualService } from '../../support/plane.ts';

const ROLLBACK = { operation: 'rollback', ...BUILD };
const EVERYWHERE = { ...ROLLBACK, 'label-selector': '' };
/** What a subset of these labels is called where `api-7` is taken. */
const [, OTHER] = subsetNames(V7);

describe('rollback removes a subset that is left over', () => {
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
      'of a rule for the host that the routes send to',
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
    const before = routed([MAIN], ...rules);
    expect(stateOf(play(before, words))).toEqual({ routes: ['api v1'], subsets });
  });

  test('which counts as a rollback', () => {
    expect(codesOf(routed([MAIN], rule('api', left, { own: 'api-7' })), ROLLBACK)).toEqual([]);
  });

  test('where there is nothing to remove, that is reported', () => {
    expect(codesOf(routed([MAIN], rule('api', { v1: V1 })), ROLLBACK)).toEqual(['nothing-to-roll-back']);
    expect(codesOf(routed([MAIN], rule('api', { v1: V1, 'api-7': V7 })), ROLLBACK)).toEqual([
      'nothing-to-roll-back',
    ]);
  });

  test('not one that another VirtualService uses, which is reported', () => {
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
    expect(stateOf(play(snapshot, ROLLBACK))).toEqual({
      routes: ['api v1', 'api api-7'],
      subsets: ['v1,api-7'],
    });
    expect(codesOf(snapshot, ROLLBACK)).toEqual(['used-elsewhere']);
  });
});

describe('rollback', () => {
  const api = rule('api', { v1: V1, 'api-7': V7 });

  test.for<[string, http: Route[], isRefused: boolean]>([
    ['the default route sends to the build alone', [{ route: [to('api-7')] }], true],
    ['twice', [{ route: [to('api-7', 50), to('api-7', 50)] }], true],
    ['the default route sends to others, too', [{ route: [to('api-7', 50), to('v1', 50)] }], false],
    [
      'a route for some requests does',
      [{ match: [{ uri: { prefix: '/a' } }], route: [to('api-7')] }, MAIN],
      false,
    ],
    ['a default route leads nowhere', [{ redirect: {} }], false],
  ])('has nothing to go back to where %s', ([, http, isRefused]) => {
    const roll = () => plan(routed(http, api), intentOf(ROLLBACK));
    if (isRefused)
      expect(roll).toThrow(/^http\[0\] of VirtualService shop\/api sends to app=api,build=7 alone/);
    else expect(roll().phases).toEqual([]);
  });

  test('of a build whose subset somebody removed still finds its routes', () => {
    const made = play(routed([MAIN], rule('api', { v1: V1 })), WEIGHT, {
      operation: 'headers',
      ...BUILD,
      headers: 'x-a=1',
    });
    const removed = { ...made, destinationRules: [rule('api', { v1: V1 })] };
    expect(stateOf(play(removed, ROLLBACK))).toEqual({ routes: ['api v1'], subsets: ['v1'] });
  });

  test('without a label selector, reports the VirtualServices that know the build', () => {
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
  ])('reports the name of the subset: %j', ([labels, name]) => {
    expect(plan(routed([MAIN], rule('api', { mine: labels })), intentOf(ROLLBACK)).subset).toBe(name);
  });
});

describe('a route of somebody else that sends to nothing but a subset made by istiops', () => {
  const pinned: Route = { match: [{ uri: { prefix: '/beta' } }], route: [to('api-7')] };
  const shared = play(routed([MAIN], rule('api', { v1: V1 })), WEIGHT);
  const snapshot: Snapshot = {
    ...shared,
    virtualServices: shared.virtualServices.map((object) => ({
      ...object,
      spec: { ...object.spec, http: [pinned, ...(object.spec.http ?? [])] },
    })),
  };
  const found = (force: boolean): string[] =>
    plan(snapshot, intentOf(ROLLBACK), { force }).findings.map(({ code, severity }) => `${severity} ${code}`);

  test('refuses the rollback; with force everything else goes', () => {
    expect(found(false)).toEqual(['error no-destination-left']);
    expect(found(true)).toEqual(['warning no-destination-left']);
    const { phases } = plan(snapshot, intentOf(ROLLBACK), { force: true });
    // What proves that it is ours stays with the subset.
    expect(phases.map(({ name }) => name)).toEqual(['routes']);
  });

  test('where nothing else is to be rolled back, force is refused, too', () => {
    const left: Snapshot = {
      ...snapshot,
      virtualServices: [virtualService({ http: [pinned, MAIN] })],
    };
    expect(() => plan(left, intentOf(ROLLBACK), { force: true })).toThrow(
      /^http\[0\] of VirtualService shop\/api sends to app=api,build=7 alone: rolled back, it would be left without a destination. Somebody else wrote that route/,
    );
  });
});
