import type { VirtualService } from '../istio/types.ts';
import { resolveHost } from '../istio/hosts.ts';
import { lastChangeOf } from './last-change.ts';
import { subsetKey } from './subsets.ts';
import type { Phase } from './types.ts';

/** `host|subset` of all that the phases take away at their end; the annotation `istiops/last-change` names them. */
export function removalsOf(phases: readonly Phase[]): readonly string[] {
  const writes = phases.filter(({ name }) => name === 'remove-subsets').flatMap((phase) => phase.writes);
  return writes.flatMap((write) => {
    if (write.kind !== 'DestinationRule') return [];
    const { before, after } = write;
    const host = resolveHost(before.spec.host, before.metadata.namespace);
    const kept = new Set((after.spec.subsets ?? []).map(({ name }) => name));
    const gone = (before.spec.subsets ?? []).filter(({ name }) => !kept.has(name));
    return gone.map(({ name }) => subsetKey(host, name));
  });
}

/**
 * `host|subset` of what the last change of these VirtualServices was to take away. A run that was killed between the
 * routes and the DestinationRule leaves a subset that no route refers to, before or after: without this nothing
 * would tell the same operation, done again, that it is its own to remove, and not another run's that is about to
 * use it.
 */
export function removalsLeft(virtualServices: readonly VirtualService[]): ReadonlySet<string> {
  return new Set(virtualServices.flatMap((virtualService) => lastChangeOf(virtualService)?.removes ?? []));
}
