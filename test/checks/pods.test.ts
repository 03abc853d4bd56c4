import { describe, expect, test } from 'vitest';
import type { PodView, ServiceView } from '../../src/istio/types.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import {
  BUILD,
  cluster,
  codes,
  findings,
  HEADERS,
  known,
  pod,
  PROMOTE,
  SERVICE,
  STABLE,
  to,
  WEIGHT,
  type Words,
  withoutSelector,
} from '../support/checked-cluster.ts';
import { play } from '../support/plane.ts';

describe('pods', () => {
  test.for<[says: RegExp, pods: PodView[], words?: Words, services?: ServiceView[]]>([
    [/^There is no pod with the labels app=api,build=2 in/, [pod('1')]],
    [/^There is no pod/, [pod('1')], HEADERS],
    [/^There is no pod/, [pod('1')], PROMOTE],
    [/^The one pod with the labels app=api,build=2 is not ready/, [pod('1'), pod('2', false)]],
    [/^None of the 2 pods with the labels/, [pod('2', false), pod('2', false)]],
    [
      /selects none of them: .* Correct the pods' labels/,
      [pod('2')],
      WEIGHT,
      [{ ...SERVICE, selector: { build: '1' } }],
    ],
  ])('%s', ([says, pods, words, services = [SERVICE]]) => {
    const snapshot = cluster(undefined, { pods: known(...pods), services: known(...services) });
    expect(codes(snapshot, words)).toEqual(['error† no-ready-pod']);
    expect(findings(snapshot, words)[0]?.message).toMatch(says);
  });

  test.for<[string, Partial<Snapshot>, Words]>([
    ['one of them is ready', { pods: known(pod('2', false), pod('2')) }, WEIGHT],
    ['nobody knows them', { pods: { state: 'none' } }, WEIGHT],
    ['the build gets nothing', { pods: known(pod('1')) }, { ...WEIGHT, weight: '0' }],
    ['the Service has no selector', { services: known(withoutSelector(SERVICE)) }, WEIGHT],
  ])('are no matter where %s', ([, given, words]) => {
    expect(codes(cluster(undefined, given), words)).toEqual([]);
  });

  test('of the stable subset have to be ready, too', () => {
    const snapshot = cluster([{ route: [to('')] }], { pods: known(pod('2')) });
    const [found, ...more] = findings(snapshot, { ...WEIGHT, ...STABLE });
    expect(found?.message).toMatch(/app=api,build=1 .* correct `stable-pod-selector`/);
    expect(more).toEqual([]);
  });

  describe('after something is reverted', () => {
    const shared = play(cluster(), { ...WEIGHT, weight: '100' });
    const rollback = { operation: 'rollback', ...BUILD };

    test('of the build that gets its requests again', () => {
      const snapshot = { ...shared, pods: known(pod('1', false), pod('2')) };
      expect(codes(snapshot, rollback)).toEqual(['warning no-ready-pod']);
      expect(findings(snapshot, rollback)[0]?.message).toMatch(
        /^Subset v1 of api\.shop\.svc\.cluster\.local gets requests back, and none of its pods \(app=api,build=1\) is ready/,
      );
    });

    test('not of the build that is rolled back, nor of one that is ready', () => {
      expect(codes({ ...shared, pods: known(pod('1')) }, rollback)).toEqual([]);
    });

    test('not of one that had as much before', () => {
      const http = [{ match: [{ port: 81 }], route: [to('v1')] }, { route: [to('v1')] }];
      const previewed = play(cluster(http), HEADERS);
      expect(codes({ ...previewed, pods: known(pod('2')) }, rollback)).toEqual([]);
    });
  });
});
