import type { VirtualService } from '../istio/types.ts';
import { resolveHost } from '../istio/hosts.ts';
import { lastChangeOf } from './last-change.ts';
import { subsetKey } from './subsets.ts';
import type { Phase, Write } from './types.ts';
import { writesOf } from './writes.ts';

/** Names of the subsets that a write takes away. */
export function removedSubsets(write: Write): readonly string[] {
  if (write.kind !== 'DestinationRule') return [];
  const kept = new Set((write.after.spec.subsets ?? []).map(({ name }) => name));
  return (write.before.spec.subsets ?? []).map(({ name }) => name).filter((name) => !kept.has(name));
}

/** `host|subset` of all that the phases take away at their end; the annotation `istiops/last-change` names them. */
export function removalsOf(phases: readonly Phase[]): readonly string[] {
  return writesOf(phases, 'remove-subsets').flatMap((write) => {
    if (write.kind !== 'DestinationRule') return [];
    const host = resolveHost(write.before.spec.host, write.before.metadata.namespace);
    return removedSubsets(write).map((name) => subsetKey(host, name));
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
