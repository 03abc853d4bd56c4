import { describe, expect, test } from 'vitest';
import type { Labels, PodView, Route, RouteDestination, VirtualService } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { applied, destinationRule, intentOf, play, snapshotOf, virtualService } from '../support/plane.ts';

const STABLE = { 'stable-pod-selector': 'app=api,version=1' };
const build = (name: string) => ({ 'pod-selector': `app=api,build=${name}` });
const weight = (name: string, percent = 5) => ({
  operation: 'weight',
  ...build(name),
  weight: String(percent),
  ...STABLE,
});
const headers = (name: string) => ({
  operation: 'headers',
  ...build(name),
  headers: `x-b=${name}`,
  ...STABLE,
});
const rollback = (name: string) => ({ operation: 'rollback', ...build(name) });
const stale = { operation: 'clear', mode: 'stale' };

const pod = (labels: Labels, ready = true): PodView => ({ name: JSON.stringify(labels), labels, ready });
const V1 = pod({ app: 'api', version: '1' });
const podOf = (name: string, ready = true): PodView => pod({ app: 'api', build: name }, ready);

/** A service `api` with every pod of `app=api`, to which the only route sends. */
function serving(
  pods: readonly PodView[],
  http: readonly Route[] = [{ route: [{ destination: { host: 'api' } }] }],
): Snapshot {
  return {
    ...snapshotOf([virtualService({ http })], [destinationRule({ v1: { app: 'api', version: '1' } })]),
    source: 'kubernetes',
    pods: { state: 'known', items: pods },
    services: {
      state: 'known',
      items: [
        {
          kind: 'Service',
          name: 'api',
          namespace: 'shop',
          hosts: ['api.shop.svc.cluster.local'],
          ports: [80],
          selector: { app: 'api' },
        },
      ],
    },
  };
}

const withPods = (snapshot: Snapshot, ...items: readonly PodView[]): Snapshot => ({
  ...snapshot,
  pods: { state: 'known', items },
});

const listOf = (list: readonly RouteDestination[] = []): string =>
  list.map(({ destination, weight: share }) => `${destination.subset ?? 'all'} ${share ?? '-'}`).join(', ');
const main = ({ virtualServices: [object] }: Snapshot): string => listOf(object?.spec.http?.at(-1)?.route);
const said = (snapshot: Snapshot, words: Record<string, string>): string[] =>
  plan(snapshot, intentOf(words)).findings.map(({ code, severity }) => `${severity} ${code}`);
const baseline = ({ virtualServices: [object] }: Snapshot): string | undefined =>
  object?.metadata.annotations?.['istiops/baseline'];

describe('a route that sent to the whole service', () => {
  const shared = play(serving([V1, podOf('7')]), weight('7'));

  test('stays with the stable subset while pods of the build that was rolled back are ready', () => {
    expect(said(shared, rollback('7'))).toEqual(['warning stable-subset-stays']);
    const kept = play(shared, rollback('7'));
    expect(main(kept)).toBe('v1 -');
    expect(plan(kept, intentOf(rollback('7'))).phases).toEqual([]);
    expect(said(kept, rollback('7'))).toContain('warning stable-subset-stays');
  });

  test.for([rollback('7'), rollback('9'), { operation: 'clear' }, stale])(
    'is as it was before once they are gone: $operation $mode',
    (words) => {
      const kept = withPods(play(shared, rollback('7')), V1);
      expect(plan(kept, intentOf(words)).phases.map(({ name }) => name)).toEqual(['routes']);
      expect(play(kept, words).virtualServices).toEqual(serving([V1]).virtualServices);
      expect(play(kept, words).destinationRules).toEqual(serving([V1]).destinationRules);
    },
  );

  test.for([rollback('9'), { operation: 'clear' }, stale])(
    'stays with it for whoever takes something else back: $operation $mode',
    (words) => {
      const kept = play(shared, rollback('7'));
      expect(plan(kept, intentOf(words)).phases).toEqual([]);
      expect(said(kept, words)).toContain('warning stable-subset-stays');
    },
  );

  test('waits for the pods of each build that was rolled back, whichever was the last', () => {
    const both = play(serving([V1, podOf('7'), podOf('8')]), weight('7'), weight('8'));
    const last = withPods(play(both, rollback('7')), V1, podOf('7'));
    expect(main(last)).toBe('v1 95, api-8 5');
    const kept = play(last, rollback('8'));
    expect(main(kept)).toBe('v1 -');
    expect(baseline(kept)).toContain('"leaving":[{"app":"api","build":"7"}]');
    expect(main(play(withPods(kept, V1, podOf('8')), rollback('7')))).toBe('all -');
  });

  test('keeps the preview of another build, and what it waits for', () => {
    const both = play(serving([V1, podOf('7'), podOf('8')]), headers('7'), headers('8'));
    const one = play(both, rollback('7'));
    expect(main(one)).toBe('v1 -');
    expect(main(play(withPods(one, V1, podOf('7')), rollback('8')))).toBe('v1 -');
    expect(main(play(withPods(one, V1), rollback('8')))).toBe('all -');
  });

  test('a new build is given a share of the stable subset', () => {
    const kept = withPods(play(shared, rollback('7')), V1, podOf('7'), podOf('8'));
    const { 'stable-pod-selector': _, ...plain } = weight('8', 10);
    expect(main(play(kept, plain))).toBe('v1 90, api-8 10');
    expect(main(play(kept, plain, rollback('8')))).toBe('v1 -');
  });

  test('pods that the stable subset has as well are no reason', () => {
    const mine = { app: 'api', build: '7', version: '1' };
    const stablePods = play(serving([V1, pod(mine)]), weight('7'));
    expect(main(play(stablePods, rollback('7')))).toBe('all -');
  });

  test('pods of another service are no reason', () => {
    const other = play(serving([V1, podOf('7')]), weight('7'));
    const { services } = other;
    const items = services.state === 'known' ? services.items : [];
    const narrow: Snapshot = {
      ...other,
      services: {
        state: 'known',
        items: items.map((one) => ({ ...one, selector: { app: 'api', version: '1' } })),
      },
    };
    expect(main(play(narrow, rollback('7')))).toBe('all -');
  });

  test('pods that are not ready are reported', () => {
    expect(said(withPods(shared, V1, podOf('7', false)), rollback('7'))).toEqual([
      'warning whole-service-again',
    ]);
  });

  test('pods that nobody may read are reported', () => {
    const blind: Snapshot = { ...shared, source: 'manifests', pods: { state: 'none' } };
    expect(said(blind, rollback('7'))).toEqual(['notice whole-service-again']);
    expect(main(play(blind, rollback('7')))).toBe('all -');
    expect(said({ ...shared, pods: { state: 'forbidden', reason: 'no list' } }, rollback('7'))).toEqual([
      'notice whole-service-again',
      'warning pods-unreadable',
    ]);
  });

  test('somebody who wrote the whole service again has decided it', () => {
    const edited: Snapshot = {
      ...shared,
      virtualServices: shared.virtualServices.map((object): VirtualService => ({
        ...object,
        spec: {
          ...object.spec,
          http: [
            {
              route: [
                { destination: { host: 'api' }, weight: 90 },
                { destination: { host: 'api', subset: 'api-7' }, weight: 10 },
              ],
            },
          ],
        },
      })),
    };
    expect(main(play(edited, rollback('7')))).toBe('all 100');
  });
});

test('a route that sent to the whole service all the time gives the build requests after the rollback, which is reported', () => {
  const { 'stable-pod-selector': _, ...plain } = headers('7');
  const shown = play(serving([V1, podOf('7')]), plain);
  expect(said(shown, rollback('7'))).toEqual(['warning build-still-reached']);
  expect(said(withPods(shown, V1, podOf('7', false)), rollback('7'))).toEqual([]);
});

test('a path and the rest are judged each for itself', () => {
  const whole = { destination: { host: 'api' } };
  const web = { destination: { host: 'web' } };
  const start = serving([V1, podOf('7')], [
    { match: [{ uri: { prefix: '/web' } }], route: [web] },
    { route: [whole] },
  ] as never);
  const after = play(start, { ...weight('7'), hostname: 'api' }, rollback('7'));
  expect(after.virtualServices[0]?.spec.http?.map(({ route }) => listOf(route))).toEqual(['all -', 'v1 -']);
  expect(applied(after, plan(after, intentOf(rollback('7'))))).toEqual(after);
});
