import type { JsonObject } from '../base/json.ts';
import type { MatchConditions } from '../istio/conditions.ts';
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
  /** What it requires of a request, block by block; empty: nothing. */
  readonly conditions: MatchConditions;
  /** The same in words: `uri starts with "/v2" and header x-cid is "a"`, alternatives joined by ` or `; `every request`. */
  readonly match: string;
  /** It accepts every request of its scope. */
  readonly isDefault: boolean;
  /** `istiops`: a preview route; `go-istiops`: one that the Go istiops left; `user`: anyone else. */
  readonly madeBy: 'istiops' | 'go-istiops' | 'user';
  /** Empty for a redirect, a direct response or a delegate; `action` says so. */
  readonly destinations: readonly DestinationView[];
  /** What it does in place of sending anywhere: `redirect`, `direct response`, `delegate to ns/name`. */
  readonly action: string | null;
  /**
   * Its other fields, as Istio names them: `mirror`, `headers`, `timeout`, `retries`, `rewrite`, `fault`, also those
   * that istiops doesn't know. `route` has the other fields of the destinations, entry by entry, where there are any.
   * Two views with the same match, destinations and settings are of routes that do the same.
   */
  readonly settings: JsonObject;
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

/** Who gets copies of a route's requests. */
export interface MirrorView {
  /** As the route spells it. */
  readonly host: string;
  readonly subset: string | null;
  /** Of the route's requests, in percent. */
  readonly share: number;
}

/** A preview: the requests that get it, and the builds that they get, of one service or several. */
export interface PreviewView {
  /** `cookie istiops=web-pr-10 or baggage preview=pr-10` */
  readonly requests: string;
  /** At least one. */
  readonly parts: readonly PreviewPart[];
}

/** A build that has a preview in a VirtualService. */
export interface PreviewPart {
  readonly virtualService: string;
  readonly namespace: string;
  readonly subset: string;
  /** Those of the preview's requests that get it here, in words: the baggage without the cookie, for example. */
  readonly requests: string;
  /** What opens it in a browser; the path alone where the host is not known; null: it has no link. */
  readonly link: string | null;
  /** ISO 8601, UTC: when it was written last; null: not known. */
  readonly since: string | null;
  /** `octo-org/api`; null: not known. */
  readonly repository: string | null;
  readonly pullRequest: number | null;
}

/** One route before and after. Null: it wasn't there before, or isn't any more. */
export interface RoutePair {
  readonly before: RouteView | null;
  readonly after: RouteView | null;
  readonly change: 'new' | 'gone' | 'changed' | 'same';
  /** What differs of a changed route, as `differences` names it: `destinations`, `match`, `mirror`. */
  readonly differs: readonly string[];
}
