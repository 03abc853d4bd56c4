import { objectIn } from '../../base/json.ts';
import type { ListedRoute } from '../../istio/requests/kept-routes.ts';
import type { Route, VirtualService } from '../../istio/types.ts';
import type { HeadersIntent } from './intent.ts';

/** A base route as its preview is to treat requests: at a gateway, with the baggage that a bridge adds. */
export function bridgedBase(listed: ListedRoute, { bridge }: Pick<HeadersIntent, 'bridge'>): ListedRoute {
  const route = bridgedRoute(listed.route, listed.from, bridge);
  return route === listed.route ? listed : { ...listed, route };
}

export function bridgedRoute(
  route: Route,
  { spec: { gateways = [] } }: VirtualService,
  bridge: string | undefined,
): Route {
  if (bridge === undefined || gateways.every((gateway) => gateway === 'mesh')) return route;
  const headers = objectIn(route['headers']);
  const request = objectIn(headers['request']);
  const add = objectIn(request['add']);
  const [[name, value] = ['baggage', '']] = Object.entries(add).filter(
    ([key]) => key.toLowerCase() === 'baggage',
  );
  const text = bridge.split('%').join('%%');
  return {
    ...route,
    headers: {
      ...headers,
      request: {
        ...request,
        add: { ...add, [name]: typeof value === 'string' && value !== '' ? `${value},${text}` : text },
      },
    },
  };
}
