import { capitalised } from '../base/text.ts';
import { titleOf } from '../base/title.ts';
import { howOf } from '../plan/writes.ts';
import type { Outcome } from './types.ts';

/**
 * Objects that come or go whole, as a sentence; empty where there are none. All others are changed in place.
 *
 * @example 'Would create DestinationRule shop/web' under a dry run, else 'Created DestinationRule shop/web'
 */
export function wholeObjectsText({ phases, dryRun, failure }: Outcome): string {
  if (failure !== null) return '';
  const writes = phases.flatMap((phase) => phase.writes);
  const named = (how: 'create' | 'delete'): string =>
    writes
      .filter((write) => howOf(write) === how)
      .map(({ after }) => titleOf(after))
      .join(', ');
  const [created, deleted] = [named('create'), named('delete')];
  const words = [
    ...(created === '' ? [] : [`${dryRun ? 'would create' : 'created'} ${created}`]),
    ...(deleted === '' ? [] : [`${dryRun ? 'would delete' : 'deleted'} ${deleted}`]),
  ].join(' and ');
  return capitalised(words);
}
