/** The most usual VirtualService: one route to a whole service, and no DestinationRule. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { ApiError, paths } from './plane/api.ts';
import { GATEWAY } from './plane/envoy.ts';
import { answersOf, failedOf, startLoad } from './plane/load.ts';
import { until } from './plane/processes.ts';
import { ask } from './plane/traffic.ts';
import { istiops } from './support/doors.ts';
import { DEFAULT_RATE } from './support/cycles.ts';
import { sharedPlane, WAIT, type Plane } from './support/plane.ts';
import { create, type Stored } from './support/objects.ts';

let plane: Plane;

beforeAll(async () => {
  plane = await sharedPlane();
});

test('is at 20 % in one try with nothing lost, and the last rollback takes everything away', async () => {
  const namespace = await plane.namespace('plain');
  const app = await plane.deployBuilds({ namespace, app: 'api', builds: ['v1'], traffic: false });
  const routes = [{ route: [{ destination: { host: app.host, port: { number: 80 } } }] }];
  const metadata = { namespace, name: 'api', labels: { app: 'api' } };
  await create(plane, 'VirtualService', metadata, { hosts: [app.host], gateways: [GATEWAY], http: routes });
  await until(
    'the gateway answers from v1',
    async () => (await ask(plane, { host: app.host })).build === 'v1',
  );
  await app.add('v2');
  const rule = `${paths.destinationRules(namespace)}/api`;
  const about = {
    namespace,
    'label-selector': 'app=api',
    'pod-selector': 'app=api,build=v2',
    'propagation-wait': WAIT,
  };
  const load = await startLoad(plane, [{ name: 'all', host: app.host, rate: DEFAULT_RATE }]);

  const refused = await istiops(plane, 'weight', { ...about, weight: '20' });
  expect(refused.result.failure?.message).toContain('`--stable-pod-selector app=api,build=v1`');
  expect(refused.result.failure?.message).toContain('`--create-destination-rule`');
  const asked = {
    ...about,
    weight: '20%',
    'stable-pod-selector': 'app=api,build=v1',
    'create-destination-rule': 'true',
  };
  const shifted = await istiops(plane, 'weight', asked);
  expect(shifted.result.failure).toBeNull();
  await sleep(1_500);
  const created = await plane.api.get<Stored>(rule);
  expect(created.spec.subsets?.map(({ labels }) => labels['build']).sort()).toEqual(['v1', 'v2']);

  expect((await istiops(plane, 'rollback', about)).result.failure).toBeNull();
  await sleep(500);
  const report = await load.stop();
  expect([failedOf(report), Object.keys(answersOf(report, 'all')).sort()]).toEqual([0, ['200 v1', '200 v2']]);

  // The whole service would send to the build again, so its pods go first.
  await app.remove('v2');
  expect((await istiops(plane, 'rollback', about)).result.failure).toBeNull();
  await expect(plane.api.get(rule)).rejects.toThrow(ApiError);
  const left = await plane.api.get<Stored>(`${paths.virtualServices(namespace)}/api`);
  expect(left.spec.http).toEqual(routes);
  await until(
    'the gateway answers from v1',
    async () => (await ask(plane, { host: app.host })).build === 'v1',
  );
});
