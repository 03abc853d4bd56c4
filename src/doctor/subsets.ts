import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { leftOut, type LeftOut } from '../checks/subsets.ts';
import type { VirtualService } from '../istio/types.ts';
import { clientGroups } from '../plan/clients.ts';
import { hostAndSubset, referencedSubsets } from '../plan/subsets.ts';
import type { Snapshot } from '../plan/types.ts';

/**
 * Subsets that a VirtualService sends to and that the DestinationRule which proxies use doesn't define: Envoy answers
 * such requests with 503. An error where that is sure, a warning where it depends on what is not known.
 */
export function subsetFindings(snapshot: Snapshot, virtualService: VirtualService): readonly Finding[] {
  return [...referencedSubsets([virtualService])].flatMap((key) => {
    const { host, subset } = hostAndSubset(key);
    const groups = clientGroups(snapshot, snapshot.destinationRules, virtualService, host);
    const lacking = leftOut(groups, subset);
    const sure = lacking.find((one) => isCertain(snapshot, one));
    const worst = sure ?? lacking[0];
    if (worst === undefined) return [];
    const { used, group } = worst;
    const isSure = sure !== undefined;
    const lack =
      used.kind === 'none'
        ? `no DestinationRule in sight defines it for ${group.words}`
        : `${titleOf(used.rules[0])}, which ${group.words} use, does not define it`;
    const message =
      `It sends to subset ${subset} of ${host}, and ${lack}: ` +
      (isSure
        ? 'these requests are answered with 503. '
        : 'if there is no other, these requests are answered with 503. ') +
      'Add the subset to the DestinationRule, or remove the route.';
    return [finding('subset-missing', isSure ? 'error' : 'warning', message, virtualService)];
  });
}

/**
 * Can no rule that wasn't read define it? All were read, or those proxies look in this namespace first and find one
 * there. A folder may lack what the cluster has.
 */
function isCertain({ source, namespace, rulesOf }: Snapshot, { used, group, isSure }: LeftOut): boolean {
  if (!isSure || source === 'manifests') return false;
  if (rulesOf === 'all') return true;
  return group.unknown === null && used.kind === 'rule' && used.rules[0].metadata.namespace === namespace;
}
