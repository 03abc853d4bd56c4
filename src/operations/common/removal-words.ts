/** What `rollback` and `clear` say: what was removed. */
import { count } from '../../base/text.ts';
import { fieldsNote } from '../../plan/route-differences.ts';
import type { RoutePair } from '../../plan/view-types.ts';
import type { HeadlineInput } from './headline.ts';

/** @example '2 preview routes removed, shares taken back on 1 route' */
export function removalsText({ pairs, isUsedElsewhere }: HeadlineInput): string {
  const gone = pairs.flatMap(({ change, before }) => (change === 'gone' ? (before ?? []) : []));
  // A link, and the path that ends it, send nowhere.
  const removed = gone.filter(({ destinations }) => destinations.length > 0).length;
  const isLinkGone = gone.length > removed;
  const changed = pairs.filter(({ change, after }) => change === 'changed' && after?.madeBy === 'user');
  const returned = changed.filter(({ differs }) => differs.includes('destinations')).length;
  const parts = [
    removed > 0 ? `${count(removed, 'preview route')} removed` : '',
    isLinkGone ? 'link removed' : '',
    returned > 0 ? `shares taken back on ${count(returned, 'route')}` : '',
    fieldsText(changed),
  ].filter((part) => part !== '');
  if (parts.length === 0) parts.push('what was left of it removed');
  if (isUsedElsewhere) parts.push('another VirtualService still sends to it');
  return parts.join(', ');
}

/** @example 'mirror removed on 1 route' */
function fieldsText(changed: readonly RoutePair[]): string {
  const notes = changed.map(fieldsNote).filter((note) => note !== '');
  if (notes.length === 0) return '';
  const [only, ...others] = new Set(notes);
  return `${others.length === 0 && only !== undefined ? only : 'fields changed'} on ${count(notes.length, 'route')}`;
}
