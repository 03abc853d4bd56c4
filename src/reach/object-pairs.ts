/** Every object in sight as it is and as it shall be. */
import type { DestinationRule, KubeObject } from '../istio/types.ts';
import type { Snapshot } from '../plan/types.ts';
import type { WrongWrite } from './expected/objects.ts';
import type { VersionPair } from './lists.ts';
import { titleOf } from '../base/title.ts';

/** A DestinationRule as it is and as it shall be; the same object twice where nothing changes. */
export interface RulePair {
  readonly before: DestinationRule;
  readonly after: DestinationRule;
}

export interface ObjectPairs {
  readonly virtualServices: readonly VersionPair[];
  readonly rules: readonly RulePair[];
  /** Writes of what was not read, or was read otherwise. */
  readonly wrong: readonly WrongWrite[];
}

/** @param changes those that are written; all others stay as they are */
export function objectPairs(
  snapshot: Snapshot,
  changes: readonly VersionPair[],
  rules: readonly RulePair[],
): ObjectPairs {
  const virtualServices = paired(snapshot.virtualServices, changes);
  const destinationRules = paired(snapshot.destinationRules, rules);
  return {
    virtualServices: virtualServices.pairs,
    rules: destinationRules.pairs,
    wrong: [...virtualServices.wrong, ...destinationRules.wrong],
  };
}

/** Every object as it was read and as it shall be. */
function paired<T extends KubeObject>(
  objects: readonly T[],
  changes: readonly { readonly before: T; readonly after: T }[],
): {
  readonly pairs: readonly { readonly before: T; readonly after: T }[];
  readonly wrong: readonly WrongWrite[];
} {
  const read = new Set<KubeObject>(objects);
  const after = new Map(changes.map((change) => [change.before, change.after]));
  return {
    pairs: objects.map((before) => ({ before, after: after.get(before) ?? before })),
    wrong: changes
      .filter(({ before }) => !read.has(before))
      .map(({ before }) => ({
        object: titleOf(before),
        what: 'the whole object, which was not read like that,',
        before: 'no object',
        after: 'an object',
      })),
  };
}
