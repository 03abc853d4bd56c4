import type { RouteView } from './view-types.ts';

/** The VirtualService that a route is in, for a person: `shop/api-domain`. */
export function ownerOf(view: RouteView): string {
  return `${view.namespace}/${view.virtualService}`;
}
