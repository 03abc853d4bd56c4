/** Reading of JSON that nobody has checked: what isn't there or is of another type is simply not there. */
import { isObject, type JsonObject, ownValue } from '../../base/json.ts';
import type { Labels } from '../../istio/types.ts';

/** A field of whatever this is; undefined where it has none. */
export function field(value: unknown, name: string): unknown {
  return isObject(value) ? (ownValue(value, name) ?? undefined) : undefined;
}

/** A text; empty where it is none. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A map of texts; empty where it is none. */
export function labels(value: unknown): Labels {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, label]) => [key, text(label)]));
}

/** The object without some of its fields, the others in their order. */
export function without(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}
