/**
 * Whose proxies follow a VirtualService, and which DestinationRule each of them uses for a host. Proxies that look in
 * the same place are one group.
 */
import {
  consultedRule,
  namespaceInHost,
  ROOT_NAMESPACE,
  type ConsultedRule,
  type DecidedRule,
} from '../istio/consulted-rule.ts';
import { formatLabels } from '../istio/labels.ts';
import { gatewaysOf } from '../istio/gateways.ts';
import { isVisible } from '../istio/requests/visible.ts';
import { clientLabels, mostSpecific, poolsOf, rulesCovering } from '../istio/rule-index.ts';
import type { DestinationRule, Labels, VirtualService } from '../istio/types.ts';
import { isObject } from '../base/json.ts';
import { servicesFor } from './pods.ts';
import type { Snapshot } from './types.ts';

/** Proxies that use the same DestinationRule for a host. */
export interface ClientGroup {
  /** `the proxies of namespace shop`. */
  readonly words: string;
  /**
   * `certain`: something in sight says that there are such proxies, or that their owner expects them. `possible`:
   * they follow the VirtualService if there are any.
   */
  readonly existence: 'certain' | 'possible';
  /** What they use; several where it isn't known which of these. */
  readonly options: readonly DecidedRule[];
  /** What that depends on; null where it is known. */
  readonly unknown: string | null;
}

/**
 * The groups of proxies that follow a VirtualService to a host: sidecars of its own namespace, of those that have a
 * rule of their own for the host, of all others that it is exported to, and its gateways'.
 *
 * @param rules those to judge by: as they are, or as they will be
 * @param host resolved
 */
export function clientGroups(
  snapshot: Snapshot,
  rules: readonly DestinationRule[],
  virtualService: VirtualService,
  host: string,
): readonly ClientGroup[] {
  const roots = rootsThatDelegate(snapshot, virtualService);
  const gateways = new Set(roots.flatMap(gatewaysOf));
  const place: ServiceRules = {
    rules,
    host,
    serviceNamespace: serviceNamespaceOf(snapshot, virtualService, host),
  };
  return [
    ...(gateways.has('mesh') ? meshGroups(place, roots) : []),
    ...[...gateways].filter((name) => name !== 'mesh').map((name) => gatewayGroup(place, name)),
  ];
}

interface ServiceRules {
  readonly rules: readonly DestinationRule[];
  readonly host: string;
  readonly serviceNamespace: string | undefined;
}

function meshGroups(place: ServiceRules, roots: readonly VirtualService[]): readonly ClientGroup[] {
  const own = roots.map(({ metadata }) => metadata.namespace);
  const withRules = [...poolsOf(place.rules)].flatMap(([namespace, { local }]) =>
    mostSpecific(local, place.host) !== undefined && namespace !== ROOT_NAMESPACE ? [namespace] : [],
  );
  const isReached = (namespace: string): boolean => roots.some((root) => isVisible(root, namespace));
  const certain = [...new Set([...own, ...withRules])].filter(isReached);
  const service = place.serviceNamespace === undefined ? [] : [place.serviceNamespace];
  // The empty one stands for all that nothing in sight speaks of.
  const others = [...new Set([...service, ''])].filter(
    (namespace) => !certain.includes(namespace) && isReached(namespace),
  );
  const words = 'proxies of other namespaces, if there are any,';
  return [
    ...certain.flatMap((namespace) => namespaceGroups(place, namespace)),
    ...(others.length === 0
      ? []
      : [
          groupOf(
            words,
            'possible',
            others.map((one) => ask(place, one, {})),
            null,
          ),
        ]),
  ];
}

/** The proxies of a namespace, and apart from them those that a rule's `workloadSelector` singles out. */
function namespaceGroups(place: ServiceRules, namespace: string): readonly ClientGroup[] {
  const pool = poolsOf(place.rules).get(namespace)?.local;
  const rules = (pool && mostSpecific(pool, place.host)?.rules) ?? [];
  const selectors = rules
    .map(clientLabels)
    .filter((labels) => labels !== undefined)
    .filter((labels) => Object.keys(labels).length > 0);
  const rest = selectors.length === 0 ? '' : ' that no workloadSelector chooses';
  return [
    groupOf(`the proxies of namespace ${namespace}${rest}`, 'certain', [ask(place, namespace, {})]),
    ...selectors.map((labels) =>
      groupOf(
        `the proxies of pods with the labels ${formatLabels(labels)} in namespace ${namespace}`,
        'certain',
        [ask(place, namespace, labels)],
      ),
    ),
  ];
}

/** A gateway's proxies are where its pods are: with the Gateway, in the root namespace, or in one of their own. */
function gatewayGroup(place: ServiceRules, gateway: string): ClientGroup {
  const [home = ''] = gateway.split('/');
  const namespaces = [...new Set([home, ROOT_NAMESPACE, ''])];
  return groupOf(
    `the proxies of gateway ${gateway}`,
    'certain',
    namespaces.map((namespace) => ask(place, namespace)),
    'the namespace of its pods',
  );
}

function groupOf(
  words: string,
  existence: ClientGroup['existence'],
  consulted: readonly ConsultedRule[],
  unknown: string | null = null,
): ClientGroup {
  const options = consulted.flatMap((one) => (one.kind === 'undecided' ? one.candidates : [one]));
  const open = consulted.flatMap((one) => (one.kind === 'undecided' ? [one.unknown] : []));
  return { words, existence, options, unknown: unknown ?? open[0] ?? null };
}

function ask(
  { rules, host, serviceNamespace }: ServiceRules,
  namespace: string,
  labels?: Labels,
): ConsultedRule {
  const options = serviceNamespace === undefined ? {} : { serviceNamespace };
  return consultedRule(rules, host, { namespace, ...(labels && { labels }) }, options);
}

/** Where a host is a ServiceEntry's that isn't in sight, it is as a rule in the namespace of who writes its routes. */
function serviceNamespaceOf(
  snapshot: Snapshot,
  { metadata }: VirtualService,
  host: string,
): string | undefined {
  const known = namespaceInHost(host) ?? servicesFor(snapshot, host)[0]?.namespace;
  if (known !== undefined) return known;
  const isElsewhere = rulesCovering(snapshot.destinationRules, host).some(
    (rule) => rule.metadata.namespace !== metadata.namespace,
  );
  return isElsewhere ? undefined : metadata.namespace;
}

/** Those that proxies find: the VirtualService itself, or where it has no hosts those that delegate to it. */
function rootsThatDelegate(
  { virtualServices }: Snapshot,
  virtualService: VirtualService,
): readonly VirtualService[] {
  if ((virtualService.spec.hosts ?? []).length > 0) return [virtualService];
  const { name, namespace } = virtualService.metadata;
  const roots = virtualServices.filter(({ metadata, spec }) =>
    (spec.http ?? []).some((route) => {
      const { delegate } = route;
      if (!isObject(delegate) || delegate['name'] !== name) return false;
      return (delegate['namespace'] || metadata.namespace) === namespace;
    }),
  );
  return roots.length === 0 ? [virtualService] : roots;
}
