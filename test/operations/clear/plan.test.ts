import { describe, expect, test } from 'vitest';
import type { DestinationRule, Route, RouteDestination } from '../../../src/istio/types.ts';
import { plan } from '../../../src/run/plan.ts';
import type { Snapshot } from '../../../src/plan/types.ts';
import { MAIN, routed, rule, stateOf, to, V1, V7, WEIGHT } from '../../support/builds.ts';
import { intentOf, play } from '../../support/plane.ts';

const CLEAR = { operation: 'clear' };

describe('clear', () => {
  test.for<[string, rules: DestinationRule[], subsets: string[]]>([
    ['the selected rule', [rule('api', { v1: V1, 'api-7': V7 }, { own: 'api-7' })], ['v1']],
    [
      'a rule for the host that the routes send to',
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
  ])('removes what istiops made from %s', ([, rules, subsets]) => {
    expect(stateOf(play(routed([MAIN], ...rules), CLEAR))).toEqual({ routes: ['api v1'], subsets });
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
  ])('removes of the Go istiops %s', ([, http, routes]) => {
    expect(stateOf(play(routed(http, rule('api', { v1: V1 })), CLEAR))).toMatchObject({ routes });
  });

  test('refuses where a default route has nothing else', () => {
    const snapshot = routed([{ route: [go(1, 50), go(2, 50)] }], rule('api', {}));
    expect(() => plan(snapshot, intentOf(CLEAR))).toThrow(
      /^http\[0\] of VirtualService shop\/api sends to nothing but builds of the Go istiops \(api-1-shop, api-2-shop\)/,
    );
  });

  describe('stale', () => {
    const stale = { ...CLEAR, mode: 'stale' };
    const made = play(
      routed([MAIN], rule('api', { v1: V1 })),
      { ...WEIGHT, weight: '20' },
      { ...WEIGHT, 'pod-selector': 'app=api,build=8', weight: '20' },
    );
    const pod = (build: string, ready: boolean) => ({ name: build, labels: { app: 'api', build }, ready });
    const among = (...pods: ReturnType<typeof pod>[]): Snapshot => ({
      ...made,
      pods: { state: 'known', items: pods },
    });

    test('removes the builds without a ready pod', () => {
      expect(stateOf(play(among(pod('7', true), pod('8', false)), stale))).toEqual({
        routes: ['api v1 80, api api-7 20'],
        subsets: ['v1,api-7'],
      });
    });

    test('removes those whose subset no DestinationRule has', () => {
      const snapshot = {
        ...among(pod('7', true), pod('8', true)),
        destinationRules: [rule('api', { v1: V1, 'api-7': V7 })],
      };
      expect(stateOf(play(snapshot, stale))).toMatchObject({ routes: ['api v1 80, api api-7 20'] });
    });

    test.for<[Snapshot['pods'], says: string]>([
      [{ state: 'none' }, "the pods can't be read. Grant"],
      [{ state: 'forbidden', reason: 'no right' }, "the pods can't be read (no right). Grant"],
    ])('refuses to guess which pods are ready: %j', ([pods, says]) => {
      expect(() => plan({ ...made, pods }, intentOf(stale))).toThrow(says);
    });
  });
});
