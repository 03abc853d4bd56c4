import { count } from '../../base/text.ts';
import { ownerOf } from '../../plan/owners.ts';
import type { Found } from '../types.ts';

/** @example 'VirtualService shop/api: 3 routes' */
export function showHeadline({ routes, namespace }: Found): string {
  const owners = new Set(routes.map(ownerOf));
  const where = namespace === null ? '' : ` in namespace ${namespace}`;
  const [only] = owners;
  const what =
    owners.size === 1 && only !== undefined
      ? `VirtualService ${only}`
      : count(owners.size, 'VirtualService') + where;
  return `${what}: ${count(routes.length, 'route')}`;
}
