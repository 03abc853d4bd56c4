import { count } from '../../base/text.ts';
import { describeGenericChange, isTarget, ofHost, verb, type HeadlineInput } from '../common/headline.ts';
import { sharesAsTheyAre, sharesChanged } from '../common/share-words.ts';
import type { ChangeWords } from '../types.ts';

export const promoteWords: ChangeWords = {
  changed: (change) => sharesChanged(change, 'all requests') ?? tidied(change),
  unchanged: sharesAsTheyAre,
};

/** It had everything already: what is left is to tidy up. */
function tidied(change: HeadlineInput): string {
  const { name, would } = change;
  const to = isTarget(change);
  const touched = change.pairs.filter(
    (pair) => pair.change === 'changed' && pair.after?.destinations.some(to),
  );
  const bases = touched.flatMap(({ after }) => after ?? []);
  if (bases.length === 0) return describeGenericChange(change);
  const where = `on ${count(bases.length, 'route')}${ofHost(bases, to)}`;
  const destination = verb(change, 'destination', 'destinations');
  return would
    ? `Would make ${name} the only ${destination} ${where}`
    : `${name} ${verb(change, 'is', 'are')} now the only ${destination} ${where}`;
}
