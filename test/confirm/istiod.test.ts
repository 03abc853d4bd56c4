import { expect, test } from 'vitest';
import { isAcknowledged, pushNumber, refusalsSince, syncedProxies } from '../../src/confirm/istiod.ts';
import { acknowledgedBy, meshProxies, pushProgress } from '../../src/confirm/mesh.ts';
import { dump, type State } from './support/dumps.ts';

const proxies = (state: State) => syncedProxies(dump(state, 'istiod-syncz'));

const sidecar = (state: State) => {
  const [only] = meshProxies(proxies(state));
  if (only === undefined) throw new Error('There is one.');
  return only;
};

test('the proxies that are connected, and which of them are asked for the mesh', () => {
  expect(proxies('base').map(({ id, type }) => [id, type])).toEqual([
    ['gateway.istio-system', 'router'],
    ['web-1.shop', 'sidecar'],
  ]);
  expect(sidecar('base').id).toBe('web-1.shop');
});

test('the number of a push, of a version and of a nonce', () => {
  expect(pushNumber('2026-11-26T02:52:39Z/7')).toBe(7);
  expect(pushNumber('2026-11-26T02:52:39Z/7d4e2100c-4a6d-4884-9b45-744429cac77b')).toBe(7);
  // A UUID that begins with a digit.
  expect(pushNumber('2026-11-26T02:52:39Z/127327d81-6083-4f9d-9d1c-12fa243182cd')).toBe(1);
  expect(pushNumber('2026-11-26T02:52:39Z/127327d81d-6083-4f9d-9d1c-12fa243182cd')).toBe(12);
  expect(pushNumber('')).toBeUndefined();
  expect(
    (['base', 'subset', 'routes', 'hundred'] as const).map((state) =>
      pushNumber(sidecar(state).routes.acked),
    ),
  ).toEqual([5, 6, 7, 8]);
});

test('a proxy has a change when it has acknowledged a push that holds it', () => {
  expect(pushProgress(sidecar('routes'), 'routes', 7)).toBe('done');
  expect(pushProgress(sidecar('routes'), 'routes', 8)).toBe('older');
  expect(pushProgress(sidecar('routes'), 'routes', undefined)).toBe('older');
  expect(pushProgress(sidecar('refused'), 'routes', 7)).toBe('pending');
});

test('a subset needs its endpoints as well', () => {
  expect(pushProgress(sidecar('subset'), 'add-subsets', 6)).toBe('done');
  // Its clusters are of push 7, its endpoints of push 6.
  expect(pushProgress(sidecar('routes'), 'add-subsets', 7)).toBe('older');
  expect(acknowledgedBy(sidecar('routes'), 'routes')).not.toBe(acknowledgedBy(sidecar('hundred'), 'routes'));
});

test('what is refused, in the words of Envoy', () => {
  expect(refusalsSince(proxies('hundred'), proxies('refused'))).toEqual([
    { id: 'gateway.istio-system', what: 'routes', words: 'missing ): (' },
    { id: 'web-1.shop', what: 'routes', words: 'missing ): (' },
  ]);
  expect(isAcknowledged(sidecar('refused').routes)).toBe(false);
  expect(isAcknowledged(sidecar('hundred').routes)).toBe(true);
});

test('what was refused before, and by whom nobody has seen before, is no fault of the change', () => {
  expect(refusalsSince(proxies('refused'), proxies('refused'))).toEqual([]);
  expect(refusalsSince(undefined, proxies('refused'))).toEqual([]);
  expect(refusalsSince([], proxies('refused'))).toEqual([]);
});

test('what is no syncz has no proxies', () => {
  for (const odd of [undefined, null, {}, 'no', 7]) expect(syncedProxies(odd)).toEqual([]);
});
