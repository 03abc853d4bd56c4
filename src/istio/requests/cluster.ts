/**
 * The step after a route has been chosen: what Envoy has behind a destination. istiod names a cluster by host, subset
 * and port, and makes the clusters of subsets from the DestinationRule that this proxy consults. A route to a cluster
 * that isn't there is answered with 503.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go GetDestinationCluster
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/cluster_builder.go applyDestinationRule
 */
import { sameJson } from '../../base/json.ts';
import { titleOfOdd } from '../not-understood.ts';
import {
  consultedRule,
  ROOT_NAMESPACE,
  subsetIn,
  type ConsultedRule,
  type DecidedRule,
} from '../consulted-rule.ts';
import type { DestinationRule, Labels } from '../types.ts';
import { passedThrough, type Unheeded } from './sidecars.ts';
import {
  aliasOf,
  isThereRule,
  missingPort,
  oddRulesFor,
  onlyByWildcard,
  readyPods,
  serviceNamespaces,
  servicesAt,
  servicesOf,
  type Alias,
  type Sight,
} from './endpoints.ts';

/** Whose proxy sends: a gateway's, or the caller's own in the mesh. */
export interface Client {
  /** It has addresses that its caller has chosen, which a gateway has not. */
  readonly isSidecar?: boolean;
  /** The namespaces that its pods may be in; absent: any. */
  readonly namespaces?: readonly string[];
  /** They stand for others as well: a request to try comes from one place, and pods of a gateway may be anywhere. */
  readonly isExample?: boolean;
  /** Absent: not known. */
  readonly labels?: Labels;
  /** Of a sidecar: the whole names that the host which the caller asked for may stand for; absent: not known. */
  readonly called?: readonly string[];
}

/** A destination with its host resolved. */
export interface ResolvedDestination {
  readonly host: string;
  readonly subset?: string;
  readonly port?: number;
}

/**
 * What Envoy has there.
 *
 * - `ok`: pods of the subset (`labels`), or of the whole service (`labels` null). `readyPods` null: not known.
 * - `subset-missing`: none of `rules`, those that the proxy consults (none at all where empty), defines it: 503.
 * - `no-service`, `port-missing`: no such service, or it has other ports: 503.
 * - `no-ready-pod`: the cluster is there, and empty: 503.
 * - `passed-through`: a sidecar sends to the pod that the caller has chosen, be it of the subset or not.
 * - `no-address`: a gateway would do the same, and nobody has chosen one, or the proxy does not know the service: 503.
 * - `undecided`: one of `possible`, by what `unknown` says in words. Because of the `client`, of whom too little is
 *   known, or because `rules` that would decide are not in sight.
 *
 * `realHost`: the destination's host is another name of this one (an ExternalName Service), and the state is this one's.
 */
export type ClusterState = StateOfCluster & { readonly realHost?: string };

type StateOfCluster =
  | {
      readonly kind: 'ok';
      readonly rules: readonly DestinationRule[];
      readonly labels: Labels | null;
      readonly readyPods: number | null;
      /** Namespaces whose DestinationRules would go first if there are any, and which could not be read. */
      readonly unread: readonly string[];
    }
  | { readonly kind: 'subset-missing'; readonly rules: readonly DestinationRule[] }
  | { readonly kind: 'no-service' }
  | { readonly kind: 'port-missing'; readonly port: number; readonly ports: readonly number[] }
  | {
      readonly kind: 'no-ready-pod';
      readonly rules: readonly DestinationRule[];
      readonly labels: Labels | null;
    }
  | ({ readonly kind: 'passed-through' | 'no-address' } & Unheeded)
  | {
      readonly kind: 'undecided';
      readonly because: 'client' | 'rules';
      readonly unknown: string;
      readonly possible: readonly ClusterState[];
    };

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
  if (services !== undefined) {
    if (services.length === 0) return { kind: 'no-service' };
    const missing = missingPort(destination.port, services, port);
    if (missing !== undefined) return { kind: 'port-missing', ...missing };
  }
  const hidden = hiddenService(destination.host, client, sight);
  if (hidden !== undefined) return { kind: 'no-address', ...hidden };
  const [wide] = onlyByWildcard(destination.host, sight);
  if (wide !== undefined) {
    const unknown = `nothing in sight names this host, and proxies do not go by the wildcard of ${wide.kind} ${wide.namespace}/${wide.name}`;
    return { kind: 'undecided', because: 'rules', unknown, possible: [{ kind: 'no-service' }] };
  }
  const { subset } = destination;
  if (subset === undefined || subset === '') return wholeCluster(destination, client, sight, port);
  const states = proxiesOf(destination.host, client, sight).map(([proxy, serviceNamespace]) =>
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

/** Each proxy that the client may be, with each namespace that the service may be in. */
function proxiesOf(
  host: string,
  { namespaces = [], labels }: Client,
  sight: Sight,
): readonly (readonly [Proxy, string | undefined])[] {
  return (namespaces.length === 0 ? [undefined] : namespaces).flatMap((namespace) =>
    serviceNamespaces(host, sight).map(
      (serviceNamespace) => [{ namespace, ...(labels && { labels }) }, serviceNamespace] as const,
    ),
  );
}

function namespaceDoubt({ namespaces = [] }: Client): string {
  return `which namespace the client is in (${namespaces.join(' or ')})`;
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
  const states = proxiesOf(host, client, sight).map(([proxy, serviceNamespace]) => {
    const consulted = ruleOf(host, proxy, serviceNamespace, sight);
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

interface Proxy {
  readonly namespace: string | undefined;
  readonly labels?: Labels;
}

function ruleOf(
  host: string,
  { namespace, labels }: Proxy,
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

function subsetCluster(
  { host, subset }: { readonly host: string; readonly subset: string },
  { namespace, labels }: Proxy,
  serviceNamespace: string | undefined,
  sight: Sight,
): ClusterState {
  const consulted = ruleOf(host, { namespace, ...(labels && { labels }) }, serviceNamespace, sight);
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

/** One state where all are the same to a request, else what they depend on. */
function agreed(states: readonly ClusterState[], unknown: string): ClusterState {
  const [first, ...others] = states;
  if (first === undefined) return { kind: 'undecided', because: 'client', unknown, possible: [] };
  if (others.every((state) => sameToRequests(state, first))) {
    if (first.kind !== 'ok') return first;
    const unread = states.flatMap((state) => (state.kind === 'ok' ? state.unread : []));
    return { ...first, unread: [...new Set(unread)] };
  }
  const possible = states.flatMap((state) => (state.kind === 'undecided' ? state.possible : [state]));
  const open = states.flatMap((state) => (state.kind === 'undecided' ? [state.unknown] : []));
  return {
    kind: 'undecided',
    because: 'client',
    unknown: [...new Set([unknown, ...open])].join(' and '),
    possible: possible.filter(
      (state, index) => possible.findIndex((other) => sameToRequests(other, state)) === index,
    ),
  };
}

function sameToRequests(a: ClusterState, b: ClusterState): boolean {
  switch (a.kind) {
    case 'ok':
      return b.kind === 'ok' && sameJson(a.labels, b.labels);
    case 'undecided':
      return b.kind === 'undecided' && a.unknown === b.unknown;
    default:
      return a.kind === b.kind;
  }
}

/** With the pods behind it counted, where these are known. */
function withPodCount(state: ClusterState, host: string, sight: Sight): ClusterState {
  if (state.kind !== 'ok') return state;
  const { rules, labels } = state;
  const { count, isWhole } = readyPods(host, labels ?? {}, sight);
  if (count === 0 && isWhole) return { kind: 'no-ready-pod', rules, labels };
  return { ...state, readyPods: labels === null ? null : count };
}

function unreadOf(namespaces: readonly string[], { source, namespace, rulesOf }: Sight): readonly string[] {
  if (source === 'manifests' || rulesOf === 'all') return [];
  const read = rulesOf ?? [namespace];
  return [...new Set(namespaces)].filter((one) => !read.includes(one));
}
