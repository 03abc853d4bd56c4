import { describe, expect, test } from 'vitest';
import { importsVirtualService, possibleSidecars, sidecarScope } from '../../src/istio/sidecar-scope.ts';
import type { VirtualService } from '../../src/istio/types.ts';

const api: VirtualService = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'api', namespace: 'shop' },
  spec: { hosts: ['api'], http: [] },
};

/** hostClassification and SelectVirtualServices. */
describe('a Sidecar of namespace web imports VirtualService shop/api', () => {
  test.for([
    [['*/*'], true],
    [['./*'], false],
    [['shop/*'], true],
    [['~/*'], false],
    [['shop/api.shop.svc.cluster.local'], true],
    [['shop/API.shop.svc.cluster.local'], true],
    [['shop/web.shop.svc.cluster.local'], false],
    [['shop/*.shop.svc.cluster.local'], true],
    [['*/api.shop.svc.cluster.local'], true],
    [['istio-system/*', './*'], false],
    [['shop/*', '~shop/api.shop.svc.cluster.local'], false],
    [['*/*', '~*/*.shop.svc.cluster.local'], false],
    [['shop/*', '~pay/*'], true],
  ] as const)('with the hosts %j: %s', ([hosts, isImported]) => {
    expect(importsVirtualService({ namespace: 'web', name: 'default', hosts }, api)).toBe(isImported);
  });

  test('where it says nothing of egress', () => {
    const silent = sidecarScope({ metadata: { namespace: 'web', name: 'default' }, spec: {} });
    expect(silent).toEqual({ namespace: 'web', name: 'default', hosts: null });
    expect(importsVirtualService(silent, api)).toBe(true);
  });

  test('by a wildcard of its own that is for more than what is imported', () => {
    const wide = { ...api, spec: { ...api.spec, hosts: ['*.shop.svc.cluster.local'] } };
    const hosts = ['shop/api.shop.svc.cluster.local'];
    expect(importsVirtualService({ namespace: 'web', name: 'default', hosts }, wide)).toBe(true);
  });
});

/** GetEgressListenerForRDS: what Envoys had on a real plane. */
describe('a listener for a port is in place of the one for all others there', () => {
  const egress = [
    { port: { number: 8080, protocol: 'HTTP' }, hosts: ['pay/*'] },
    { port: { number: 3128, protocol: 'HTTP_PROXY' }, hosts: ['tools/*'] },
    { hosts: ['shop/*'] },
  ];
  const imported = (of: readonly object[], port?: number): boolean =>
    importsVirtualService(
      sidecarScope({ metadata: { namespace: 'web', name: 'default' }, spec: { egress: of } }),
      api,
      port === undefined ? {} : { port },
    );

  test.for([
    [80, true],
    [8080, false],
    [3128, true],
    [undefined, true],
  ] as const)('port %s: %s', ([port, isImported]) => {
    expect(imported(egress, port)).toBe(isImported);
  });

  test('where none is for all others, nothing is known at other ports', () => {
    expect(imported([{ port: { number: 80, protocol: 'HTTP' }, hosts: ['*/*'] }], 80)).toBe(true);
    expect(imported([{ port: { number: 80, protocol: 'HTTP' }, hosts: ['*/*'] }], 8080)).toBe(false);
  });
});

/** doGetSidecarScope. */
describe('a caller has', () => {
  const all = { namespace: 'web', name: 'all', hosts: null };
  const front = { namespace: 'web', name: 'front', hosts: null, selector: { app: 'front' } };
  const root = { namespace: 'istio-system', name: 'default', hosts: null };
  const names = (namespace: string, labels: Record<string, string>) =>
    possibleSidecars([all, front, root], namespace, labels).sidecars.map(({ name }) => name);

  test('the one for its labels before that of its namespace', () => {
    expect(names('web', { app: 'front' })).toEqual(['front']);
    expect(names('web', { app: 'other' })).toEqual(['all']);
  });
  test('either, where nobody said its labels', () => {
    expect(names('web', {})).toEqual(['front', 'all']);
    expect(possibleSidecars([front], 'web', {})).toEqual({ sidecars: [front], isCertain: false });
  });
  test('that of the root namespace where its own has none', () => {
    expect(names('pay', {})).toEqual(['default']);
    expect(possibleSidecars([all], 'pay', {}).sidecars).toEqual([]);
  });
});
