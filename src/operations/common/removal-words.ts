/** What `rollback` and `clear` say: what was removed. */
import { count } from '../../base/text.ts';
import type { HeadlineInput } from './headline.ts';

/** @example '2 preview routes removed, shares taken back on 1 route' */
export function removalsText({ pairs, isUsedElsewhere }: HeadlineInput): string {
  const removed = pairs.filter(({ change }) => change === 'gone').length;
  const returned = pairs.filter(
    ({ change, after }) => change === 'changed' && after?.madeBy === 'user',
  ).length;
  const parts = [
    removed > 0 ? `${count(removed, 'preview route')} removed` : '',
    returned > 0 ? `shares taken back on ${count(returned, 'route')}` : '',
  ].filter((part) => part !== '');
  if (parts.length === 0) parts.push('what was left of it removed');
  if (isUsedElsewhere) parts.push('another VirtualService still sends to it');
  return parts.join(', ');
}
