/** DestinationRules that went whole with their last subset, and that an undo writes again. */
import { namespaceInHost, ROOT_NAMESPACE } from '../istio/consulted-rule.ts';
import { resolveHost } from '../istio/hosts.ts';
import { rulesCovering } from '../istio/rule-index.ts';
import type { DestinationRule, VirtualService } from '../istio/types.ts';
import { commonLabels, emptyRule } from '../plan/created-rule.ts';
import { isInSight } from '../plan/rule-advice.ts';
import type { Snapshot } from '../plan/types.ts';
import type { HistoryChange } from './history.ts';
import { hostsSentTo } from './rule-hosts.ts';

/**
 * The rules that changes removed whole, as istiops makes them and still without subsets, which to Istio is the same as
 * none. A record can bring back no more than `create-destination-rule` would make: a rule for a host that the
 * VirtualService sends to, in its namespace, where no other rule in sight covers the host.
 *
 * @param changes that are reverted, the newest first
 */
export function goneRules(snapshot: Snapshot, changes: readonly HistoryChange[]): readonly DestinationRule[] {
  const found = new Map<string, DestinationRule>();
  for (const { parts } of changes) {
    for (const [virtualService, records] of parts) {
      for (const { name, goneHost } of records.flatMap(({ undo }) => undo?.rules ?? [])) {
        if (goneHost === undefined || found.has(name)) continue;
        if (!mayComeBack(snapshot, virtualService, name, goneHost)) continue;
        const { namespace } = virtualService.metadata;
        const { apiVersion } = virtualService;
        found.set(
          name,
          emptyRule({ apiVersion, namespace, name }, goneHost, commonLabels([...parts.keys()])),
        );
      }
    }
  }
  return [...found.values()];
}

function mayComeBack(
  snapshot: Snapshot,
  virtualService: VirtualService,
  name: string,
  goneHost: string,
): boolean {
  const { namespace } = virtualService.metadata;
  const host = resolveHost(goneHost, namespace);
  const isNamed = ({ metadata }: DestinationRule): boolean =>
    metadata.namespace === namespace && metadata.name === name;
  return (
    namespace === snapshot.namespace &&
    (namespaceInHost(host) ?? namespace) === namespace &&
    hostsSentTo(virtualService).has(host) &&
    !snapshot.destinationRules.some(isNamed) &&
    rulesCovering(snapshot.destinationRules, host).length === 0 &&
    isInSight(snapshot, [namespace, ROOT_NAMESPACE])
  );
}
