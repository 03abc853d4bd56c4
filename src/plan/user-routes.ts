import { memoizedFor } from '../base/memoized.ts';
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
export const userRoutes = memoizedFor((virtualService: VirtualService): readonly UserRoute[] => {
  const pickIndexes = pickIndexesOf(virtualService);
  return routesOf(virtualService).flatMap((placed) => {
    const pickIndex = pickIndexes.get(placeOf(placed));
    const isByOthers = pickIndex !== undefined && !isGoRoute(placed.route, virtualService.metadata.namespace);
    return isByOthers ? [{ ...placed, pickIndex }] : [];
  });
});

/**
 * The positions that the input `routes` picks routes by: each list is counted from 0, without the previews and links of
 * istiops, so that these come and go without moving anything. They have none.
 *
 * @returns by `placeOf` the route
 */
export const pickIndexesOf = memoizedFor((virtualService: VirtualService): ReadonlyMap<string, number> => {
  const picked = routesOf(virtualService).filter(
    ({ route }) => previewSubset(route) === undefined && !isLink(route),
  );
  const lists = [...Map.groupBy(picked, ({ kind }) => kind).values()];
  return new Map(
    lists.flatMap((routes) => routes.map((placed, pickIndex) => [placeOf(placed), pickIndex] as const)),
  );
});
