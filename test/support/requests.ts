/** What the tests of requests begin with: a VirtualService for `shop.io` at a gateway, and a request that it gets. */
import type { EntryPoint, HttpRequest } from '../../src/istio/requests/request.ts';
import { virtualHost } from '../../src/istio/requests/route-list.ts';
import type { Route, VirtualService } from '../../src/istio/types.ts';

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

/** What differs from an entry; undefined is not known. */
export type Changes = Partial<Omit<EntryPoint, 'port' | 'sourceNamespace'>> & {
  readonly port?: number | undefined;
  readonly sourceNamespace?: string | undefined;
};

export function changed(entry: EntryPoint, changes: Changes): EntryPoint {
  const { port, sourceNamespace, ...rest } = { ...entry, ...changes };
  return {
    ...rest,
    ...(port !== undefined && { port }),
    ...(sourceNamespace !== undefined && { sourceNamespace }),
  };
}

/** `shop.io: a0 b0`: the host that counts, and the routes in their order. */
export function listed(all: readonly VirtualService[], changes: Changes = {}): string {
  const entry: EntryPoint = { authority: 'shop.io', gateway: 'shop/edge', port: 80, sourceLabels: {} };
  const found = virtualHost(all, changed(entry, changes));
  if (found === undefined) return 'none';
  const routes = found.routes.map(
    ({ from, fromIndex, route }) =>
      `${from.metadata.name}${fromIndex}${route.match === undefined || route.match.length === 0 ? '*' : ''}`,
  );
  return `${found.host}: ${routes.join(' ')}`;
}
