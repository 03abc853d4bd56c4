/** istiod and Envoy as the judges of builds that run on no pod: what a ServiceEntry selects may be a WorkloadEntry. */
import { beforeAll, expect, test } from 'vitest';
import { parseWords } from '../../src/operations/parse-words.ts';
import { plan } from '../../src/run/plan.ts';
import { kubernetesStore } from '../../src/stores/kubernetes/store.ts';
import { paths } from './plane/api.ts';
import { GATEWAY } from './plane/envoy.ts';
import { until } from './plane/processes.ts';
import { ask } from './plane/traffic.ts';
import { create, to } from './support/objects.ts';
import { sharedPlane, type Plane } from './support/plane.ts';

const HEADERS = { 'x-cid': 'me' };

let plane: Plane;
let namespace: string;
let host: string;

beforeAll(async () => {
  plane = await sharedPlane();
  namespace = await plane.namespace('machines');
  const app = await plane.deployBuilds({ namespace, app: 'api', builds: ['v1'], traffic: false });
  ({ host } = app);
  // A server that no selector of the api chooses, in place of a virtual machine.
  await plane.deployBuilds({ namespace, app: 'machine', builds: ['v2'], traffic: false });
  const metadata = { namespace, name: 'api', labels: { app: 'api' } };
  const annotations = { 'istiops/subsets': 'v2' };
  const subsets = ['v1', 'v2'].map((build) => ({ name: build, labels: { app: 'api', build } }));
  await create(plane, 'DestinationRule', { ...metadata, annotations }, { host, subsets });
  await create(plane, 'VirtualService', metadata, {
    hosts: [host],
    gateways: [GATEWAY],
    http: [
      {
        name: 'istiops-v2',
        match: [{ headers: { 'x-cid': { exact: 'me' } } }],
        route: [to(host, 'v2')],
      },
      { route: [to(host, 'v1')] },
    ],
  });
  const pods = await plane.api.get<{ items: readonly { status: { podIP: string } }[] }>(
    `${paths.pods(namespace)}?labelSelector=app%3Dmachine`,
  );
  await create(
    plane,
    'WorkloadEntry',
    { namespace, name: 'machine' },
    { address: pods.items[0]?.status.podIP ?? '', labels: { app: 'api', build: 'v2' } },
  );
});

test('a build on a WorkloadEntry alone answers, and is neither unready nor stale', async () => {
  await until(
    'Envoy has the machine',
    async () => (await ask(plane, { host, headers: HEADERS })).build === 'v2',
  );
  expect(await changes({ operation: 'clear', mode: 'stale' }), 'clear').toBe(false);
  expect(
    await changes({ operation: 'weight', 'pod-selector': 'app=api,build=v2', weight: '20' }),
    'weight',
  ).toBe(true);
});

test('without it, it is both', async () => {
  await plane.api.delete(`${paths.workloadEntries(namespace)}/machine`);
  await until(
    'Envoy has no endpoint',
    async () => (await ask(plane, { host, headers: HEADERS })).status === 503,
  );
  expect(await changes({ operation: 'clear', mode: 'stale' }), 'clear').toBe(true);
  await expect(
    changes({ operation: 'weight', 'pod-selector': 'app=api,build=v2', weight: '20' }),
  ).rejects.toThrow('no pod or WorkloadEntry');
});

/** Is anything to be written? */
async function changes(words: Readonly<Record<string, string>>): Promise<boolean> {
  const store = await kubernetesStore({ env: { KUBECONFIG: plane.kubeconfig }, namespace });
  const snapshot = await store.read('mesh-and-servers');
  const { intent } = parseWords({ 'label-selector': 'app=api', ...words }).request;
  const { phases, findings } = plan(snapshot, intent);
  const refusals = findings.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  if (refusals.length > 0) throw new Error(refusals.join('\n'));
  return phases.some(({ writes }) => writes.length > 0);
}
