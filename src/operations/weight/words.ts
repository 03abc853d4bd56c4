import type { WeightIntent } from '../../intent/types.ts';
import { sharesAsTheyAre, sharesChanged, sharesRemembered } from '../common/share-words.ts';
import type { ChangeWords } from '../types.ts';

export const weightWords: ChangeWords = {
  changed: (change) => sharesChanged(change) ?? sharesRemembered(change),
  unchanged: sharesAsTheyAre,
};

/** @example '20 %' */
export function weightBrief({ weight }: WeightIntent): string {
  return `${weight} %`;
}
