/** What is done with a request, with the cluster step: what Envoy has behind each destination. */
import type { Action, DestinationShare, RedirectTo } from '../../istio/requests/answer.ts';
import { clusterProblem } from '../../istio/requests/cluster-words.ts';
import type { Client, ClusterState } from '../../istio/requests/cluster-state.ts';
import { clusterOf } from '../../istio/requests/cluster.ts';
import { hostOf } from '../../istio/requests/request.ts';
import { meshNames } from '../../istio/requests/mesh-names.ts';
import { resolveHost } from '../../istio/hosts.ts';
import type { ExplainedDestination, Treatment } from '../../plan/explanation.ts';
import { locationOf } from '../../plan/location.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { AskedRequest } from './entry.ts';

/** What proxies have behind destinations, looked up once for each. */
export type ClusterLookup = (
  to: { readonly host: string; readonly subset?: string; readonly port?: number },
  request: AskedRequest,
) => ClusterState;

/** Looks each destination up once for each kind of client: thousands of routes send to the same few. */
export function clusterLookup(snapshot: Snapshot): ClusterLookup {
  const known = new Map<string, ClusterState>();
  return (to, request) => {
    const client = clientOf(request);
    const key = JSON.stringify([to.host, to.subset, to.port, client, request.port]);
    const state = known.get(key) ?? clusterOf(to, client, snapshot, request.port);
    known.set(key, state);
    return state;
  };
}

/** Labels that are not said are not known, whatever they are held against in a match. */
function clientOf({ gateway, sourceNamespace, sourceLabels, authority }: AskedRequest): Client {
  return {
    ...(gateway === 'mesh' && { isSidecar: true, called: meshNames(hostOf(authority), sourceNamespace) }),
    ...(sourceNamespace !== undefined && { namespaces: [sourceNamespace] }),
    ...(Object.keys(sourceLabels).length > 0 && { labels: sourceLabels }),
  };
}

/** What a route does with a request; null where nobody knows. */
export function treatmentOf(lookup: ClusterLookup, action: Action, request: AskedRequest): Treatment | null {
  const common = {
    abort: action.abort,
    mirrors: action.mirrors.map(({ host, subset }) => (subset ? `${host} ${subset}` : host)),
  };
  switch (action.kind) {
    case 'send': {
      const destinations = action.destinations.map((share) => destinationOf(lookup, share, request));
      return { destinations, status: statusOf(destinations), redirect: null, ...common };
    }
    case 'redirect':
      return {
        destinations: [],
        status: action.status,
        redirect: redirectText(action.to, request),
        ...common,
      };
    case 'direct-response':
      return { destinations: [], status: action.status, redirect: null, ...common };
    case 'unseen':
      return null;
  }
}

/** Of a request with any path, the path that it keeps is not known. */
function redirectText(to: RedirectTo, request: AskedRequest): string {
  const keepsPath = request.isAny === true && to.uri === undefined;
  return `${locationOf(to, request)}${keepsPath ? '…' : ''}`;
}

/** Where no VirtualService is for the host, the mesh sends to the service itself. */
export function serviceItself(lookup: ClusterLookup, request: AskedRequest): Treatment {
  const { authority, sourceNamespace } = request;
  const host = hostOf(authority).replace(/\.$/, '');
  const whole = sourceNamespace === undefined ? host : resolveHost(host, sourceNamespace);
  const state = lookup({ host: whole }, request);
  // Where there is no such service or port, it is the mesh's outboundTrafficPolicy that decides.
  const isElsewhere = state.kind === 'no-service' || state.kind === 'port-missing';
  const destination: ExplainedDestination = {
    host: whole,
    subset: null,
    port: null,
    share: 100,
    labels: null,
    readyPods: null,
    ...(isElsewhere
      ? {
          state: 'undecided' as const,
          problem: `not known: no service in sight has this host and port, and the mesh's outboundTrafficPolicy decides`,
        }
      : knownState({ host: whole }, state)),
  };
  return {
    destinations: [destination],
    status: statusOf([destination]),
    redirect: null,
    abort: null,
    mirrors: [],
  };
}

function destinationOf(
  lookup: ClusterLookup,
  share: DestinationShare,
  request: AskedRequest,
): ExplainedDestination {
  const { destination, host } = share;
  const { port } = destination;
  const subset = destination.subset === '' ? undefined : destination.subset;
  const to = {
    host,
    ...(subset !== undefined && { subset }),
    ...(port?.number !== undefined && { port: port.number }),
  };
  const state = lookup(to, request);
  return {
    host: destination.host,
    subset: subset ?? null,
    port: port?.number ?? null,
    share: share.share,
    labels: state.kind === 'ok' || state.kind === 'no-ready-pod' ? state.labels : null,
    readyPods: readyPodsIn(state),
    ...knownState(to, state),
  };
}

function knownState(
  to: Parameters<typeof clusterProblem>[0],
  state: ClusterState,
): Pick<ExplainedDestination, 'state' | 'problem'> {
  const problem = clusterProblem(to, state);
  switch (state.kind) {
    case 'ok':
      return { state: 'ok', problem };
    case 'passed-through':
      return { state: 'undecided', problem };
    case 'undecided':
      return { state: state.because === 'rules' ? 'unseen' : 'undecided', problem };
    default:
      return { state: 'unavailable', problem };
  }
}

function readyPodsIn(state: ClusterState): number | null {
  if (state.kind === 'ok') return state.readyPods;
  return state.kind === 'no-ready-pod' && state.labels !== null ? 0 : null;
}

/** 503 where every request gets it. */
function statusOf(destinations: readonly ExplainedDestination[]): 503 | null {
  const served = destinations.filter(({ share }) => share > 0);
  return served.length > 0 && served.every(({ state }) => state === 'unavailable') ? 503 : null;
}
