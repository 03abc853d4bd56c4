import {
  type Destination,
  type Route,
  type RouteDestination,
  type RouteKind,
  type VirtualService,
  ROUTE_KINDS,
} from './types.ts';
import { isObject } from '../base/json.ts';

/** A route and where it stands in its VirtualService. */
export interface PlacedRoute {
  readonly kind: RouteKind;
  /** Position in its list, from 0. */
  readonly index: number;
  readonly route: Route;
}

/** An object never changes, and a plan walks its routes a dozen times. */
const placed = new WeakMap<VirtualService, readonly PlacedRoute[]>();

/** All routes of a VirtualService, list by list, in their order. */
export function routesOf(virtualService: VirtualService): readonly PlacedRoute[] {
  const known = placed.get(virtualService);
  if (known !== undefined) return known;
  const routes = ROUTE_KINDS.flatMap((kind) =>
    (virtualService.spec[kind] ?? []).map((route, index): PlacedRoute => ({ kind, index, route })),
  );
  placed.set(virtualService, routes);
  return routes;
}

/** Where a route sends; empty for a redirect, a direct response or a delegate. */
export function destinationsOf(route: Route): readonly RouteDestination[] {
  return route.route ?? [];
}

/**
 * The subset that a destination names. An empty text is none: to Istio it is the default value of the field, which
 * says nothing, so its webhook accepts it; typed writers and charts write it.
 *
 * @see https://github.com/istio/istio/blob/master/pkg/config/validation/validation.go `validateDestination`
 */
export function subsetOf({ subset }: Pick<Destination, 'subset'>): string | undefined {
  return subset === '' ? undefined : subset;
}

/** The name of a route. An empty text is none, as with a subset. */
export function nameOf({ name }: Pick<Route, 'name'>): string | undefined {
  return name === '' ? undefined : name;
}

/** Where a route sends copies of its requests: `mirror` and `mirrors`. */
export function mirrorsOf({ mirror, mirrors }: Route): readonly Destination[] {
  if (mirror === undefined && mirrors === undefined) return [];
  const many = Array.isArray(mirrors) ? mirrors : [];
  return [mirror, ...many.map((one) => (isObject(one) ? one['destination'] : undefined))].filter(
    isDestination,
  );
}

function isDestination(value: unknown): value is Destination {
  return isObject(value) && typeof value['host'] === 'string';
}

/** `http[0]`: which route of its VirtualService, preview routes counted. */
export function placeOf(placed: Pick<PlacedRoute, 'kind' | 'index'>): string {
  return `${placed.kind}[${placed.index}]`;
}
