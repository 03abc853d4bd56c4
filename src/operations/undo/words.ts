import { count } from '../../base/text.ts';
import type { UndoIntent } from './intent.ts';
import { changeName, changeText, momentOf } from '../../plan/change-text.ts';
import { ownersOf, type HeadlineInput } from '../common/headline.ts';
import type { ChangeWords } from '../types.ts';

export const undoWords: ChangeWords = {
  changed: undoneText,
  unchanged: () => 'there is no change to take back',
};

/** Whose change it was, and what it did: its subset alone would not say which one. */
function undoneText({ pairs, would, undone }: HeadlineInput): string {
  const views = pairs
    .filter((pair) => pair.change !== 'same')
    .flatMap(({ before, after }) => after ?? before ?? []);
  const where = views.length === 0 ? '' : ` (${count(views.length, 'route')} of ${ownersOf(views)})`;
  if (undone === undefined) return `${would ? 'Would take' : 'Took'} back the last change${where}`;
  const { summary, by, time } = undone;
  return summary.isBack && undone.count === undefined
    ? `${would ? 'Would do' : 'Did'} the ${changeName(summary)} again that ${by ?? 'somebody'} had taken back ${momentOf(time)}${where}`
    : `${would ? 'Would take' : 'Took'} back ${changeText(undone)}${where}`;
}

/** @example 'to 3' */
export function undoBrief({ to }: UndoIntent): string | undefined {
  return to === undefined ? undefined : `to ${to}`;
}
