/**
 * The headers of a request as they reach the service behind a route, and those that the service's own requests have.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/#Headers
 */
import { isObject, type Json, type JsonObject } from '../../base/json.ts';
import type { Route, RouteDestination } from '../types.ts';
import { SET_BY_THE_PROXY } from './meets.ts';
import type { HttpRequest } from './request.ts';

/** Headers with their values, and with the reason those of which the value is not known. */
export type RequestHeaders = Required<Pick<HttpRequest, 'headers' | 'openHeaders'>>;

/** `headers.request` of a route or a destination: names in lower case. */
interface Operations {
  readonly remove: readonly string[];
  readonly set: ReadonlyMap<string, string>;
  readonly add: ReadonlyMap<string, string>;
}

/**
 * The headers behind a route. Of several destinations, each's own operations come first, then those of the route; of a
 * single one they are the same step, because istiod writes them into the route. Within a step, headers are removed, then
 * set, then added.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go processDestination
 * @see https://github.com/envoyproxy/envoy/blob/main/source/common/router/header_parser.cc evaluateHeaders
 */
export function headersBehind(
  route: Route,
  destination: RouteDestination | undefined,
  headers: RequestHeaders,
): RequestHeaders {
  const ofRoute = operationsOf(route['headers']);
  if (destination === undefined) return applied([ofRoute], headers);
  const own = operationsOf(destination['headers']);
  return (route.route ?? []).length === 1
    ? applied([ofRoute, own], headers)
    : applied([ofRoute], applied([own], headers));
}

/** The headers of what a service sends on, if it copies these and adds none that a route matches. */
export function headersSentOn(
  received: RequestHeaders,
  propagate: readonly string[],
): Required<RequestHeaders> {
  const named = new Set(propagate);
  const kept = ([name]: readonly [string, string]): boolean => named.has(name);
  const byProxy = propagate.filter((name) => SET_BY_THE_PROXY.has(name));
  return {
    headers: Object.fromEntries(
      Object.entries(received.headers).filter((one) => kept(one) && !byProxy.includes(one[0])),
    ),
    openHeaders: {
      ...Object.fromEntries(Object.entries(received.openHeaders).filter(kept)),
      ...Object.fromEntries(byProxy.map((name) => [name, 'a proxy sets it'])),
    },
  };
}

/** One step of Envoy: all that is removed, then all that is set, then all that is added, in this order. */
function applied(steps: readonly Operations[], { headers, openHeaders }: RequestHeaders): RequestHeaders {
  const values = new Map(Object.entries(headers));
  const open = new Map(Object.entries(openHeaders));
  const write = (name: string, format: string, isAdded: boolean): void => {
    const value = valueOf(format);
    // Envoy leaves out a header whose value is empty.
    if (value === '') return;
    if (value === undefined) {
      open.set(name, `a route makes its value of ${format}`);
      values.delete(name);
      return;
    }
    if (isAdded && open.has(name)) return;
    if (!isAdded) open.delete(name);
    const old = isAdded ? values.get(name) : undefined;
    values.set(name, old === undefined ? value : `${old},${value}`);
  };
  for (const { remove } of steps) {
    for (const name of remove) {
      values.delete(name);
      open.delete(name);
    }
  }
  for (const { set } of steps) for (const [name, format] of set) write(name, format, false);
  for (const { add } of steps) for (const [name, format] of add) write(name, format, true);
  return { headers: Object.fromEntries(values), openHeaders: Object.fromEntries(open) };
}

/**
 * In Envoy's formats a percent sign begins a variable, and two of them are one.
 *
 * @returns undefined where the value depends on the request or the connection
 */
function valueOf(format: string): string | undefined {
  const rest = format.replaceAll('%%', '');
  return rest.includes('%') ? undefined : format.replaceAll('%%', '%');
}

function operationsOf(headers: Json | undefined): Operations {
  const request = objectAt(headers, 'request');
  const remove = request['remove'];
  return {
    remove: Array.isArray(remove)
      ? remove.flatMap((name: Json) => (typeof name === 'string' ? [name.toLowerCase()] : []))
      : [],
    set: textsOf(request['set']),
    add: textsOf(request['add']),
  };
}

/** In the order of their names, as istiod sorts them; `host` and `:authority` are no headers here. */
function textsOf(value: Json | undefined): ReadonlyMap<string, string> {
  const entries = Object.entries(isObject(value) ? value : {})
    .filter(([name]) => !name.startsWith(':') && name.toLowerCase() !== 'host')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(
    entries.flatMap(([name, text]) =>
      typeof text === 'string' ? [[name.toLowerCase(), text] as const] : [],
    ),
  );
}

function objectAt(value: Json | undefined, name: string): JsonObject {
  const inner = isObject(value) ? value[name] : undefined;
  return isObject(inner) ? inner : {};
}
