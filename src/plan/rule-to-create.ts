/** The DestinationRule that istiops makes for a service that has none, where it can't hide what another one says. */
import { refuse } from '../base/errors.ts';
import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { namespaceInHost, ROOT_NAMESPACE } from '../istio/consulted-rule.ts';
import type { LabelSelector } from '../istio/labels.ts';
import { rulesCovering } from '../istio/rule-index.ts';
import type { DestinationRule } from '../istio/types.ts';
import { commonLabels, emptyRule } from './created-rule.ts';
import { servicesFor } from './pods.ts';
import { freeName, isInSight, missingRule, type RuleNeed } from './rule-advice.ts';
import { joinFirst } from './select.ts';
import { referencedSubsets, subsetKey } from './subsets.ts';
import type { Snapshot } from './types.ts';

/**
 * Istio uses only the most specific DestinationRule for a host, the caller's namespace first, then the service's, then
 * the root namespace. So a new one is made only where no other in sight covers the host, in the service's namespace.
 *
 * @returns the rule without subsets, with the labels that all VirtualServices have that send to its host; a finding where
 * a rule that can't be seen might be hidden
 * @throws TrafficError check-failed where a new rule could change what requests get, or would be no use
 */
export function ruleToCreate(
  snapshot: Snapshot,
  selector: LabelSelector | undefined,
  need: RuleNeed,
): { readonly rule: DestinationRule; readonly findings: readonly Finding[] } {
  const { namespace } = snapshot;
  const { host, served } = need;
  const others = rulesCovering(snapshot.destinationRules, host);
  if (others.length > 0) {
    refuse(
      'destinationrule-missing',
      `No DestinationRule that is used for the host ${host} can have the subsets, and none was created: it could hide what ${joinFirst(others.map(titleOf))} ${others.length === 1 ? 'says' : 'say'}. ` +
        'Change `exportTo` or `workloadSelector` there so that the proxies that follow the VirtualService use it.',
    );
  }
  const home = namespaceInHost(host) ?? namespace;
  const isUsed = [...referencedSubsets(snapshot.virtualServices)].some((key) =>
    key.startsWith(subsetKey(host, '')),
  );
  const isSeen = isInSight(snapshot, [namespace, ROOT_NAMESPACE]);
  if (home !== namespace || (isUsed && !isSeen)) return missingRule(snapshot, selector, need);
  if (snapshot.services.state === 'known' && servicesFor(snapshot, host).length === 0) {
    refuse(
      'service-missing',
      `No DestinationRule was created: there is no service ${host} in sight, so no request would be sent by it. Correct \`hostname\` or the route's destination.`,
    );
  }
  const [first, ...more] = served.map(({ virtualService }) => virtualService);
  const labels = commonLabels(first === undefined ? [] : [first, ...more]);
  const apiVersion = first?.apiVersion ?? 'networking.istio.io/v1';
  const rule = emptyRule({ apiVersion, namespace, name: freeName(snapshot, host, namespace) }, host, labels);
  return { rule, findings: isSeen ? [] : [mayHide(snapshot, rule)] };
}

/** Of manifests nobody knows what the cluster has; of a cluster somebody could look, so there it refuses. */
function mayHide({ source }: Snapshot, rule: DestinationRule): Finding {
  const { host } = rule.spec;
  const what = `${titleOf(rule)} is made for ${host} alone. If a DestinationRule of namespace ${ROOT_NAMESPACE} is for a wildcard that covers this host, its policy (mTLS, for example) no longer holds for this host`;
  return source === 'manifests'
    ? finding('destinationrule-may-hide', 'warning', `${what}: look there before you apply it.`, rule)
    : finding(
        'destinationrule-may-hide',
        'error',
        `${what}, and the rules of that namespace can't be read. Grant \`list\` on destinationrules in namespace ${ROOT_NAMESPACE}, or look there yourself.`,
        rule,
        true,
      );
}
