/** What is known of the services and pods behind a host, and where they were looked for. */
import { isOfClusterSet, namespaceInHost } from '../consulted-rule.ts';
import type { GatewayServer } from '../gateways.ts';
import { areOfPods, hasLabels, mayBeOfLabels } from '../labels.ts';
import type { NotUnderstood } from '../not-understood.ts';
import { hostOfRule, isWildcard } from '../rule-index.ts';
import type { DestinationRule, Labels, PodView, ServiceView } from '../types.ts';

type KnownList<T> =
  { readonly state: 'known'; readonly items: readonly T[] } | { readonly state: 'forbidden' | 'none' };

/** What is known of a mesh. A `Snapshot` is one. */
export interface Sight {
  readonly source: 'kubernetes' | 'manifests';
  /** The namespace that services and pods were read of. */
  readonly namespace: string;
  readonly destinationRules: readonly DestinationRule[];
  readonly services: KnownList<ServiceView>;
  /** Of manifests: the Services and ServiceEntries in the files. The cluster may have others. */
  readonly declared?: readonly ServiceView[];
  readonly pods: KnownList<PodView>;
  /** The servers of Gateways (`namespace/name`) in sight; absent: of none. */
  readonly gatewayServers?: Readonly<Record<string, readonly GatewayServer[]>>;
  /**
   * In a cluster: the namespaces that DestinationRules were read of, `all` for every one; absent: `namespace` alone.
   * Manifests have no such list: a folder may lack what the cluster has.
   */
  readonly rulesOf?: 'all' | readonly string[];
  /** Set aside: any of the DestinationRules among them may be the one that counts. */
  readonly notUnderstood?: readonly NotUnderstood[];
}

/**
 * The ready pods of these labels behind a host.
 *
 * @returns `count` null where the pods are not known; `isWhole`: there are no other endpoints, as a ServiceEntry (or a
 * Service without selector) may have, nor are there pods that get requests before they are ready
 */
export function readyPods(
  host: string,
  labels: Labels,
  sight: Sight,
): { readonly count: number | null; readonly isWhole: boolean } {
  const ready = podsBehind(host, labels, sight);
  if (ready === undefined) return { count: null, isWhole: false };
  const services = givers(host, sight);
  const isWhole =
    services.length > 0 &&
    services.every(
      ({ kind, selector, publishesNotReady }) =>
        kind === 'Service' && selector !== undefined && publishesNotReady !== true,
    );
  // Which of them have a label that istiod adds, nobody here knows.
  return { count: ready.length === 0 || areOfPods(labels) ? ready.length : null, isWhole };
}

/** The ready pods behind a host that may have these labels; undefined: not known. */
export function podsBehind(host: string, labels: Labels, sight: Sight): readonly PodView[] | undefined {
  const { pods, namespace } = sight;
  if (pods.state !== 'known') return undefined;
  const services = givers(host, sight);
  const isHere = namespaceInHost(host) === namespace || services.some((one) => one.namespace === namespace);
  if (!isHere && namespaceInHost(host) !== undefined) return undefined;
  const selectors = selectorsOf(host, sight);
  return pods.items.filter(
    (pod) =>
      pod.ready &&
      mayBeOfLabels(pod.labels, labels) &&
      (selectors.length === 0 || selectors.some((selector) => hasLabels(pod.labels, selector))),
  );
}

/** Labels of the pods behind a host, of each service that gives it and has a selector. */
export function selectorsOf(host: string, sight: Sight): readonly Labels[] {
  return givers(host, sight).flatMap(({ selector }) => (selector === undefined ? [] : [selector]));
}

/** The services that give a host; empty: there is none. Undefined: not known. */
export function servicesOf(host: string, sight: Sight): readonly ServiceView[] | undefined {
  if (sight.services.state !== 'known') return undefined;
  const found = givers(host, sight);
  if (found.length > 0) return found;
  // What other namespaces have was not read, and a ServiceEntry anywhere may give any other host.
  return namespaceInHost(host) === sight.namespace && !isOfClusterSet(host) ? [] : undefined;
}

/** The services in sight that give a host, wherever that was read; empty: none that we know of. */
export function servicesAt(host: string, sight: Sight): readonly ServiceView[] {
  const byHost = knownServices.get(sight) ?? new Map<string, readonly ServiceView[]>();
  knownServices.set(sight, byHost);
  const known = byHost.get(host);
  if (known !== undefined) return known;
  const { services, declared = [] } = sight;
  const found =
    services.state === 'known' ? givers(host, sight) : declared.filter(({ hosts }) => hosts.includes(host));
  byHost.set(host, found);
  return found;
}

/** A sight never changes, and thousands of routes are for the same few hosts. */
const knownServices = new WeakMap<Sight, Map<string, readonly ServiceView[]>>();

/** A Service of the type ExternalName, and the host that it stands for. */
export interface Alias {
  readonly service: ServiceView;
  readonly host: string;
}

/**
 * The Service that makes a host another name of a second one. Proxies send to the second host, with the subsets of the
 * DestinationRule for that one, whatever there is for the first.
 *
 * @returns undefined: the host is no such name, as far as the services in sight say
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go GetDestinationCluster
 */
export function aliasOf(host: string, sight: Sight): Alias | undefined {
  const service = servicesAt(host, sight).find(
    ({ hosts, externalName }) => externalName !== undefined && hosts.includes(host),
  );
  return service?.externalName === undefined ? undefined : { service, host: service.externalName };
}

/**
 * The service that a host is another name of in the mesh, through however many names: requests for the name get the
 * routes for it.
 *
 * @returns undefined: it is no such name, or what it stands for is no service that proxies know
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/model/push_context.go resolveServiceAliases
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/httproute.go generateVirtualHostDomains
 */
export function serviceBehindName(host: string, sight: Sight): string | undefined {
  const seen = new Set([host]);
  for (let alias = aliasOf(host, sight); alias !== undefined; alias = aliasOf(alias.host, sight)) {
    if (seen.has(alias.host)) return undefined;
    seen.add(alias.host);
  }
  const real = [...seen].at(-1);
  if (real === undefined || real === host) return undefined;
  const isKnown = namespaceInHost(real) !== undefined || servicesAt(real, sight).length > 0;
  return isKnown ? real : undefined;
}

function givers(host: string, { services }: Sight): readonly ServiceView[] {
  if (services.state !== 'known') return [];
  return services.items.filter(({ hosts }) => hosts.includes(host));
}

/**
 * The ServiceEntries in sight for a wildcard that covers a host, where nothing in sight names the host itself: proxies
 * have a cluster for what is named, so that a route to this host has none.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go GetDestinationCluster
 */
export function onlyByWildcard(host: string, sight: Sight): readonly ServiceView[] {
  if (servicesAt(host, sight).length > 0) return [];
  return servicesInSight(sight).filter(({ hosts }) => hosts.some((given) => isFor(given, host)));
}

/** Those of the cluster; where they are not known, those that stand in manifests. */
export function servicesInSight({
  services,
  declared = [],
}: Pick<Sight, 'services' | 'declared'>): readonly ServiceView[] {
  return services.state === 'known' ? services.items : declared;
}

/** `*.example.com` is for `api.example.com`, as a DestinationRule has it. */
function isFor(given: string, host: string): boolean {
  return given === host || (isWildcard(given) && host.endsWith(given.slice(1)));
}

/** A destination without port means the only one of the service, else the one that the request came to. */
export function missingPort(
  port: number | undefined,
  services: readonly ServiceView[],
  listener: number | undefined,
): { readonly port: number; readonly ports: readonly number[] } | undefined {
  const ports = [...new Set(services.flatMap((service) => service.ports))];
  // Files may have the same service for several clusters, each with one port of its own.
  const hasOne = services.every((service) => service.ports.length <= 1);
  const asked = port === undefined || port === 0 ? (hasOne ? undefined : listener) : port;
  if (asked === undefined || ports.length === 0 || ports.includes(asked)) return undefined;
  return { port: asked, ports };
}

/** Where the service may be; a host that nothing in sight gives counts as being where a rule for it is. */
export function serviceNamespaces(host: string, sight: Sight): readonly (string | undefined)[] {
  const own = namespaceInHost(host);
  if (own !== undefined) return [own];
  const given = givers(host, sight).map(({ namespace }) => namespace);
  if (given.length > 0) return [...new Set(given)];
  const rules = rulesForHost(host, sight).map(({ metadata }) => metadata.namespace);
  return rules.length === 0 ? [undefined] : [...new Set(rules)];
}

/** Is any DestinationRule in sight for the host, for whatever client? */
export function isThereRule(host: string, sight: Sight): boolean {
  return rulesForHost(host, sight).length > 0;
}

function rulesForHost(host: string, { destinationRules }: Sight): readonly DestinationRule[] {
  return destinationRules.filter((rule) => isFor(hostOfRule(rule), host));
}

/** The DestinationRules that nobody understands and that may be for the host. */
export function oddRulesFor(host: string, { notUnderstood = [] }: Sight): readonly NotUnderstood[] {
  return notUnderstood.filter(
    ({ kind, hosts }) =>
      kind === 'DestinationRule' && (hosts === null || hosts.some((given) => isFor(given, host))),
  );
}
