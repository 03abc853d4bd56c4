/** What the tests of requests begin with: a VirtualService for `shop.io` at a gateway, and a request that it gets. */
import type { HttpRequest } from '../../../src/istio/requests/request.ts';
import type { Route, VirtualService } from '../../../src/istio/types.ts';

export interface Given {
  readonly hosts?: readonly string[];
  readonly gateways?: readonly string[];
  readonly exportTo?: readonly string[];
  readonly namespace?: string;
  readonly created?: string;
  readonly http?: readonly Route[];
}

export const PLAIN: Route = { match: [{ uri: { prefix: '/a' } }] };

export function vs(name: string, given: Given): VirtualService {
  const { namespace = 'shop', created, http = [PLAIN], gateways = ['shop/edge'], ...spec } = given;
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace, ...(created !== undefined && { creationTimestamp: created }) },
    spec: { hosts: ['shop.io'], gateways, http, ...spec },
  };
}

/** Without any list but its hosts. */
export function bare(name: string, hosts: readonly string[] = []): VirtualService {
  return { ...vs(name, {}), spec: { hosts } };
}

export const REQUEST: HttpRequest = {
  method: 'GET',
  scheme: 'https',
  authority: 'shop.io',
  path: '/v2/cart?page=2&flag&page=3&q=a%20b',
  headers: { 'x-cid': 'seu_madruga', empty: '' },
  gateway: 'shop/edge',
  port: 443,
  sourceLabels: { app: 'edge' },
  sourceNamespace: 'shop',
};
