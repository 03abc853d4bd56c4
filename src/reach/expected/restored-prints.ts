/** What records know routes and values by. */
import { memoizedFor } from '../../base/memoized.ts';
import type { Route, RouteKind } from '../../istio/types.ts';
import { digest } from '../../base/digest.ts';
import { canonicalJson, type Json } from '../../base/json.ts';

/** A route on its way back. */
export interface Item {
  readonly kind: RouteKind;
  readonly route: Route;
  /** Its position now; null: it comes back. */
  readonly was: number | null;
}

/** What is restored so far. */
export interface RestoreStep {
  readonly items: readonly Item[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly isWhole: boolean;
}

/** The fingerprint of a route, as records hold it. */
export const printOfRoute = memoizedFor((route: Route): string => digest(canonicalJson(route)));

/** A route is known by its kind, its name and its match; twins by their order. */
export function identitiesOf(items: readonly Item[]): ReadonlyMap<Item, string> {
  const seen = new Map<string, number>();
  return new Map(
    items.map((item) => {
      const { name, match } = item.route;
      const identity = digest(canonicalJson([item.kind, name ?? null, match ?? []]));
      const twin = seen.get(identity) ?? 0;
      seen.set(identity, twin + 1);
      return [item, twin === 0 ? identity : `${identity}.${twin}`];
    }),
  );
}

const printOfObject = memoizedFor((value: object): string => digest(canonicalJson(value)));

/** The fingerprint of a value, as records hold it; null: it is not there. */
export function printOf(value: Json | undefined): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'object' ? printOfObject(value) : digest(canonicalJson(value));
}
