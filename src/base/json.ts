/** A JSON value: what the Kubernetes API and a manifest consist of. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Where a value stands in another: keys of objects and positions in lists. */
export type JsonPath = readonly (string | number)[];

/** Is it an object with keys (no array, no null)? */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `Array.isArray`, for lists that may not be changed too. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** A value that should be a text: the empty one where it is something else. */
export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A value that should be a list: the empty one where it is something else. */
export function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A value that should be an object: the empty one where it is something else. */
export function objectIn(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** Is it a whole number above 0, as identifiers of GitHub are? */
export function isPositiveInteger(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

/** Is it a whole number from 0 up? */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** What a text says in JSON; undefined where it is none. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/**
 * The field of an object under a name from outside, which may be `constructor` or `__proto__`: what every object has
 * from JavaScript counts as absent.
 */
export function ownValue<T>(object: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
}

/** A field of a value that nobody has checked; undefined where it has none, or null. */
export function field(value: unknown, name: string): unknown {
  return isObject(value) ? (ownValue(value, name) ?? undefined) : undefined;
}

/** The object without some of its fields, the others in their order. */
export function withoutFields(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

/** Are two JSON values the same, whatever the order of keys? A key that is `undefined` counts as absent. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a).filter((key) => a[key] !== undefined);
  return (
    keys.length === Object.keys(b).filter((key) => b[key] !== undefined).length &&
    keys.every((key) => ownValue(b, key) !== undefined && sameJson(a[key], b[key]))
  );
}

/** A JSON value without the fields that are null; nulls in lists stay. */
export function withoutNulls(value: Json): Json {
  if (isList(value)) return value.map(withoutNulls);
  return isObject(value) ? objectWithoutNulls(value) : value;
}

/** {@link withoutNulls} of an object. */
export function objectWithoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, field]) =>
      field === null || field === undefined ? [] : [[key, withoutNulls(field)]],
    ),
  );
}

/** One text for one JSON value, whatever the order of keys: what content is hashed and compared by. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value ?? null);
  let fields = '';
  for (const key of Object.keys(value).sort()) {
    const field = value[key];
    if (field === undefined) continue;
    fields += `${fields === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(field)}`;
  }
  return `{${fields}}`;
}
