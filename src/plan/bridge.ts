import { objectIn } from '../base/json.ts';
import type { Route } from '../istio/types.ts';

/**
 * The route, which also adds a member to the header `baggage` of its requests: what the service sends on has it then, if
 * the application passes baggage on. Added, not set, so that the members that are there stay.
 *
 * Istio's header values are formats of Envoy's, in which a percent sign begins a variable: it is doubled.
 *
 * @param member `preview=pr-10`, as it is sent
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/#Headers-HeaderOperations
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#custom-request-response-headers
 */
export function bridged(route: Route, member: string): Route {
  const headers = objectIn(route['headers']);
  const request = objectIn(headers['request']);
  const add = objectIn(request['add']);
  const key = Object.keys(add).find((name) => name.toLowerCase() === 'baggage') ?? 'baggage';
  const own = add[key];
  const text = member.replaceAll('%', '%%');
  const all = typeof own === 'string' && own !== '' ? `${own},${text}` : text;
  return { ...route, headers: { ...headers, request: { ...request, add: { ...add, [key]: all } } } };
}
