/**
 * A load balancer that keeps a client on one pod (`consistentHash`) chooses among the pods of one subset. Which subset a
 * request gets is drawn before that, by weight and anew for each request, so a share moves clients to and fro.
 *
 * @see https://github.com/istio/istio/issues/9764
 */
import { finding, type Finding } from '../base/findings.ts';
import { isList, isObject, type Json } from '../base/json.ts';
import { titleOf } from '../base/title.ts';
import type { DestinationRule } from '../istio/types.ts';
import type { CheckContext } from './context.ts';
import { buildShare } from './shares.ts';

/** A share of http requests beside other builds, for clients that are to stay on one pod. */
export function checkAffinity({ draft: { shift, virtualServices } }: CheckContext): readonly Finding[] {
  if (shift === undefined || !keepsClients(shift.target.destinationRule)) return [];
  const { target } = shift;
  const isSplit = virtualServices.some(
    ({ before, after }) =>
      before !== after &&
      (after.spec.http ?? []).some((route) => {
        const share = buildShare(route, after.metadata.namespace, target);
        return share > 0 && share < 100;
      }),
  );
  if (!isSplit) return [];
  const message =
    `${titleOf(target.destinationRule)} keeps each client on one pod (consistentHash), but only among the pods of one build: which build a request gets is drawn anew for each, so a client gets ${target.name} and the others in turn. ` +
    'Where a client has to stay on one build, use `headers` or `cookies` in place of a share.';
  return [finding('clients-change-builds', 'notice', message, target.destinationRule)];
}

function keepsClients({ spec }: DestinationRule): boolean {
  const policies = [spec['trafficPolicy'], ...(spec.subsets ?? []).map((subset) => subset['trafficPolicy'])];
  return policies.some((policy) => hashes(policy) || portLevels(policy).some(hashes));
}

function portLevels(policy: Json | undefined): readonly Json[] {
  const levels = isObject(policy) ? policy['portLevelSettings'] : undefined;
  return isList(levels) ? levels : [];
}

function hashes(settings: Json | undefined): boolean {
  const balancer = isObject(settings) ? settings['loadBalancer'] : undefined;
  return isObject(balancer) && isObject(balancer['consistentHash']);
}
