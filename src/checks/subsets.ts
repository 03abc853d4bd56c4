import { resolveHost } from '../istio/hosts.ts';
import type { DestinationRule } from '../istio/types.ts';
import { finding } from '../plan/findings.ts';
import { titleOf } from '../plan/objects.ts';
import { virtualServicesAfter } from '../plan/phases.ts';
import { referencedSubsets } from '../plan/subsets.ts';
import type { Finding } from '../plan/types.ts';
import type { CheckContext } from './context.ts';
import { gainedShares, heldSubsets } from './shares.ts';

/**
 * Envoy answers 503 for a route to a subset that no DestinationRule defines, so none may be left behind: not
 * by what we remove, and not by a baseline whose subset somebody else has removed. What takes something back does not
 * refuse for a subset that has requests, and is missing, already: `weight` went past it with a warning, and there would
 * be no way back.
 */
export function checkSubsets({ snapshot, intent, draft, phases }: CheckContext): Finding[] {
  const written = new Map<DestinationRule, DestinationRule>();
  for (const { writes } of phases) {
    for (const write of writes) {
      if (write.kind !== 'DestinationRule') continue;
      const first = [...written].find(([, after]) => after === write.before)?.[0] ?? write.before;
      written.set(first, write.after);
    }
  }
  const before = defined(snapshot.destinationRules);
  const after = defined(snapshot.destinationRules.map((rule) => written.get(rule) ?? rule));
  const changes = new Map(
    draft.virtualServices.flatMap((change) =>
      change.before === change.after ? [] : [[change.after, gainedShares(change)] as const],
    ),
  );
  const isTakingBack = ['rollback', 'clear', 'undo'].includes(intent.operation);
  const held = new Map(
    isTakingBack ? draft.virtualServices.map((change) => [change.after, heldSubsets(change.before)]) : [],
  );
  const old = referencedSubsets(snapshot.virtualServices);
  return virtualServicesAfter(snapshot, draft).flatMap((virtualService) =>
    [...referencedSubsets([virtualService])].flatMap((key) => {
      const [host = '', subset = ''] = key.split('|');
      // Without a DestinationRule for the host in sight nobody knows: it may be in another namespace.
      if (after.get(host)?.has(subset) !== false) return [];
      const gained = changes.get(virtualService);
      const wasDefined = before.get(host)?.has(subset) === true;
      // One that was listed with 0 % harmed nobody until it gets requests again.
      const isOurDoing =
        wasDefined ||
        (gained?.has(key) === true && held.get(virtualService)?.has(key) !== true) ||
        (gained !== undefined && !old.has(key));
      if (!isOurDoing && gained === undefined) return [];
      const message =
        `${titleOf(virtualService)} ${isOurDoing ? 'would send' : 'sends'} to subset ${subset} of ${host}, which no DestinationRule defines: these requests are answered with 503. ` +
        'Define the subset, or change the route.';
      const isForceable = isOurDoing && isTakingBack && !wasDefined;
      return [
        finding('subset-missing', isOurDoing ? 'error' : 'warning', message, virtualService, isForceable),
      ];
    }),
  );
}

/** Host to the names of its subsets. */
function defined(rules: readonly DestinationRule[]): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const rule of rules) {
    const host = resolveHost(rule.spec.host, rule.metadata.namespace);
    const known = names.get(host) ?? new Set();
    for (const subset of rule.spec.subsets ?? []) known.add(subset.name);
    names.set(host, known);
  }
  return names;
}
