/**
 * A subset may have a `trafficPolicy` of its own (limits, outlier detection, TLS), which replaces the host's field by
 * field. A new subset beside it has the host's alone, so the build would be called in another way than the one it is
 * compared with.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/destination-rule/#Subset
 */
import { subsetOfRules } from '../istio/merge-rules.ts';
import { hostOfRule } from '../istio/rule-index.ts';
import type { DestinationRule, Subset } from '../istio/types.ts';
import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { subsetsYaml } from '../plan/object-yaml.ts';
import { subsetsOfBase } from '../plan/subset-home.ts';
import type { Target } from '../plan/subsets.ts';
import type { CheckContext } from './context.ts';

/** The subsets that a change makes or fills without the policy that the base routes' own subset has. */
export function checkPolicies({ snapshot, draft: { shift, virtualServices } }: CheckContext): Finding[] {
  if (shift === undefined || virtualServices.every(({ before, after }) => before === after)) return [];
  const { target, served } = shift;
  const rules = mergedWith(target, snapshot.destinationRules);
  const models = [...new Set(subsetsOfBase(target.service.host, served))].flatMap((name) => {
    const found = subsetOfRules(rules, name);
    return found?.subset['trafficPolicy'] === undefined ? [] : [found];
  });
  const [model] = models;
  if (model === undefined || policyOf(rules, target) !== undefined) return [];
  return [policyFinding(target, model.rule, model.subset)];
}

function policyOf(rules: readonly DestinationRule[], { name, exists }: Target): unknown {
  return exists ? subsetOfRules(rules, name)?.subset['trafficPolicy'] : undefined;
}

/** The rules of the same host and namespace, the target's first. */
function mergedWith(
  { destinationRule }: Target,
  rules: readonly DestinationRule[],
): readonly DestinationRule[] {
  const host = hostOfRule(destinationRule);
  const { namespace } = destinationRule.metadata;
  const others = rules.filter(
    (rule) => rule !== destinationRule && rule.metadata.namespace === namespace && hostOfRule(rule) === host,
  );
  return [destinationRule, ...others];
}

function policyFinding(target: Target, rule: DestinationRule, model: Subset): Finding {
  const { name, labels, destinationRule } = target;
  const policy = model['trafficPolicy'];
  const wanted = { name, labels, ...(policy !== undefined && { trafficPolicy: policy }) };
  const message =
    `Subset ${model.name} of ${titleOf(rule)} has a trafficPolicy of its own, which subset ${name} does not have: requests to it are sent without. ` +
    `If it is meant for both, write subset ${name} in ${titleOf(destinationRule)} like this:\n${subsetsYaml([wanted])}`;
  return finding('subset-without-policy', 'warning', message, destinationRule);
}
