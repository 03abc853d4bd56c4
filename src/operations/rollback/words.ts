import { isTarget } from '../common/headline.ts';
import { removalsText } from '../common/removal-words.ts';
import type { ChangeWords } from '../types.ts';

export const rollbackWords: ChangeWords = {
  changed(change) {
    const { name, would } = change;
    return `${would ? `Would roll ${name} back` : `${name} is rolled back`}: ${removalsText(change)}`;
  },
  unchanged(change) {
    const { name } = change;
    if (change.after.some((view) => view.destinations.some(isTarget(change))))
      return `${name} has no share that istiops is known to have given it`;
    return change.isUsedElsewhere
      ? `no selected VirtualService sends to ${name}, but another one does`
      : `nothing sends to ${name}`;
  },
};
