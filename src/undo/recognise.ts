/** What parts of an object are recognised by: a fingerprint where only their being the same matters. */
import type { PlacedRoute } from '../istio/routes.ts';
import type { Route, VirtualService } from '../istio/types.ts';
import { canonicalJson, type Json } from '../base/json.ts';
import { type Baseline } from '../plan/baseline.ts';
import { routeIdentities } from '../istio/route-identity.ts';
import { digest } from '../base/digest.ts';
import { userRoutes } from '../plan/user-routes.ts';

/** What a value is recognised by; null: it is not there. */
export type Print = (value: Json | undefined) => string | null;

/** Thousands of routes may share one list: each is put into words once. */
export function valuePrinter(): Print {
  const known = new Map<unknown, string>();
  return (value) => {
    if (value === undefined || value === null) return null;
    const print = known.get(value) ?? digest(canonicalJson(value));
    if (typeof value === 'object') known.set(value, print);
    return print;
  };
}

/** What the baseline of a route is recognised by; null: there is none. Records hold it, so the field's name is theirs. */
export function baselinePrint(baseline: Baseline | undefined): string | null {
  if (baseline === undefined) return null;
  const { requestedShares: asks, ...others } = baseline;
  return digest(canonicalJson({ ...others, asks }));
}

/** Identities of the hand-written http routes by position. */
export function httpIdentities(virtualService: VirtualService): Map<number, string> {
  return new Map(
    [...routeIdentities(userRoutes(virtualService))].flatMap(
      ([{ kind, index }, identity]: readonly [PlacedRoute, string]) =>
        kind === 'http' ? [[index, identity] as const] : [],
    ),
  );
}

/** What a route that came or went is recognised by: all of it. */
export function routePrint(route: Route): string {
  return digest(canonicalJson(route));
}

/** What the text of an annotation is recognised by; null: there is none. */
export function textPrint(text: string | undefined): string | null {
  return text === undefined ? null : digest(text);
}
