/** Reading Envoy's messages as JSON. */
import { isObject } from '../base/json.ts';
import { memoized } from '../base/memoized.ts';

/**
 * What stands at a path of field names; undefined where there is nothing. Envoy's admin interface writes the names with
 * underscores, as given here, and istiod the same messages in camelCase.
 *
 * @example at({ routeConfig: { name: '80' } }, 'route_config', 'name') // '80'
 */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const name of path) {
    if (!isObject(current)) return undefined;
    current = current[name] ?? current[camelCase(name)];
  }
  return current;
}

/** The entries of a list; none where it is no list. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** A text; empty where it is none: protobuf leaves out what is empty. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}

/**
 * A dump's text as JSON.
 *
 * @returns undefined where it is none: what answered is no Envoy and no istiod
 */
export function parsedDump(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) || Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const camelCase = memoized((name: string): string =>
  name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
);
