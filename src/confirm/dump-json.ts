/** Reading Envoy's messages as JSON. */
import { isList, isObject, listIn, parseJson, textIn } from '../base/json.ts';
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
  return listIn(at(value, ...path));
}

/** A text; empty where it is none: protobuf leaves out what is empty. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  return textIn(at(value, ...path));
}

/**
 * A dump's text as JSON.
 *
 * @returns undefined where it is none: what answered is no Envoy and no istiod
 */
export function parsedDump(text: string): unknown {
  const value = parseJson(text);
  return isObject(value) || isList(value) ? value : undefined;
}

const camelCase = memoized((name: string): string =>
  name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
);
