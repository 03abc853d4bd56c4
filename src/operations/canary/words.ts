import { sharesAsTheyAre, sharesChanged, sharesRemembered } from '../common/share-words.ts';
import type { ChangeWords } from '../types.ts';
import type { CanaryIntent } from './intent.ts';

/** Of one stage; how a canary ended is said in `report/canary/`. */
export const canaryWords: ChangeWords = {
  changed: (change) => sharesChanged(change) ?? sharesRemembered(change),
  unchanged: sharesAsTheyAre,
};

/** @example '10 %' */
export function canaryBrief({ stages, stage }: CanaryIntent): string {
  return `${stages[stage]?.weight ?? 0} %`;
}
