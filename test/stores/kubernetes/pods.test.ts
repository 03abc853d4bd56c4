import { expect, test } from 'vitest';
import { podView } from '../../../src/stores/kubernetes/pods.ts';

function podOf(status: object, metadata: object = {}): unknown {
  return { metadata: { name: 'api-10-abc', labels: { 'pod-template-hash': '5f' }, ...metadata }, status };
}

test('a pod that is well says nothing of restarts or troubles', () => {
  const running = { restartCount: 0, state: { running: { startedAt: 'now' } } };
  expect(podView(podOf({ containerStatuses: [running] }))).toEqual({
    name: 'api-10-abc',
    labels: { 'pod-template-hash': '5f' },
    ready: false,
  });
});

test('restarts of all containers, and why they wait or ended', () => {
  const status = {
    containerStatuses: [
      {
        restartCount: 2,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { reason: 'OOMKilled' } },
      },
      { restartCount: 0, state: { waiting: { reason: 'ContainerCreating' } } },
    ],
    // A sidecar that is an init container.
    initContainerStatuses: [{ restartCount: 1, state: { terminated: { reason: 'Completed' } } }],
  };
  expect(podView(podOf(status))).toMatchObject({ restarts: 3, troubles: ['CrashLoopBackOff', 'OOMKilled'] });
});

test.for([
  ['a Deployment', { kind: 'ReplicaSet', name: 'api-10-5f', controller: true }, 'api-10'],
  ['a ReplicaSet of its own', { kind: 'ReplicaSet', name: 'api', controller: true }, 'api'],
  ['a StatefulSet', { kind: 'StatefulSet', name: 'db', controller: true }, 'db'],
  ['nobody that controls it', { kind: 'ReplicaSet', name: 'api-10-5f' }, undefined],
] as const)('the workload of a pod of %s', ([, owner, workload]) => {
  expect(podView(podOf({}, { ownerReferences: [owner] })).workload).toBe(workload);
});

test("a name that Istio's label gives comes first", () => {
  const labels = { 'service.istio.io/workload-name': 'api' };
  const owner = { kind: 'ReplicaSet', name: 'api-10-5f', controller: true };
  expect(podView(podOf({}, { labels, ownerReferences: [owner] })).workload).toBe('api');
});

test.for([
  [undefined],
  [null],
  [{}],
  [{ status: { containerStatuses: 'x' } }],
  [{ metadata: { ownerReferences: [1] } }],
])('%j is a pod of which nothing is known', ([pod]) => {
  expect(podView(pod)).toEqual({ name: '', labels: {}, ready: false });
});
