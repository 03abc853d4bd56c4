/** Which pods are proposed as the stable ones, and which labels are listed where no pod has those given. */
import { expect, test } from 'vitest';
import type { Labels, PodView } from '../../src/istio/types.ts';
import { labelsThere } from '../../src/plan/pod-labels.ts';
import { stableLabelsOf } from '../../src/plan/stable-pods.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { HOST, known, SERVICE } from '../support/checked-cluster.ts';
import { snapshotOf } from '../support/plane.ts';

const pod = (labels: Labels, ready = true): PodView => ({
  name: Object.values(labels).join('-'),
  labels: { app: 'api', ...labels },
  ready,
});

function sight(pods: readonly PodView[]): Snapshot {
  return { ...snapshotOf([], []), pods: known(...pods), services: known(SERVICE) };
}

const BUILD = { app: 'api', version: '2' };

test.for<[string, readonly PodView[], Labels, Labels | undefined]>([
  ['another version', [pod({ version: '1' }), pod({ version: '2' })], BUILD, { app: 'api', version: '1' }],
  ['one version alone, the build to come', [pod({ version: '1' })], BUILD, { app: 'api', version: '1' }],
  [
    'labels that the build does not have',
    [pod({ track: 'stable', 'pod-template-hash': 'a' }), pod({ version: '2', track: 'canary' })],
    BUILD,
    { app: 'api', track: 'stable' },
  ],
  [
    'two other versions',
    [pod({ version: '1' }), pod({ version: '3' }), pod({ version: '2' })],
    BUILD,
    undefined,
  ],
  ['pods that nothing tells apart', [pod({}), pod({ version: '2' })], BUILD, undefined],
  ['a version that is not ready', [pod({ version: '1' }, false), pod({ version: '2' })], BUILD, undefined],
  ['no other pods', [pod({ version: '2' })], BUILD, undefined],
])('of %s', ([, pods, build, labels]) => {
  expect(stableLabelsOf(sight(pods), HOST, build)).toEqual(labels);
});

test('of a service whose pods are not known', () => {
  const [pods, other] = [[pod({ version: '1' })], 'other.shop.svc.cluster.local'];
  expect(stableLabelsOf(sight(pods), other, BUILD)).toBeUndefined();
  expect(labelsThere(sight(pods), BUILD, other)).toBe('');
});

test.for<[string, Labels, string]>([
  ['another build', { app: 'api', version: '3' }, ''],
  ['a slip', { app: 'apo', version: '1' }, ' Did you mean app=api,version=1?'],
])('no pod has the labels: %s', ([, wanted, hint]) => {
  const pods = [pod({ version: '1' }), pod({ version: '1' }), pod({ build: 'x', 'pod-template-hash': 'b' })];
  expect(labelsThere(sight(pods), wanted, HOST)).toBe(
    ` The pods of ${HOST} have: app=api,version=1 (2 pods), app=api,build=x (1 pod).${hint}`,
  );
});

test('a service without any pod', () => {
  expect(labelsThere(sight([]), BUILD, HOST)).toBe(` The service ${HOST} has no pods at all.`);
});
