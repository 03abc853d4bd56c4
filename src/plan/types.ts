import type {
  DestinationRule,
  Labels,
  PodView,
  RouteKind,
  ServiceView,
  VirtualService,
} from '../istio/types.ts';
import type { Operation } from '../intent/types.ts';
import type { Explanation } from './explanation.ts';

/** Everything a plan is made from: read once, then nothing else is asked. */
export interface Snapshot {
  readonly source: 'kubernetes' | 'manifests';
  /** The namespace that the operation is about; selectors choose in it alone. */
  readonly namespace: string;
  /** Every one in sight: the namespace's in a cluster, those of all files in manifests. */
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRules: readonly DestinationRule[];
  /**
   * In a cluster: the namespaces that DestinationRules were read of, `all` for every one; absent: `namespace` alone.
   * Manifests have no such list: a folder may lack what the cluster has.
   */
  readonly rulesOf?: 'all' | readonly string[];
  readonly pods: Listing<PodView>;
  readonly services: Listing<ServiceView>;
}

/** `forbidden`: we may not read them, `reason` says why; `none`: there are none to ask for (manifests). */
export type Listing<T> =
  | { readonly state: 'known'; readonly items: readonly T[] }
  | { readonly state: 'forbidden'; readonly reason: string }
  | { readonly state: 'none' };

/** What is to be written, in order, and what it means. Made by `plan/`, never changed afterwards. */
export interface Plan {
  readonly operation: Operation;
  /** The target subset's name; null where the operation is about none (show, clear). */
  readonly subset: string | null;
  /** Phases with nothing to do are left out; no phases: nothing changes. */
  readonly phases: readonly Phase[];
  /** The selected VirtualServices' routes as they are and as they will be. */
  readonly before: readonly RouteView[];
  readonly after: readonly RouteView[];
  /** Pod selectors (`app=api,build=10`) that got requests before and get none after. */
  readonly safeToScaleDown: readonly string[];
  readonly findings: readonly Finding[];
  /** Of the operation explain alone. */
  readonly explanations?: readonly Explanation[];
  /** Of `undo`: the change that is taken back; absent where there is none. */
  readonly undone?: Undone;
}

/** What a change did, in the words of its operation. */
export interface Deed {
  /** `weight`; never `undo`. */
  readonly operation: string;
  readonly subset: string | null;
  /** It took back what the operation had done; taken back itself, that is done again. */
  readonly isBack: boolean;
}

/** A change that is taken back: what it did, by whom and when. */
export interface Undone {
  readonly deed: Deed;
  /** null: nobody knows. */
  readonly by: string | null;
  /** ISO 8601, UTC. */
  readonly time: string;
}

/**
 * Subsets come before the routes that need them and go after the routes that needed them: Envoy answers 503
 * for a route to a subset it doesn't know.
 *
 * @see https://istio.io/latest/docs/ops/best-practices/traffic-management/#avoid-503-errors-while-reconfiguring-service-routes
 */
export const PHASES = ['add-subsets', 'routes', 'remove-subsets'] as const;

export interface Phase {
  readonly name: (typeof PHASES)[number];
  readonly writes: readonly Write[];
}

/** One object as it is and as it shall be. In a later phase, `before` is what an earlier phase has written. */
export type Write =
  | { readonly kind: 'VirtualService'; readonly before: VirtualService; readonly after: VirtualService }
  | { readonly kind: 'DestinationRule'; readonly before: DestinationRule; readonly after: DestinationRule };

/** A route in words and numbers, for people and for the output `routes`. */
export interface RouteView {
  readonly virtualService: string;
  readonly namespace: string;
  readonly kind: RouteKind;
  /** Position in its list, from 0. */
  readonly index: number;
  readonly name: string | null;
  /** `http[0]` as the input `routes` picks it, preview routes of ours not counted; null for these. */
  readonly pick: string | null;
  /** In words: `uri prefix "/v2" and header x-cid is "a"`, alternatives joined by ` or `; `every request`. */
  readonly match: string;
  /** `istiops`: a preview route of ours; `go-istiops`: one that the Go istiops left; `user`: anyone else. */
  readonly madeBy: 'istiops' | 'go-istiops' | 'user';
  /** Empty for a redirect, a direct response or a delegate; `action` says so. */
  readonly destinations: readonly DestinationView[];
  /** What it does in place of sending anywhere: `redirect`, `direct response`, `delegate to ns/name`. */
  readonly action: string | null;
}

export interface DestinationView {
  readonly host: string;
  readonly subset: string | null;
  readonly port: number | null;
  /** Effective share in percent, at most two decimals. */
  readonly share: number;
  /** The subset's labels, where its DestinationRule is in sight. */
  readonly labels: Labels | null;
  /** Ready pods of the subset; null where we don't know (manifests, no right to list pods, no subset). */
  readonly readyPods: number | null;
}

export type Severity = 'error' | 'warning' | 'notice';

/** Something that a person should know before or after a change. Errors refuse the write. */
export interface Finding {
  /** Stable, kebab-case: `no-ready-pod`. */
  readonly code: string;
  readonly severity: Severity;
  /** What would go wrong, and what to do. */
  readonly message: string;
  /** `VirtualService shop/api`, or null where it is about no object. */
  readonly object: string | null;
  /** The input `force` turns this error into a warning. */
  readonly forceable: boolean;
}
