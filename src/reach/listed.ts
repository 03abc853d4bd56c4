/** Routes as proxies have them, and the small questions that everything here asks of them. */
import type { ListedRoute } from '../istio/requests/kept-routes.ts';
import type { Match, Route, VirtualService } from '../istio/types.ts';
import { fullName } from '../base/title.ts';

/** The route that answers a request; undefined: none does. */
export type Taken = ListedRoute | undefined;

/** A route without a match accepts every request. */
export function blocksOf(route: Route): readonly Match[] {
  return route.match === undefined || route.match.length === 0 ? NO_MATCH : route.match;
}

const NO_MATCH: readonly Match[] = [{}];

/** The namespace that the short hosts of the route's destinations belong to. */
export function namespaceOf({ from }: ListedRoute): string {
  return from.metadata.namespace;
}

/** `shop/api`: what is the same object before and after a change. */
export function keyOfObject({ metadata }: VirtualService): string {
  return fullName(metadata);
}
