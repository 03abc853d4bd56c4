import type { RouteDestination } from './types.ts';

/**
 * The relative weights of a route's destinations. The only destination takes everything whatever its weight
 * says; among several, an absent weight is 0.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRouteDestination
 */
export function relativeWeights(destinations: readonly RouteDestination[]): number[] {
  if (destinations.length === 1) return [100];
  return destinations.map((entry) => entry.weight ?? 0);
}

/** What each destination really gets, in percent, at most two decimals; all 0 where no weight is set. */
export function effectiveShares(destinations: readonly RouteDestination[]): number[] {
  const weights = relativeWeights(destinations);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => (total === 0 ? 0 : Math.round((weight * 10_000) / total) / 100));
}
