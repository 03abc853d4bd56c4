import { describe, expect, test } from 'vitest';
import type { RouteDestination } from '../../../src/istio/types.ts';
import { plan } from '../../../src/run/plan.ts';
import type { Snapshot } from '../../../src/plan/types.ts';
import { destinationRule, intentOf, play, snapshotOf, virtualService } from '../../support/plane.ts';

const RULE = destinationRule({
  v1: { app: 'api', build: '1' },
  v2: { app: 'api', build: '2' },
});

const to = (subset: string, weight?: number): RouteDestination => ({
  destination: { host: 'api', ...(subset !== '' && { subset }) },
  ...(weight !== undefined && { weight }),
});

function routed(...lists: readonly RouteDestination[][]): Snapshot {
  const http = lists.map((route, i) =>
    i === lists.length - 1 ? { route } : { match: [{ uri: { prefix: `/${i}` } }], route },
  );
  return snapshotOf([virtualService({ http })], [RULE]);
}

const listsOf = ({ virtualServices }: Snapshot): unknown =>
  virtualServices[0]?.spec.http?.map(({ route }) =>
    route?.map(({ destination, weight }) => `${destination.subset ?? 'all'} ${weight ?? '-'}`).join(', '),
  );

const build = (name: string) => ({ 'pod-selector': `app=api,build=${name}` });
const weight = (name: string, percent: number) => ({
  operation: 'weight',
  ...build(name),
  weight: String(percent),
});
const rollback = (name: string) => ({ operation: 'rollback', ...build(name) });

describe('weight', () => {
  test('a copy that somebody made of a base route loses the build as well, because only istiops can have put it there', () => {
    const shared = play(routed([to('v1')]), weight('7', 20));
    const copied: Snapshot = {
      ...shared,
      virtualServices: shared.virtualServices.map((object) => ({
        ...object,
        spec: {
          ...object.spec,
          http: (object.spec.http ?? []).flatMap((route) => [
            { match: [{ uri: { prefix: '/a' } }], route: route.route ?? [] },
            route,
          ]),
        },
      })),
    };
    const changed = play(copied, weight('7', 50));
    expect(listsOf(changed)).toEqual(['v1 50, api-7 50', 'v1 50, api-7 50']);

    expect(listsOf(play(changed, rollback('7')))).toEqual(['v1 100', 'v1 -']);
  });

  test('0 for a build that is not listed changes nothing, even where all weights are 0', () => {
    expect(plan(routed([to('v1', 0), to('v2', 0)]), intentOf(weight('7', 0))).phases).toEqual([]);
  });

  test('the same weight with a stable-pod-selector still pins the rest', () => {
    const shared = play(routed([to('')]), weight('7', 20));
    expect(listsOf(shared)).toEqual(['all 80, api-7 20']);

    const pinned = play(shared, { ...weight('7', 20), 'stable-pod-selector': 'app=api,build=1' });

    expect(listsOf(pinned)).toEqual(['v1 80, api-7 20']);
  });

  describe('remembers the requested share although the shares stay the same', () => {
    test('of a build that others have squeezed: it does not come back', () => {
      const squeezed = play(routed([to('v1')]), weight('11', 40), weight('10', 100));
      const asked = play(squeezed, weight('11', 0));

      expect(listsOf(asked)).toEqual(listsOf(squeezed));
      expect(asked).not.toEqual(squeezed);
      expect(plan(asked, intentOf(weight('11', 0))).phases).toEqual([]);
      expect(listsOf(play(asked, rollback('10')))).toEqual(['v1 100, api-11 0']);
      expect(play(asked, rollback('10'), rollback('11'))).toEqual(routed([to('v1')]));
    });

    test('of a destination that the list had before', () => {
      const halved = play(routed([to('v1', 60), to('v2', 40)]), weight('7', 50));
      const asked = play(halved, weight('2', 20));

      expect(listsOf(asked)).toEqual(['v1 30, v2 20, api-7 50']);
      expect(listsOf(play(asked, rollback('7')))).toEqual(['v1 80, v2 20']);
      expect(listsOf(play(halved, rollback('7')))).toEqual(['v1 60, v2 40']);
    });

    test('not where it is what was requested last, or what it had at first', () => {
      const shared = play(routed([to('v1')]), weight('7', 20));
      expect(plan(shared, intentOf(weight('7', 20))).phases).toEqual([]);

      const first = routed([to('v1', 60), to('v2', 40)]);
      expect(plan(first, intentOf(weight('2', 40))).phases).toEqual([]);
    });

    test('where somebody else left it another share', () => {
      const shared = play(routed([to('v1')]), weight('7', 20), weight('8', 20));
      const edited: Snapshot = {
        ...shared,
        virtualServices: shared.virtualServices.map((object) => ({
          ...object,
          spec: { ...object.spec, http: [{ route: [to('v1', 10), to('api-7', 40), to('api-8', 50)] }] },
        })),
      };
      expect(listsOf(play(edited, rollback('8')))).toEqual(['v1 20, api-7 80']);
      expect(listsOf(play(edited, weight('7', 40), rollback('8')))).toEqual(['v1 60, api-7 40']);
    });
  });
});

describe('whatever is done for one build', () => {
  // A run beside this one adds its subset before its routes, and waits in between.
  const beside = play(routed([to('v1')]), weight('8', 20), weight('8', 0)).destinationRules;

  test.for([
    weight('7', 20),
    { operation: 'headers', ...build('7'), headers: 'x-a=1' },
    { operation: 'promote', ...build('7') },
    rollback('7'),
  ])('$operation leaves a subset alone that nothing sends to yet', (words) => {
    const snapshot = { ...routed([to('v1')]), destinationRules: beside };
    const after = play(snapshot, words);

    expect(after.destinationRules[0]?.spec.subsets?.map(({ name }) => name)).toContain('api-8');
  });
});
