import type { DestinationRule } from '../types.ts';
import type { ClusterState, ResolvedDestination } from './cluster-state.ts';
import { titleOf } from '../../base/title.ts';

/**
 * Why requests to a destination get 503, or on what it depends; null where pods answer.
 *
 * @example `503: subset v9 of api.shop.svc.cluster.local is in no DestinationRule that this proxy uses (it uses
 * DestinationRule shop/api)`
 */
export function clusterProblem(
  { host: asked, subset }: ResolvedDestination,
  state: ClusterState,
): string | null {
  const host = state.realHost === undefined ? asked : `${state.realHost} (which is what ${asked} stands for)`;
  const what = subset === undefined || subset === '' ? host : `subset ${subset} of ${host}`;
  switch (state.kind) {
    case 'ok':
      return null;
    case 'subset-missing':
      return `503: ${what} is in no DestinationRule that this proxy uses (${usedRules(state.rules)})`;
    case 'no-service':
      return `503: there is no service ${host}`;
    case 'port-missing':
      return `503: ${host} has no port ${state.port} (it has ${state.ports.join(', ')})`;
    case 'no-ready-pod':
      return `503: no pod of ${what} is ready`;
    case 'passed-through':
      return `not known which pod of ${host} answers: ${state.why}`;
    case 'no-address':
      return `503: ${state.why}`;
    case 'undecided': {
      if (state.because === 'rules') {
        return `not known whether ${what} exists: ${state.unknown}, and requests to it get 503 where none defines it`;
      }
      const problems = state.possible.flatMap(
        (one) => clusterProblem({ host, ...(subset && { subset }) }, one) ?? [],
      );
      const maybe = problems[0] === undefined ? '' : `; it may be ${problems[0]}`;
      return `not known, it depends on ${state.unknown}${maybe}`;
    }
  }
}

function usedRules(rules: readonly DestinationRule[]): string {
  if (rules.length === 0) return 'it uses none for this host';
  return `it uses ${rules.map(titleOf).join(' and ')}`;
}
