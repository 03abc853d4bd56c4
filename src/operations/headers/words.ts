import { headersIn } from '../../plan/headers-text.ts';
import type { RoutePair, RouteView } from '../../plan/view-types.ts';
import { count } from '../../base/text.ts';
import { describeGenericChange, isOfTarget, ownersOf, verb, type HeadlineInput } from '../common/headline.ts';
import type { ChangeWords } from '../types.ts';

export const headersWords: ChangeWords = {
  changed(change) {
    const { name, would, felt } = change;
    const previews = touchedPreviews(change);
    if (previews.length === 0) return describeGenericChange(change);
    const where = `(${count(previews.length, 'route')} of ${ownersOf(previews)})`;
    const what = `with ${commonHeaders(previews) ?? 'the given headers'}`;
    switch (felt.kind) {
      case 'none':
        return `${would ? 'Would write' : 'Wrote'} a preview of ${name} that no request reaches ${where}`;
      case 'unknown':
        return `${would ? 'Would write' : 'Wrote'} a preview of ${name}; whether requests ${what} reach it is not known ${where}`;
      case 'part':
      case 'all': {
        const part = felt.kind === 'part' ? felt.words : '';
        return would
          ? `Would send requests ${what} to ${name} ${where}${part}`
          : `Requests ${what} now go to ${name} ${where}${part}`;
      }
    }
  },
  unchanged(change) {
    const { name } = change;
    const to = isOfTarget(change);
    const previews = change.after.filter((view) => view.madeBy !== 'user' && view.destinations.some(to));
    const what = commonHeaders(previews);
    return what === null
      ? `${name} already ${verb(change, 'gets', 'get')} these requests`
      : `requests with ${what} already go to ${name}`;
  },
};

function touchedPreviews(change: HeadlineInput): readonly RouteView[] {
  const to = isOfTarget(change);
  // A preview of which other fields alone change got its requests before as well.
  const isOther = ({ change: kind, differs }: RoutePair): boolean =>
    kind === 'new' || differs.includes('match') || differs.includes('destinations');
  return change.pairs.flatMap((pair) =>
    isOther(pair) && pair.after?.madeBy === 'istiops' && pair.after.destinations.some(to) ? [pair.after] : [],
  );
}

/** The headers of these routes, where all match the same. */
function commonHeaders(previews: readonly RouteView[]): string | null {
  const asked = new Set(previews.map((view) => headersIn(view.conditions)));
  const [only = null] = asked;
  return asked.size === 1 ? only : null;
}
