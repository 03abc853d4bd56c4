import { expect, test } from 'vitest';
import type { Labels } from '../../src/istio/types.ts';
import { podRelations, type PodRelation } from '../../src/plan/overlaps.ts';
import { snapshotOf } from '../support/plane.ts';

const HOST = 'api.shop.svc.cluster.local';

test.for<[string, one: Labels, other: Labels, pods: Labels[] | undefined, expected: PodRelation]>([
  ['equal labels', { build: '10' }, { build: '10' }, undefined, 'same'],
  ['more labels are fewer pods', { app: 'api', build: '10' }, { app: 'api' }, undefined, 'within'],
  ['and the other way round', {}, { app: 'api' }, undefined, 'around'],
  ['other keys say nothing', { build: '10' }, { version: '1' }, undefined, 'none'],
  ['other keys, and pods that have both', { a: '1' }, { b: '1' }, [{ a: '1', b: '1' }], 'same'],
  ['some pods have both', { a: '1' }, { b: '1' }, [{ a: '1', b: '1' }, { a: '1' }, { b: '1' }], 'some'],
  ['no pod has both', { a: '1' }, { b: '1' }, [{ a: '1' }, { b: '1' }], 'none'],
  ['no pods at all: by the labels', { a: '1', b: '1' }, { a: '1' }, [], 'within'],
])('how the pods of two destinations relate: %s', ([, one, other, labels, expected]) => {
  const items = labels?.map((of, i) => ({ name: `p${i}`, labels: of, ready: true }));
  const snapshot = {
    ...snapshotOf([], []),
    pods: items === undefined ? ({ state: 'none' } as const) : ({ state: 'known', items } as const),
  };
  expect(podRelations(snapshot)({ host: HOST, labels: one }, { host: HOST, labels: other })).toBe(expected);
});

test('pods of two services are no matter of each other, nor are those of a namespace that is not read', () => {
  const items = [{ name: 'p', labels: { a: '1', b: '1' }, ready: true }];
  const relation = podRelations({ ...snapshotOf([], []), pods: { state: 'known', items } });
  expect(
    relation({ host: HOST, labels: { a: '1' } }, { host: 'web.shop.svc.cluster.local', labels: { a: '1' } }),
  ).toBe('none');
  const there = 'api.other.svc.cluster.local';
  expect(relation({ host: there, labels: { a: '1' } }, { host: there, labels: { b: '1' } })).toBe('none');
});
