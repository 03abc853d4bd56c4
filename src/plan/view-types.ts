import type { Labels, RouteKind } from '../istio/types.ts';

/** A route in words and numbers, for people and for the output `routes`. */

export interface RouteView {
  readonly virtualService: string;
  readonly namespace: string;
  readonly kind: RouteKind;
  /** Position in its list, from 0. */
  readonly index: number;
  readonly name: string | null;
  /** `http#1` as the input `routes` picks it: the number among the routes that istiops did not make; null for a preview. */
  readonly pick: string | null;
  /** In words: `uri prefix "/v2" and header x-cid is "a"`, alternatives joined by ` or `; `every request`. */
  readonly match: string;
  /** It accepts every request of its scope. */
  readonly isDefault: boolean;
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

/** One route before and after. Null: it wasn't there before, or isn't any more. */
export interface RoutePair {
  readonly before: RouteView | null;
  readonly after: RouteView | null;
  readonly change: 'new' | 'gone' | 'changed' | 'same';
}
