/**
 * Dumps of a real istiod and of real proxies (Envoy 1.40, a gateway and a sidecar), in five states of one VirtualService:
 * `base` (all to v1), `subset` (the DestinationRule has v2 as well), `routes` (the VirtualService below), `hundred` (100 to
 * v1, 0 to v2), `refused` (a route that Envoy refuses). Retry policies, filters and the like are left out.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VirtualService } from '../../../src/istio/types.ts';

export type State = 'base' | 'subset' | 'routes' | 'hundred' | 'refused';
export type Dump = 'gateway-routes' | 'gateway-clusters' | 'sidecar-routes' | 'istiod-web-1' | 'istiod-syncz';

function dumpText(state: State, dump: Dump): string {
  return readFileSync(join(import.meta.dirname, '..', 'dumps', `${state}-${dump}.json`), 'utf8');
}

export function dump(state: State, what: Dump): unknown {
  return JSON.parse(dumpText(state, what)) as unknown;
}

export const HOST = 'api.shop.svc.cluster.local';

/** A VirtualService of these routes, for the gateway and the mesh. */
export function withRoutes(http: readonly unknown[]): VirtualService {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'api', namespace: 'shop' },
    spec: { hosts: [HOST], gateways: ['istio-system/plane', 'mesh'], http },
  } as VirtualService;
}

export function to(subset: string, weight?: number): unknown {
  return {
    destination: { host: HOST, subset, port: { number: 80 } },
    ...(weight !== undefined && { weight }),
  };
}

/** The routes as they were written for each state. */
export const WRITTEN: Readonly<Record<State, VirtualService>> = {
  base: withRoutes([{ name: 'default', route: [to('v1')] }]),
  subset: withRoutes([{ name: 'default', route: [to('v1')] }]),
  routes: withRoutes([
    {
      name: 'istiops-v2',
      match: [
        {
          headers: {
            'x-cid': { exact: 'me' },
            'x-any': {},
            cookie: { regex: '^(.*; ?)?canary=always(;.*)?$' },
          },
          withoutHeaders: { 'x-not': { prefix: 'a' } },
          method: { exact: 'GET' },
          queryParams: { q: { exact: '1' } },
        },
        { uri: { prefix: '/v2' }, ignoreUriCase: true, headers: { 'X-Env': { prefix: 'pr-' } } },
      ],
      route: [to('v2')],
    },
    { name: 'old', match: [{ uri: { exact: '/old' } }], redirect: { uri: '/new' } },
    {
      name: 'mirrored',
      match: [{ uri: { regex: '/m/.*' } }],
      route: [to('v1')],
      mirror: { host: HOST, subset: 'v2' },
      timeout: '7s',
    },
    { name: 'default', match: [{ name: 'm1', uri: { prefix: '/' } }], route: [to('v1', 80), to('v2', 20)] },
  ]),
  hundred: withRoutes([{ name: 'default', route: [to('v1', 100), to('v2', 0)] }]),
  refused: withRoutes([
    { name: 'bad', match: [{ uri: { regex: '(' } }], route: [to('v2')] },
    { name: 'default', route: [to('v1')] },
  ]),
};
