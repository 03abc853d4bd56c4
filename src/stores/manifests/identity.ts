import { canonicalJson, isObject, type Json } from '../../base/json.ts';

/** What a route, a destination or a subset is known by, whatever else changes in it: the YAML editor needs it. */
export function identity(item: Json): string | null {
  if (!isObject(item)) return null;
  const { name, match, destination } = item;
  if (name === undefined && match === undefined && destination === undefined) return null;
  return canonicalJson([name ?? null, match ?? null, destination ?? null]);
}
