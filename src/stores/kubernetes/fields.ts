/** Reading of JSON that nobody has checked: what isn't there or is of another type is simply not there. */
import { isObject, ownValue, textIn, type JsonObject } from '../../base/json.ts';
import type { Labels } from '../../istio/types.ts';

/** A field of whatever this is; undefined where it has none. */
export function field(value: unknown, name: string): unknown {
  return isObject(value) ? (ownValue(value, name) ?? undefined) : undefined;
}

/** A map of texts; empty where it is none. */
export function labels(value: unknown): Labels {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, label]) => [key, textIn(label)]));
}

/** The object without some of its fields, the others in their order. */
export function without(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}
