import { digest } from '../base/digest.ts';
import { canonicalJson } from '../base/json.ts';
import type { PlacedRoute } from './routes.ts';

/** Fields that a route is recognised by. */
export const IDENTITY_FIELDS = ['name', 'match'] as const;

/**
 * A route is recognised by its kind, name and match, not by where it stands: people insert and move routes. Routes
 * that have all of these in common are told apart by their order. The annotations `istiops/baseline` and
 * `istiops/history` hold these texts.
 *
 * @returns a text of 8 characters for each route; the second of its kind ends in `.1`
 */
export function routeIdentities<T extends PlacedRoute>(routes: readonly T[]): Map<T, string> {
  const seen = new Map<string, number>();
  return new Map(
    routes.map((placed) => {
      const { name, match } = placed.route;
      const identity = digest(canonicalJson([placed.kind, name ?? null, match ?? []]));
      const twin = seen.get(identity) ?? 0;
      seen.set(identity, twin + 1);
      return [placed, twin === 0 ? identity : `${identity}.${twin}`];
    }),
  );
}

/** The routes by their identity. */
export function routesByIdentity<T extends PlacedRoute>(routes: readonly T[]): ReadonlyMap<string, T> {
  return new Map([...routeIdentities(routes)].map(([placed, identity]) => [identity, placed]));
}
