import { describe, expect, test } from 'vitest';
import { clusterRef, clustersIn, unusable, type ClusterRef } from '../../src/confirm/clusters.ts';
import { parsedDump } from '../../src/confirm/dump-json.ts';
import { rootsOf } from '../../src/confirm/expected-routes.ts';
import { standingOf, type Shown } from '../../src/confirm/judge.ts';
import { routeListsIn } from '../../src/confirm/proxy-routes.ts';
import type { Wanted } from '../../src/confirm/wanted.ts';
import { dump, HOST, WRITTEN, type State } from './support/dumps.ts';

const GATEWAY = ['istio-system/plane'];
const ref = (subset: string, host = HOST): ClusterRef => ({ host, subset, port: null });
const routesOf = (state: State): Shown => ({
  kind: 'routes',
  lists: routeListsIn(dump(state, 'gateway-routes')),
});
const clustersOf = (state: State): Shown => ({
  kind: 'clusters',
  names: clustersIn(dump(state, 'gateway-clusters')),
});

function wanted(state: State, more: Partial<Wanted> = {}): Wanted {
  const roots = rootsOf(['shop/api'], [WRITTEN[state]]);
  return { phase: 'routes', roots, subsets: [], gone: [], blind: [], ...more };
}

const kindOf = (...given: Parameters<typeof standingOf>): string => standingOf(...given).kind;

describe('routes', () => {
  test('that are there, and were not before', () => {
    expect(kindOf(wanted('routes'), routesOf('base'), routesOf('routes'), GATEWAY)).toBe('has');
  });

  test('that were there before prove nothing', () => {
    expect(kindOf(wanted('routes'), routesOf('routes'), routesOf('routes'), GATEWAY)).toBe('looks-the-same');
  });

  test('that are the same for every request, and written in another way than before', () => {
    expect(kindOf(wanted('hundred'), routesOf('base'), routesOf('hundred'), GATEWAY)).toBe('has');
    expect(kindOf(wanted('base'), routesOf('hundred'), routesOf('base'), GATEWAY)).toBe('has');
    // Not yet, and as somebody else would write them.
    expect(kindOf(wanted('hundred'), routesOf('base'), routesOf('base'), GATEWAY)).toBe('looks-the-same');
    expect(kindOf(wanted('base'), routesOf('base'), routesOf('hundred'), GATEWAY)).toBe('looks-the-same');
  });

  test('nor do those that nobody looked at before', () => {
    expect(kindOf(wanted('routes'), undefined, routesOf('routes'), GATEWAY)).toBe('looks-the-same');
    expect(kindOf(wanted('routes'), clustersOf('base'), routesOf('routes'), GATEWAY)).toBe('looks-the-same');
  });

  test('that are not there yet, with the first difference', () => {
    expect(standingOf(wanted('routes'), routesOf('base'), routesOf('base'), GATEWAY)).toEqual({
      kind: 'lacks',
      why: 'api.shop.svc.cluster.local:8080 has route default where route istiops-v2 should be',
    });
  });

  test('of another gateway are not looked for', () => {
    expect(kindOf(wanted('routes'), routesOf('base'), routesOf('base'), ['shop/other'])).toBe('has');
  });

  test('that a proxy never had are no reason to wait for ever; that it had, are', () => {
    const none: Shown = { kind: 'routes', lists: [] };
    expect(kindOf(wanted('routes'), none, none, GATEWAY)).toBe('looks-the-same');
    expect(kindOf(wanted('routes'), routesOf('base'), none, GATEWAY)).toBe('lacks');
  });

  test('must not name a subset that goes, whichever VirtualService they are of', () => {
    const gone = { gone: [ref('v2')] };
    expect(standingOf(wanted('base', gone), routesOf('routes'), routesOf('routes'), GATEWAY)).toEqual({
      kind: 'lacks',
      why: 'api.shop.svc.cluster.local:8080 still has a route to v2 of api.shop.svc.cluster.local',
    });
    expect(kindOf(wanted('base', gone), routesOf('routes'), routesOf('base'), GATEWAY)).toBe('has');
    const other = { gone: [ref('v2', 'web.shop.svc.cluster.local')] };
    expect(kindOf(wanted('routes', other), routesOf('base'), routesOf('routes'), GATEWAY)).toBe('has');
  });
});

describe('subsets', () => {
  const subsets = (...names: readonly string[]): Wanted =>
    wanted('base', { phase: 'add-subsets', subsets: names.map((name) => ref(name)) });

  test('that can be sent to, and could not before', () => {
    expect(kindOf(subsets('v2'), clustersOf('base'), clustersOf('subset'), GATEWAY)).toBe('has');
  });

  test('that could be sent to before prove nothing', () => {
    expect(kindOf(subsets('v1'), clustersOf('base'), clustersOf('subset'), GATEWAY)).toBe('looks-the-same');
    expect(kindOf(subsets('v2'), undefined, clustersOf('subset'), GATEWAY)).toBe('looks-the-same');
    expect(kindOf(subsets('v1', 'v2'), clustersOf('base'), clustersOf('subset'), GATEWAY)).toBe(
      'looks-the-same',
    );
  });

  test('that can not', () => {
    expect(standingOf(subsets('v2'), clustersOf('base'), clustersOf('base'), GATEWAY)).toEqual({
      kind: 'lacks',
      why: "it can't send to v2 of api.shop.svc.cluster.local yet",
    });
  });

  test('need a cluster for every port of their service', () => {
    const names = new Set(['outbound|80||api', 'outbound|80|v2|api', 'outbound|443||api']);
    expect(unusable([ref('v2', 'api')], names)).toEqual([ref('v2', 'api')]);
    expect(unusable([ref('v2', 'api')], new Set([...names, 'outbound|443|v2|api']))).toEqual([]);
    expect(unusable([{ ...ref('v2', 'api'), port: 80 }], names)).toEqual([]);
    expect(unusable([ref('v2', 'web')], names)).toEqual([ref('v2', 'web')]);
  });

  test('a cluster that is warming is not among those that can be sent to', () => {
    expect([...clustersIn({})]).toEqual([]);
    expect([...clustersIn(dump('subset', 'gateway-clusters'))]).toContain(`outbound|80|v2|${HOST}`);
    expect([...clustersIn(dump('subset', 'istiod-web-1'))]).toContain(`outbound|80|v2|${HOST}`);
  });
});

test('clusters by their names', () => {
  expect(clusterRef('outbound|80|v2|API.shop')).toEqual({ host: 'api.shop', subset: 'v2', port: 80 });
  expect(clusterRef('outbound|80||api.shop')).toEqual({ host: 'api.shop', subset: '', port: 80 });
  for (const odd of ['BlackHoleCluster', 'inbound|80||', 'outbound|80', ''])
    expect(clusterRef(odd)).toBeUndefined();
});

test('what is no dump', () => {
  expect(parsedDump('<html>')).toBeUndefined();
  expect(parsedDump('7')).toBeUndefined();
  expect(parsedDump('{}')).toEqual({});
  for (const odd of [{}, [], { configs: 'no' }, { configs: [null, 7, 'x', {}] }]) {
    expect(routeListsIn(odd)).toEqual([]);
    expect([...clustersIn(odd)]).toEqual([]);
  }
});
