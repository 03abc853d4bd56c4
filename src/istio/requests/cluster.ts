/**
 * The step after a route has been chosen: what Envoy has behind a destination. istiod names a cluster by host, subset
 * and port, and makes the clusters of subsets from the DestinationRule that this proxy consults. A route to a cluster
 * that isn't there is answered with 503.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go GetDestinationCluster
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/cluster_builder.go applyDestinationRule
 */
import { titleOfOdd } from '../not-understood.ts';
import type { DecidedRule } from '../consulted-rule.ts';
import { agreed, type Client, type ClusterState, type ResolvedDestination } from './cluster-state.ts';
import { passedThrough, type Unheeded } from './sidecars.ts';
import {
  aliasOf,
  missingPort,
  oddRulesFor,
  onlyByWildcard,
  readyPods,
  servicesAt,
  servicesOf,
  type Alias,
  type Sight,
} from './endpoints.ts';
import { namespaceDoubt, clientProxies, ruleForProxy, subsetCluster } from './subset-cluster.ts';

/**
 * What a client's proxy has behind a destination.
 *
 * @param port of the listener that the request came to: it counts where neither destination nor service decides;
 * absent: not known
 */
export function clusterOf(
  destination: ResolvedDestination,
  client: Client,
  sight: Sight,
  port?: number,
): ClusterState {
  const alias = aliasOf(destination.host, sight);
  if (alias === undefined) return ownCluster(destination, client, sight, port);
  const { ports } = alias.service;
  const [only] = ports.length === 1 ? ports : [];
  const asked = destination.port ?? only;
  const real = { ...destination, host: alias.host, ...(asked !== undefined && { port: asked }) };
  const next = aliasOf(alias.host, sight);
  // Services of this type have no clusters of their own.
  const state =
    next === undefined
      ? ownCluster(real, client, sight, port)
      : { kind: 'no-address' as const, ...aliasOfAlias(alias, next) };
  return { ...state, realHost: alias.host };
}

function aliasOfAlias({ service, host }: Alias, next: Alias): Unheeded {
  return {
    why: `Service ${service.namespace}/${service.name} is an ExternalName of ${host}, which is one of ${next.host}, and Istio follows one such name only`,
    advice: `Let it name ${next.host}.`,
  };
}

function ownCluster(
  destination: ResolvedDestination,
  client: Client,
  sight: Sight,
  port: number | undefined,
): ClusterState {
  const services = servicesOf(destination.host, sight);
  if (services?.length === 0) return { kind: 'no-service' };
  // Files may lack the service, but not some of its ports.
  const missing = missingPort(destination.port, services ?? servicesAt(destination.host, sight), port);
  if (missing !== undefined) return { kind: 'port-missing', ...missing };
  const hidden = hiddenService(destination.host, client, sight);
  if (hidden !== undefined) return { kind: 'no-address', ...hidden };
  const [wide] = onlyByWildcard(destination.host, sight);
  if (wide !== undefined) {
    const unknown = `nothing in sight names this host, and proxies do not go by the wildcard of ${wide.kind} ${wide.namespace}/${wide.name}`;
    return { kind: 'undecided', because: 'rules', unknown, possible: [{ kind: 'no-service' }] };
  }
  const { subset } = destination;
  if (subset === undefined || subset === '') return wholeCluster(destination, client, sight, port);
  const states = clientProxies(destination.host, client, sight).map(([proxy, serviceNamespace]) =>
    withPodCount(
      subsetCluster({ host: destination.host, subset }, proxy, serviceNamespace, sight),
      destination.host,
      sight,
    ),
  );
  const state = passedOn(agreed(states, namespaceDoubt(client)), destination, client, sight, port);
  const [odd] = oddRulesFor(destination.host, sight);
  if (odd === undefined) return state;
  return {
    kind: 'undecided',
    because: 'client',
    unknown: `${titleOfOdd(odd)}, which is not what Istio describes`,
    possible: state.kind === 'undecided' ? state.possible : [state],
  };
}

/**
 * A service that no proxy of the client's namespaces knows, because it is exported to others alone.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/model/push_context.go servicesExportedToNamespace
 */
function hiddenService(
  host: string,
  { namespaces = [], isExample = false }: Client,
  sight: Sight,
): Unheeded | undefined {
  if (isExample) return undefined;
  const services = servicesAt(host, sight);
  const [first] = services;
  const isSeen = services.some(
    ({ exportedTo }) =>
      exportedTo === undefined ||
      namespaces.length === 0 ||
      namespaces.some((one) => exportedTo.includes(one)),
  );
  if (first === undefined || isSeen) return undefined;
  const to = first.exportedTo?.join(', ') ?? '';
  return {
    why: `${first.kind} ${first.namespace}/${first.name} is exported to ${to === '' ? 'no namespace' : `namespace ${to} alone`}, so proxies in ${namespaces.join(' and ')} do not know it`,
    advice: `Export it to ${namespaces.join(' and ')} as well${first.kind === 'Service' ? ' (annotation networking.istio.io/exportTo)' : ' (exportTo)'}.`,
  };
}

/** A destination without a subset: what counts is only whether the proxy chooses an address. */
function wholeCluster(
  destination: ResolvedDestination,
  client: Client,
  sight: Sight,
  listener: number | undefined,
): ClusterState {
  const { host, port } = destination;
  const { isSidecar = false, called } = client;
  const whole = withPodCount(
    { kind: 'ok', rules: [], labels: null, readyPods: null, unread: [] },
    host,
    sight,
  );
  // The address that the caller has chosen is one of this very service.
  if (isSidecar && called?.includes(host) !== false) return whole;
  const stateOf = (decided: DecidedRule): ClusterState => {
    const rules = decided.kind === 'none' ? [] : decided.rules;
    const passed = passedThrough({ host, subset: '', port }, rules, sight, { isSidecar, listener });
    return passed === undefined ? whole : { kind: isSidecar ? 'passed-through' : 'no-address', ...passed };
  };
  const states = clientProxies(host, client, sight).map(([proxy, serviceNamespace]) => {
    const consulted = ruleForProxy(host, proxy, serviceNamespace, sight);
    if (consulted.kind !== 'undecided') return stateOf(consulted);
    return agreed(consulted.candidates.map(stateOf), consulted.unknown);
  });
  return agreed(states, namespaceDoubt(client));
}

/** The cluster of a subset may send to whichever pod the caller wants. */
function passedOn(
  state: ClusterState,
  { host, subset = '', port }: ResolvedDestination,
  { isSidecar = false }: Client,
  sight: Sight,
  listener: number | undefined,
): ClusterState {
  if (state.kind !== 'ok' && state.kind !== 'no-ready-pod') return state;
  const passed = passedThrough({ host, subset, port }, state.rules, sight, { isSidecar, listener });
  return passed === undefined ? state : { kind: isSidecar ? 'passed-through' : 'no-address', ...passed };
}

/** With the pods behind it counted, where these are known. */
function withPodCount(state: ClusterState, host: string, sight: Sight): ClusterState {
  if (state.kind !== 'ok') return state;
  const { rules, labels } = state;
  const { count, isWhole } = readyPods(host, labels ?? {}, sight);
  if (count === 0 && isWhole) return { kind: 'no-ready-pod', rules, labels };
  return { ...state, readyPods: labels === null ? null : count };
}
