/** How an empty value is spelled (`~`, `null`, `{ }`), so that it can be put back as it was. */
import { sameJson } from '../base/json.ts';
import { isFoundAgain } from './filled.ts';
import { parse } from './parse.ts';
import { nearestNode, type MapItem, type Src, type Tree } from './tree.ts';

interface ValuePlace {
  readonly item: MapItem;
  readonly src: Src;
}

/**
 * What stands between the colon of a key and the end of its value, where that value is null or empty and `edit` would
 * write over it; undefined where {@link emptyBefore} finds it again, and where a comment or an anchor is part of it.
 *
 * @param filledWith what `edit` will put there
 */
export function emptySpelling(
  tree: Tree,
  path: readonly (string | number)[],
  filledWith: 'map' | 'list',
): string | undefined {
  const place = placeAt(tree, path);
  if (place === undefined || (filledWith === 'map' && isFoundAgain(place.src))) return undefined;
  const { item, src } = place;
  const isEmpty = src.value === null || sameJson(src.value, {}) || sameJson(src.value, []);
  const text = tree.text.slice(item.after, src.end);
  return isEmpty && src.kind !== 'alias' && src.anchor === null && !text.includes('#') ? text : undefined;
}

/** The document with a value spelled in another way; as it is where that would say something else. */
export function respelled(tree: Tree, path: readonly (string | number)[], spelling: string): Tree {
  const place = placeAt(tree, path);
  if (place === undefined) return tree;
  const { text } = tree;
  const parsed = parse(text.slice(0, place.item.after) + spelling + text.slice(place.src.end));
  const isSame =
    parsed.ok &&
    parsed.tree.faults.length <= tree.faults.length &&
    sameJson(parsed.tree.root?.value, tree.root?.value);
  return isSame ? parsed.tree : tree;
}

/** The value of a key that the text has. */
function placeAt({ root }: Tree, path: readonly (string | number)[]): ValuePlace | undefined {
  if (root === null) return undefined;
  const { src } = nearestNode(root, path);
  const item = src.parent?.src.kind === 'map' ? src.parent.src.items[src.parent.index] : undefined;
  return item === undefined || item.key !== path.at(-1) ? undefined : { item, src };
}
