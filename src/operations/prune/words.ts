import { count } from '../../base/text.ts';
import { removalsText } from '../common/removal-words.ts';
import type { ChangeWords } from '../types.ts';

export const pruneWords: ChangeWords = {
  changed: (change) => `${change.would ? 'Would prune' : 'Pruned'}: ${removalsText(change)}`,
  unchanged: ({ after }) => {
    const previews = new Set(
      after.flatMap(({ madeBy, destinations }) =>
        madeBy === 'istiops' ? destinations.flatMap(({ subset }) => subset ?? []) : [],
      ),
    );
    return previews.size === 0
      ? 'there is no preview'
      : `${count(previews.size, 'preview')} stay`.replace(/^1 preview stay/, '1 preview stays');
  },
};
