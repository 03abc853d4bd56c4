import { placeOf, routesOf, type PlacedRoute } from '../istio/routes.ts';
import type { VirtualService } from '../istio/types.ts';
import { isLink } from './link-names.ts';
import { isGoRoute, previewSubset } from './names.ts';

/** A route that neither istiops nor the Go istiops made. */
export interface UserRoute extends PlacedRoute {
  /** The position that the input `routes` picks it by: `pickIndexesOf`. */
  readonly pickIndex: number;
}

/** Of every kind, in the order in which they stand: http, tls, tcp. */
export function userRoutes(virtualService: VirtualService): readonly UserRoute[] {
  const known = knownUserRoutes.get(virtualService);
  if (known !== undefined) return known;
  const pickIndexes = pickIndexesOf(virtualService);
  const found = routesOf(virtualService).flatMap((placed) => {
    const pickIndex = pickIndexes.get(placeOf(placed));
    const isByOthers = pickIndex !== undefined && !isGoRoute(placed.route, virtualService.metadata.namespace);
    return isByOthers ? [{ ...placed, pickIndex }] : [];
  });
  knownUserRoutes.set(virtualService, found);
  return found;
}

/** Every step of a plan reads them, and an object never changes. */
const knownUserRoutes = new WeakMap<VirtualService, readonly UserRoute[]>();

/**
 * The positions that the input `routes` picks routes by: each list is counted from 0, without the previews and links of
 * istiops, so that these come and go without moving anything. They have none.
 *
 * @returns by `placeOf` the route
 */
export function pickIndexesOf(virtualService: VirtualService): ReadonlyMap<string, number> {
  const known = knownPickIndexes.get(virtualService);
  if (known !== undefined) return known;
  const picked = routesOf(virtualService).filter(
    ({ route }) => previewSubset(route) === undefined && !isLink(route),
  );
  const lists = [...Map.groupBy(picked, ({ kind }) => kind).values()];
  const found = new Map(
    lists.flatMap((routes) => routes.map((placed, pickIndex) => [placeOf(placed), pickIndex] as const)),
  );
  knownPickIndexes.set(virtualService, found);
  return found;
}

const knownPickIndexes = new WeakMap<VirtualService, ReadonlyMap<string, number>>();
