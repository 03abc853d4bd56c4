/**
 * Places that held nothing before `edit` filled them: `key:` and `key: {}`. What was put into them is written so that
 * it tells, since whoever takes it out again may be another process, and a key that was there is to stay.
 */
import { nearest, type MapSrc, type Src, type Tree } from './tree.ts';

/** Nothing stands there. */
export function isLeftOut(src: Src): boolean {
  return src.kind === 'scalar' && src.style === 'empty' && src.start === src.end && src.anchor === null;
}

/** Is it empty in a way that {@link emptyBefore} finds again once it is filled? */
export function isFoundAgain(src: Src): boolean {
  const { parent } = src;
  if (parent?.src.kind !== 'map' || parent.src.flow || hasQuotedKeys(parent.src)) return false;
  return isLeftOut(src) || (src.kind === 'map' && src.flow && !src.opaque && src.items.length === 0);
}

/** A map in block style that was put where nothing stood. */
export function fillsLeftOut(src: Src): boolean {
  return src.kind === 'map' && !src.flow && hasQuotedKeys(src);
}

/** Nothing else is written by us with its keys in double quotes, but where all of a document's are. */
function hasQuotedKeys({ items }: MapSrc): boolean {
  return items.every(({ keyStyle }) => keyStyle === 'double');
}

/**
 * What the place at a path held before it was filled: null for nothing behind the key, `{}` for an empty map;
 * undefined where the map at the path says nothing of it, or there is none.
 */
export function emptyBefore(
  tree: Tree,
  path: readonly (string | number)[],
): null | Readonly<Record<string, never>> | undefined {
  if (tree.root === null) return undefined;
  const { src } = nearest(tree.root, path);
  const { parent } = src;
  if (src.kind !== 'map' || parent?.src.kind !== 'map' || parent.src.flow) return undefined;
  if (parent.src.items[parent.index]?.key !== path.at(-1)) return undefined;
  if (!hasQuotedKeys(src) || hasQuotedKeys(parent.src)) return undefined;
  return src.flow ? {} : null;
}
