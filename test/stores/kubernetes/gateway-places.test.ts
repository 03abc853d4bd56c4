import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/base/json.ts';
import { readGatewayPlaces } from '../../../src/stores/kubernetes/gateway-places.ts';
import { fakeTime } from '../../support/fake-time.ts';
import { wireTo } from '../../support/wire.ts';

const V1 = '/apis/networking.istio.io/v1/namespaces';
const BETA = '/apis/networking.istio.io/v1beta1/namespaces';

const gateway = (
  namespace: string,
  name: string,
  version = 'v1',
  selector: JsonObject = { istio: 'edge' },
) => ({
  apiVersion: `networking.istio.io/${version}`,
  kind: 'Gateway',
  metadata: { namespace, name },
  spec: { selector },
});

const podsIn = (...namespaces: readonly string[]): JsonObject => ({
  apiVersion: 'v1',
  kind: 'PodList',
  metadata: {},
  items: namespaces.map((namespace, i) => ({ metadata: { namespace, name: `edge-${i}` } })),
});

const FORBIDDEN = 403;
const PODS = '/api/v1/pods?istio=edge';

/** What a server with these answers, by path and query, says; all others are 404. */
async function places(answers: Readonly<Record<string, JsonObject | number>>, ...names: readonly string[]) {
  const { wire, asked } = wireTo((key) => {
    const found = answers[key] ?? 404;
    return typeof found === 'number' ? [found, { message: 'no' }] : [200, found];
  });
  const patience = { perTry: 1_000, total: 1_000, unreached: 1_000 };
  const time = { ...fakeTime(), limit: () => new AbortController().signal };
  return { asked, places: await readGatewayPlaces(names, { wire, time, patience }) };
}

test('a Gateway, and the namespaces that its pods are in', async () => {
  const answers = { [`${V1}/shop/gateways/edge`]: gateway('shop', 'edge'), [PODS]: podsIn('b', 'a', 'b') };
  expect((await places(answers, 'shop/edge')).places).toEqual({
    found: [{ name: 'shop/edge', selector: { istio: 'edge' }, namespaces: ['a', 'b'], areAll: true }],
    missing: [],
  });
});

test('where the pods of the cluster may not be listed, those are given where they usually are', async () => {
  const answers = { [`${BETA}/shop/gateways/edge`]: gateway('shop', 'edge', 'v1beta1'), [PODS]: FORBIDDEN };
  expect((await places(answers, 'shop/edge')).places.found).toEqual([
    { name: 'shop/edge', selector: { istio: 'edge' }, namespaces: ['shop', 'istio-system'], areAll: false },
  ]);
});

test('one without a selector is for the pods of all gateways, of which none is listed', async () => {
  const { asked, places: made } = await places(
    { [`${V1}/shop/gateways/edge`]: gateway('shop', 'edge', 'v1', {}) },
    'shop/edge',
  );
  expect(made.found).toEqual([{ name: 'shop/edge', selector: {}, namespaces: [], areAll: true }]);
  expect(asked).toHaveLength(1);
});

test('one that may not be read, and one that is not there', async () => {
  const answers = { [`${V1}/shop/gateways/edge`]: FORBIDDEN };
  expect((await places(answers, 'shop/edge', 'shop/other')).places).toEqual({
    found: [],
    missing: [{ namespace: 'shop', verb: 'get', resource: 'gateways' }],
  });
});

test('a name that is none is not asked for', async () => {
  const { asked, places: made } = await places({}, '../../secrets/x', 'shop/..', 'edge');
  expect(made).toEqual({ found: [], missing: [] });
  expect(asked).toEqual([]);
});

test('another object than the one that was asked for is no Gateway', async () => {
  const answers = { [`${V1}/shop/gateways/edge`]: gateway('shop', 'other') };
  await expect(places(answers, 'shop/edge')).rejects.toMatchObject({ reason: 'unreachable' });
});
