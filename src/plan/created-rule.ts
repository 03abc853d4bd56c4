/**
 * DestinationRules that istiops makes whole, because a service has none, and removes whole once their last subset goes.
 * A plan takes one for a rule without subsets before it is there and after it is gone: to Istio that is the same as none.
 */
import { canonicalJson } from '../base/json.ts';
import type { DestinationRule, Labels, VirtualService } from '../istio/types.ts';
import { digest } from '../base/digest.ts';
import type { Write } from './types.ts';

/** The annotation of a DestinationRule that istiops made, with a fingerprint of how it made it, less its subsets. */
export const CREATED = 'istiops/created';

/** Labels by which Argo CD, Flux and Helm know what is theirs: a rule with one of them would be removed as a leftover. */
const OF_DELIVERY =
  /^(app\.kubernetes\.io\/(instance|managed-by)|helm\.sh\/.*|argocd\.argoproj\.io\/.*|[^/]*\.?toolkit\.fluxcd\.io\/.*)$/;

/** A rule for a host, without subsets yet, signed as made by istiops. */
export function emptyRule(
  {
    apiVersion,
    namespace,
    name,
  }: { readonly apiVersion: string; readonly namespace: string; readonly name: string },
  host: string,
  labels: Labels,
): DestinationRule {
  const rule: DestinationRule = {
    apiVersion,
    kind: 'DestinationRule',
    metadata: { name, namespace, ...(Object.keys(labels).length > 0 && { labels }) },
    spec: { host },
  };
  return { ...rule, metadata: { ...rule.metadata, annotations: { [CREATED]: ruleFingerprint(rule) } } };
}

/**
 * Is it a rule that istiops made, as it made it, but for subsets that are gone again? Whatever somebody else has added
 * (a policy, a label, another annotation) keeps it.
 */
function isEmptyAgain(rule: DestinationRule): boolean {
  const { annotations = {} } = rule.metadata;
  const isBare = Object.keys(rule.spec).every((field) => field === 'host');
  const isAlone = Object.keys(annotations).every((key) => key === CREATED);
  return isBare && isAlone && annotations[CREATED] === ruleFingerprint(rule);
}

function ruleFingerprint({
  metadata: { name, namespace, labels = {} },
  spec: { host },
}: DestinationRule): string {
  return digest(canonicalJson([namespace, name, labels, host]));
}

/** The write of a rule that loses subsets: with the last one, a rule that istiops made goes, too. */
export function lossOf(before: DestinationRule, after: DestinationRule): Write {
  return { kind: 'DestinationRule', before, after, ...(isEmptyAgain(after) && { how: 'delete' as const }) };
}

/** The labels that all of the VirtualServices have, so that what selects them selects their rule as well. */
export function commonLabels(virtualServices: readonly VirtualService[]): Labels {
  const [first, ...more] = virtualServices.map(({ metadata }) => metadata.labels ?? {});
  return Object.fromEntries(
    Object.entries(first ?? {}).filter(
      ([key, value]) => !OF_DELIVERY.test(key) && more.every((labels) => labels[key] === value),
    ),
  );
}
