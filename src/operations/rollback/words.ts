import { alternativesBrief } from '../common/alternatives-brief.ts';
import { count } from '../../base/text.ts';
import { isTarget, shareOf, verb } from '../common/headline.ts';
import { removalsText } from '../common/removal-words.ts';
import type { ChangeWords } from '../types.ts';
import type { RollbackIntent } from './intent.ts';

export const rollbackWords: ChangeWords = {
  changed(change) {
    const { subsets, name, would } = change;
    if (subsets.size === 0) return `${would ? 'Would roll back' : 'Rolled back'}: ${removalsText(change)}`;
    const left = change.after.filter((view) => shareOf(view, isTarget(change)) > 0).length;
    const back =
      left === 0
        ? would
          ? `Would roll ${name} back`
          : `${name} ${verb(change, 'is', 'are')} rolled back`
        : `${would ? 'Would roll back' : 'Rolled back'} what istiops made for ${name}, which ${count(left, 'route')} still ${left === 1 ? 'sends' : 'send'} to`;
    return `${back}: ${removalsText(change)}`;
  },
  unchanged(change) {
    const { subsets, name } = change;
    if (subsets.size === 0) return 'these requests have no preview';
    if (change.after.some((view) => view.destinations.some(isTarget(change))))
      return `${name} ${verb(change, 'has', 'have')} no share that istiops is known to have given ${verb(change, 'it', 'them')}`;
    return change.isUsedElsewhere
      ? `no selected VirtualService sends to ${name}, but another one does`
      : `nothing sends to ${name}`;
  },
};

/** Undefined where the build says it all. */
export function rollbackBrief(intent: RollbackIntent): string | undefined {
  return 'alternatives' in intent ? alternativesBrief(intent.alternatives) : undefined;
}
