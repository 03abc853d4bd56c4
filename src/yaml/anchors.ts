/**
 * Keeps every alias true. An anchored node that changes would take its aliases with it: where they are to
 * change alike they follow, where they are not the anchor moves to the first of them with a copy of what it
 * was, and where that can't be they are written out.
 */
import { sameJson } from '../base/json.ts';
import { mergeAgain, type Changes } from './changes.ts';
import { itemOf, type AliasSrc, type MapSrc, type Src, type Tree } from './tree.ts';

/** Adds to `changes` what aliases and merge keys need. Returns the anchored nodes that lose their anchor. */
export function keepAliases(tree: Tree, changes: Changes): ReadonlySet<Src> {
  const stripped = new Set<Src>();
  const users = Map.groupBy(tree.aliases, (alias) => alias.target);
  for (const [target, aliases] of users) {
    if (target === null) continue;
    const gone = isGone(target, changes);
    if (!gone && !changes.values.has(target)) continue;
    const live = aliases.filter((alias) => !isGone(alias, changes));
    for (const alias of live.filter((each) => each.merges)) mergeAgain(mergingMap(alias), gone, changes);
    settle(
      target,
      gone,
      live.filter((each) => !each.merges),
      changes,
      stripped,
    );
  }
  return stripped;
}

function settle(
  target: Src,
  gone: boolean,
  aliases: readonly AliasSrc[],
  changes: Changes,
  stripped: Set<Src>,
): void {
  const next = changes.values.get(target);
  const follows = (alias: AliasSrc): boolean =>
    !gone && sameJson(changes.values.get(alias) ?? alias.value, next);
  const followers = aliases.filter(follows);
  for (const alias of followers) changes.of.delete(alias);
  const staying = aliases.filter((alias) => !changes.values.has(alias) && !follows(alias));
  const [first, ...others] = staying;
  if (first === undefined) return;
  if (followers.length === 0) {
    changes.of.set(first, { kind: 'replace', after: target.value, anchor: target.anchor?.name ?? null });
    if (!gone) stripped.add(target);
    return;
  }
  for (const alias of [first, ...others])
    changes.of.set(alias, { kind: 'replace', after: alias.value, anchor: null });
}

/** Its text goes, with an item that is removed or with something around it that is written anew. */
function isGone(src: Src, changes: Changes): boolean {
  for (let at: Src = src; at.parent !== null; at = at.parent.src) {
    const change = changes.of.get(at.parent.src);
    if (change?.kind === 'replace' || (change?.kind === 'items' && change.removed.has(at.parent.index)))
      return true;
  }
  return false;
}

/** The map that has the `<<` that an alias is the value of, or one of the values of. */
function mergingMap(alias: AliasSrc): MapSrc {
  for (let at: Src = alias; at.parent !== null; at = at.parent.src) {
    const item = itemOf(at);
    if (at.parent.src.kind === 'map' && item !== null && 'merges' in item && item.merges)
      return at.parent.src;
  }
  throw new Error('an alias that merges is in a merge key');
}
