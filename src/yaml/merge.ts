/** What the items of a map come to, those that a `<<` brings among them. */
import { isList, isObject, type Json } from '../base/json.ts';
import { objectOf, type MapItem, type TreeFault } from './tree.ts';

/**
 * A map's value. Its own keys count before merged ones, and of several merged maps the first
 * (https://yaml.org/type/merge.html). Faults are added to `faults`: a key twice, a `<<` that readers disagree on.
 */
export function mergedValue(items: readonly MapItem[], faults: TreeFault[]): Json {
  const own = new Map<string, Json>();
  const merged = new Map<string, Json>();
  for (const item of items) {
    if (item.merges) {
      for (const [key, value] of sources(item, faults)) {
        if (!merged.has(key)) merged.set(key, value);
        // go-yaml v2 (kubectl) lets a later `<<` win over a key, YAML and go-yaml v3 (kustomize) the key.
        if (own.has(key) && own.get(key) !== value) {
          const message = `"<<" brings "${key}", which is above it too: readers disagree on which of them counts, so put "<<" first`;
          faults.push({ offset: item.start, message });
        }
      }
      continue;
    }
    if (own.has(item.key)) {
      faults.push({ offset: item.start, message: `the key "${item.key}" is there twice in one object` });
    }
    own.set(item.key, item.value.value);
  }
  return objectOf(merged.size === 0 ? own : new Map([...merged, ...own]));
}

function sources(item: MapItem, faults: TreeFault[]): [string, Json][] {
  const { value, kind } = item.value;
  // go-yaml accepts a list of maps only where it is written out, not by an alias.
  return (isList(value) && kind === 'seq' ? value : [value]).flatMap((source) => {
    if (isObject(source)) {
      return Object.entries(source).map(([key, field]): [string, Json] => [key, field ?? null]);
    }
    faults.push({ offset: item.start, message: '"<<" must refer to an object or a list of objects' });
    return [];
  });
}
