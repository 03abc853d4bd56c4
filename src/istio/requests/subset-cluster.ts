/**
 * Whether a proxy has a cluster for a subset: where the DestinationRule that it consults defines it.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/cluster_builder.go applyDestinationRule
 */
import {
  consultedRule,
  ROOT_NAMESPACE,
  subsetIn,
  type ConsultedRule,
  type DecidedRule,
} from '../consulted-rule.ts';
import type { Labels } from '../types.ts';
import { agreed, type Client, type ClusterState } from './cluster-state.ts';
import { isThereRule, serviceNamespaces, type Sight } from './endpoints.ts';

/** One of those that a client may be; what is absent or undefined is not known. */
interface ClientProxy {
  readonly namespace: string | undefined;
  readonly labels?: Labels;
}

/** The DestinationRule that a proxy consults for a host. */
export function ruleForProxy(
  host: string,
  { namespace, labels }: ClientProxy,
  serviceNamespace: string | undefined,
  sight: Sight,
): ConsultedRule {
  return consultedRule(
    sight.destinationRules,
    host,
    { ...(namespace !== undefined && { namespace }), ...(labels !== undefined && { labels }) },
    { ...(serviceNamespace !== undefined && { serviceNamespace }) },
  );
}

/** Each proxy that the client may be, with each namespace that the service may be in. */
export function clientProxies(
  host: string,
  { namespaces = [], labels }: Client,
  sight: Sight,
): readonly (readonly [ClientProxy, string | undefined])[] {
  return (namespaces.length === 0 ? [undefined] : namespaces).flatMap((namespace) =>
    serviceNamespaces(host, sight).map(
      (serviceNamespace) => [{ namespace, ...(labels && { labels }) }, serviceNamespace] as const,
    ),
  );
}

/** What it depends on which of them it is. */
export function namespaceDoubt({ namespaces = [] }: Client): string {
  return `which namespace the client is in (${namespaces.join(' or ')})`;
}

/** The pods are not counted yet. */
export function subsetCluster(
  { host, subset }: { readonly host: string; readonly subset: string },
  { namespace, labels }: ClientProxy,
  serviceNamespace: string | undefined,
  sight: Sight,
): ClusterState {
  const consulted = ruleForProxy(host, { namespace, ...(labels && { labels }) }, serviceNamespace, sight);
  const places = [namespace, serviceNamespace, ROOT_NAMESPACE].filter((one) => one !== undefined);
  const stateOf = (decided: DecidedRule): ClusterState => {
    const rules = decided.kind === 'none' ? [] : decided.rules;
    const unread = unreadOf(placesBefore(decided, places), sight);
    const found = subsetIn(decided, subset);
    if (found !== undefined) {
      return { kind: 'ok', rules, labels: found.subset.labels ?? {}, readyPods: null, unread };
    }
    const missing: ClusterState = { kind: 'subset-missing', rules };
    if (unread.length > 0) {
      const unknown = `the DestinationRules of namespace ${unread.join(' and ')} are not in sight`;
      return { kind: 'undecided', because: 'rules', unknown, possible: [missing] };
    }
    if (sight.source === 'manifests' && !isThereRule(host, sight)) {
      const unknown = `no DestinationRule for this host is in the manifests`;
      return { kind: 'undecided', because: 'rules', unknown, possible: [missing] };
    }
    return missing;
  };
  if (consulted.kind !== 'undecided') return stateOf(consulted);
  return agreed(consulted.candidates.map(stateOf), consulted.unknown);
}

/** Where istiod looks before it finds this. */
function placesBefore(decided: DecidedRule, places: readonly string[]): readonly string[] {
  if (decided.kind === 'none') return places;
  return places.slice(0, Math.max(0, places.indexOf(decided.rules[0].metadata.namespace)));
}

function unreadOf(namespaces: readonly string[], { source, namespace, rulesOf }: Sight): readonly string[] {
  if (source === 'manifests' || rulesOf === 'all') return [];
  const read = rulesOf ?? [namespace];
  return [...new Set(namespaces)].filter((one) => !read.includes(one));
}
