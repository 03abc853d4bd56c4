import type { ClearIntent } from '../../intent/types.ts';
import { removalsText } from '../common/removal-words.ts';
import type { ChangeWords } from '../types.ts';

export const clearWords: ChangeWords = {
  changed: (change) => `${change.would ? 'Would clear' : 'Cleared'}: ${removalsText(change)}`,
  unchanged: () => 'there is nothing to clear',
};

export function clearBrief({ mode }: ClearIntent): string | undefined {
  return mode === 'stale' ? 'stale' : undefined;
}
