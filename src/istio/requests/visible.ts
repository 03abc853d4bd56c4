import type { VirtualService } from '../types.ts';

/**
 * Is a VirtualService exported to a namespace? Without `exportTo` to all, unless the mesh's configuration has
 * another default, which we don't see.
 *
 * @param namespace absent: not known, then it counts as one that it is exported to
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/#VirtualService-export_to
 */
export function isVisible(virtualService: VirtualService, namespace: string | undefined): boolean {
  const exportTo = exportsOf(virtualService);
  if (exportTo.has('*')) return true;
  if (exportTo.has('~')) return false;
  return namespace === undefined || exportTo.has(namespace);
}

/** Namespaces, `*` for all, `~` for none; `.` is its own. */
export function exportsOf({ metadata, spec }: VirtualService): ReadonlySet<string> {
  const exportTo = Array.isArray(spec['exportTo']) ? spec['exportTo'] : [];
  const named = exportTo.filter((one) => typeof one === 'string');
  return new Set(named.length === 0 ? ['*'] : named.map((one) => (one === '.' ? metadata.namespace : one)));
}
