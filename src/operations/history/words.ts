import { count } from '../../base/text.ts';
import type { ReadResult } from '../types.ts';

/** @example 'VirtualService shop/api: 3 changes' */
export function historyHeadline({ history, namespace }: ReadResult): string {
  const owners = new Set(history.flatMap(({ virtualServices }) => virtualServices));
  const [only] = owners;
  const where = namespace === null ? '' : ` in namespace ${namespace}`;
  if (only === undefined) return `No change of istiops is remembered${where}`;
  const what =
    owners.size === 1
      ? `VirtualService ${namespace === null ? '' : `${namespace}/`}${only}`
      : count(owners.size, 'VirtualService') + where;
  return `${what}: ${count(history.length, 'change')}`;
}
