/** What Envoy may have behind a destination, and for whom. */
import { sameJson } from '../../base/json.ts';
import type { DestinationRule, Labels } from '../types.ts';
import type { Unheeded } from './sidecars.ts';

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

/** One state where all are the same to a request, else what they depend on. */
export function agreed(states: readonly ClusterState[], unknown: string): ClusterState {
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
