/** How a value is spelled (`~`, `{ }`, `0x64`, `*shared`), so that it can be put back as it was. */
import { sameJson, type JsonPath } from '../base/json.ts';
import { isFoundAgain } from './filled.ts';
import { parse } from './parse.ts';
import { trailingComment } from './replace.ts';
import { nearestNode, type MapItem, type Src, type Tree } from './tree.ts';

interface ValuePlace {
  readonly item: MapItem;
  readonly src: Src;
}

/**
 * What stands between the colon of a key and the end of its value, where that value is null or empty and `edit` would
 * write over it; undefined where {@link emptyBefore} finds it again, and where an anchor is part of it.
 *
 * @param filledWith what `edit` will put there
 */
export function emptySpelling(tree: Tree, path: JsonPath, filledWith: 'map' | 'list'): string | undefined {
  const place = placeAt(tree, path);
  if (place === undefined || (filledWith === 'map' && isFoundAgain(place.src))) return undefined;
  const { src } = place;
  const isEmpty = src.value === null || sameJson(src.value, {}) || sameJson(src.value, []);
  return isEmpty && src.kind !== 'alias' && src.anchor === null ? spellingOf(tree, place) : undefined;
}

/**
 * The same of a value that `edit` would spell otherwise: a number that is not in plain digits, null, an alias, and what
 * aliases stand for. Undefined where it wouldn't, and where the text has the key by an alias only.
 */
export function oddSpelling(tree: Tree, path: JsonPath): string | undefined {
  const place = ownPlaceAt(tree, path);
  if (place === undefined) return undefined;
  const { src } = place;
  const isShared = src.anchor !== null && tree.aliases.some(({ target }) => target === src);
  const isOdd =
    src.kind === 'alias' ||
    isShared ||
    (src.kind === 'scalar' && src.value === null) ||
    (typeof src.value === 'number' && tree.text.slice(src.body, src.end) !== JSON.stringify(src.value));
  return isOdd ? spellingOf(tree, place) : undefined;
}

/** How the value of a key is spelled; undefined where the text has no such key, or by an alias only. */
export function spellingAt(tree: Tree, path: JsonPath): string | undefined {
  const place = ownPlaceAt(tree, path);
  return place === undefined ? undefined : spellingOf(tree, place);
}

/** The document with a value spelled in another way; as it is where that would say something else. */
export function respelled(tree: Tree, path: JsonPath, spelling: string): Tree {
  return respelledAll(tree, [{ path, spelling }]);
}

/** The same for several values at once: all of them, or none. */
export function respelledAll(
  tree: Tree,
  spellings: readonly { readonly path: JsonPath; readonly spelling: string }[],
): Tree {
  const places = spellings.flatMap(({ path, spelling }) => {
    const place = placeAt(tree, path);
    if (place === undefined) return [];
    const start = place.item.after;
    return [{ start, end: afterComments(tree.text, place.src.end, spelling), spelling }];
  });
  if (places.length === 0) return tree;
  const sorted = places.sort((a, b) => a.start - b.start);
  const parts = sorted.map(
    ({ start, spelling }, index) => tree.text.slice(sorted[index - 1]?.end ?? 0, start) + spelling,
  );
  const parsed = parse(parts.join('') + tree.text.slice(sorted.at(-1)?.end));
  const isSame =
    parsed.ok &&
    parsed.tree.faults.length <= tree.faults.length &&
    sameJson(parsed.tree.root?.value, tree.root?.value);
  return isSame ? parsed.tree : tree;
}

/** Behind the comments after a place that are part of the spelling: `edit` has moved them there. */
function afterComments(text: string, end: number, spelling: string): number {
  const [comment = ''] = /^\s*#[^\r\n]*/.exec(text.slice(end)) ?? [];
  const own = spelling.split(/\r?\n/).flatMap((line) => /(?:^|\s)(#.*)$/.exec(line)?.[1] ?? []);
  return comment !== '' && own.includes(comment.trim())
    ? afterComments(text, end + comment.length, spelling)
    : end;
}

/** Below its key, a value ends with its comment: what takes its place stands on other lines. */
function spellingOf({ text }: Tree, { item, src }: ValuePlace): string {
  const spelling = text.slice(item.after, src.end);
  return text.slice(item.after, src.body).includes('\n') ? spelling + trailingComment(text, src) : spelling;
}

/** The value of a key that the text has. */
function placeAt({ root }: Tree, path: JsonPath): ValuePlace | undefined {
  if (root === null) return undefined;
  const { src } = nearestNode(root, path);
  const item = src.parent?.src.kind === 'map' ? src.parent.src.items[src.parent.index] : undefined;
  return item === undefined || item.key !== path.at(-1) ? undefined : { item, src };
}

/** The same, where nothing on the way to it is an alias. */
function ownPlaceAt(tree: Tree, path: JsonPath): ValuePlace | undefined {
  const place = placeAt(tree, path);
  let depth = 0;
  for (let at = place?.src.parent ?? null; at !== null; at = at.src.parent) depth += 1;
  const isOwn = place !== undefined && depth === path.length && isOnPath(place.src, path);
  return isOwn ? place : undefined;
}

function isOnPath(src: Src, path: JsonPath): boolean {
  let at: Src = src;
  return path.toReversed().every((step) => {
    const { parent } = at;
    if (parent === null) return false;
    at = parent.src;
    const item = parent.src.items[parent.index];
    return item !== undefined && 'key' in item ? item.key === step : parent.index === step;
  });
}
