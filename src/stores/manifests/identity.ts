import { canonicalJson, isObject, type Json } from '../../base/json.ts';

/**
 * What a route, a destination or a subset is known by, whatever else changes in it: the YAML editor needs it. A route
 * without name and match is known by having neither: its only destination may become several, with little in common.
 */
export function identity(item: Json): string | null {
  if (!isObject(item)) return null;
  const { name, match, destination, route } = item;
  if ([name, match, destination, route].every((field) => field === undefined)) return null;
  return canonicalJson([name ?? null, match ?? null, destination ?? null]);
}
