import { count } from '../../base/text.ts';
import { ownerOf } from '../../plan/owners.ts';
import type { ReadResult } from '../types.ts';

/** @example 'VirtualService shop/api: 3 routes', or 'No VirtualService in namespace shop has a route' */
export function showHeadline({ routes, namespace }: ReadResult): string {
  const owners = new Set(routes.map(ownerOf));
  const where = namespace === null ? ' in all namespaces' : ` in namespace ${namespace}`;
  const [only] = owners;
  if (owners.size === 0) return `No VirtualService${namespace === null ? '' : where} has a route`;
  const what =
    owners.size === 1 && only !== undefined
      ? `VirtualService ${only}`
      : count(owners.size, 'VirtualService') + where;
  return `${what}: ${count(routes.length, 'route')}`;
}
