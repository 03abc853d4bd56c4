import { describe, expect, test } from 'vitest';
import { notUnderstood } from '../../src/istio/not-understood.ts';
import type { JsonObject } from '../../src/base/json.ts';

const odd = (object: JsonObject): ReturnType<typeof notUnderstood> =>
  notUnderstood('VirtualService', object, 'shop', 'odd');

describe('what can be read of an object that is not what Istio describes', () => {
  test.for<
    [title: string, spec: unknown, hosts: readonly string[] | null, gateways: readonly string[] | null]
  >([
    [
      'its hosts and gateways, in full',
      { hosts: ['Api', '*.io', '*'], gateways: ['edge', 'infra/edge', 'mesh'], http: 5 },
      ['api.shop.svc.cluster.local', '*.io', '*'],
      ['shop/edge', 'infra/edge', 'mesh'],
    ],
    ['the mesh, where it names no gateway', { hosts: ['a.io'], http: 5 }, ['a.io'], ['mesh']],
    ['no host, where it has none', { http: 5 }, [], ['mesh']],
    ['any host, where hosts are no list', { hosts: 'a.io' }, null, ['mesh']],
    ['any host, where one of them is no text', { hosts: ['a.io', 5] }, null, ['mesh']],
    ['any gateway, where they are no list', { hosts: ['a.io'], gateways: 'edge' }, ['a.io'], null],
    ['anything, where there is no spec', 5, null, null],
  ])('is %s', ([, spec, hosts, gateways]) => {
    expect(odd({ metadata: { name: 'odd' }, spec } as JsonObject)).toMatchObject({ hosts, gateways });
  });

  test('is the host of a DestinationRule', () => {
    const rule = (spec: JsonObject): unknown =>
      notUnderstood('DestinationRule', { spec }, 'shop', 'odd').hosts;
    expect(rule({ host: 'api', subsets: 5 })).toEqual(['api.shop.svc.cluster.local']);
    expect(rule({ host: 5 })).toBeNull();
    expect(rule({})).toBeNull();
  });

  test.for<[title: string, labels: unknown, expected: unknown]>([
    ['its labels', { app: 'api' }, { app: 'api' }],
    ['none, where it has none', undefined, {}],
    ['any, where they are no map', 'app=api', null],
    ['any, where a value is no text', { app: 'api', build: 5 }, null],
  ])('is %s', ([, labels, expected]) => {
    expect(odd({ metadata: { name: 'odd', labels } } as JsonObject).labels).toEqual(expected);
  });

  test('is every text in its spec', () => {
    const spec = { http: { route: [{ destination: { host: 'api', subset: 'v1' } }] } };
    expect([...odd({ spec }).texts]).toEqual(['api', 'v1']);
  });
});
