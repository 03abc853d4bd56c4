import type { Labels } from '../istio/types.ts';
import type { DestinationView } from './view-types.ts';

/** Where one request goes, and why. */
export interface Explanation {
  readonly request: ExplainedRequest;
  /** The host whose routes it is held against, as VirtualServices say it, resolved; null where none is for it. */
  readonly host: string | null;
  /** The routes that let it pass, in their order. */
  readonly passed: readonly PassedRoute[];
  readonly result: ExplainedResult;
  /** Null where nothing is expected. */
  readonly verdict: ExpectationVerdict | null;
  /** Where the services behind it send their own requests; absent: it was not followed. */
  readonly followed?: Followed;
}

/** A request followed on through services. */
export interface Followed {
  /** Of the service that the request reaches: as `follow` names it. */
  readonly service: string;
  /** The headers that the services are taken to pass on, in lower case. */
  readonly propagated: readonly string[];
  /** The services after the first, in order. */
  readonly hops: readonly FollowedHop[];
}

/** A service that others call. */
export interface FollowedHop {
  /** As `follow` names it. */
  readonly service: string;
  /** Requests that differ in their headers or their answer; none: no request comes so far. */
  readonly ways: readonly FollowedWay[];
}

export interface FollowedWay extends Pick<Explanation, 'request' | 'host' | 'result'> {
  /** Who sends it: the subset of the service before, or its host where it has none. */
  readonly from: readonly string[];
  /** Percent of the requests that came in first; null: not known. */
  readonly share: number | null;
  /** What has to be so for it, in words; null: nothing. */
  readonly condition: string | null;
  /** Headers of which the value is not known, with the reason. */
  readonly openHeaders: Readonly<Record<string, string>>;
}

export interface ExplainedRequest {
  /** `GET https://shop.io/v2/cart` */
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `mesh` or `namespace/name`: as asked, else worked out. */
  readonly gateway: string;
  readonly port: number;
  readonly sourceLabels: Labels;
  /** Of the pod whose proxy routes it: the caller's, or the gateway's. Null: not known. */
  readonly sourceNamespace: string | null;
}

/** A route by its place. */
export interface RouteRef {
  readonly virtualService: string;
  readonly namespace: string;
  /** Position in `http`, from 0. */
  readonly index: number;
  readonly name: string | null;
  /** `http#1` as the input `routes` picks it: the number among the routes that istiops did not make; null for a preview. */
  readonly pick: string | null;
  /** Those of its match blocks that count here, in words. */
  readonly match: string;
  /** The delegate that the route is written in: `namespace/name http[1]`; null where it is none. */
  readonly delegate: string | null;
  /** Its VirtualService is one of the selected ones. */
  readonly selected: boolean;
}

export interface PassedRoute extends RouteRef {
  /** For each match block the one predicate that was not met, and what the request has. */
  readonly why: readonly string[];
}

/**
 * `route`: this one matches. `none`: no route of the host does, or no VirtualService is for the host, and the proxy
 * answers 404, unless `does` says what else it does by itself: the redirect of a Gateway, or no answer at all (a status
 * of null), because it closes the connection. `service`: in the mesh it goes to the service itself, because no VirtualService is for the host, or the
 * port is not HTTP.
 * `undecided`: one of the candidates, in this order, by what is not known of the request.
 */
export type ExplainedResult =
  | { readonly kind: 'route'; readonly route: RouteRef; readonly does: Treatment }
  | { readonly kind: 'none'; readonly does?: Treatment }
  | { readonly kind: 'service'; readonly does: Treatment }
  | { readonly kind: 'undecided'; readonly candidates: readonly ExplainedCandidate[] };

/**
 * `unseen`: what happens then is not known either (a delegate that is not in sight, an object that nobody
 * understands); the others as in `ExplainedResult`.
 */
export interface ExplainedCandidate {
  readonly kind: 'route' | 'none' | 'service' | 'unseen';
  /** Null: no route, or which one is not known. */
  readonly route: RouteRef | null;
  readonly does: Treatment | null;
  /** What would have to be known; null for what happens if none before it matches the request. */
  readonly unknown: string | null;
}

/** What is done with a request. */
export interface Treatment {
  /** Empty for an answer of the proxy itself. */
  readonly destinations: readonly ExplainedDestination[];
  /**
   * Of the proxy's own answer, 503 where it has nothing behind any destination that gets requests; null where it sends.
   */
  readonly status: number | null;
  /** Where a redirect leads; null for none. */
  readonly redirect: string | null;
  /** Percent of the requests that get this error in place of all that. */
  readonly abort: { readonly percent: number; readonly status: string } | null;
  /** Hosts (and subsets) that get copies. */
  readonly mirrors: readonly string[];
}

/**
 * A destination with what Envoy has there. `ok`: pods, as far as is known; `unavailable`: nothing, which is a 503;
 * `undecided`: the one or the other; `unseen`: no DestinationRule in sight says which.
 */
export interface ExplainedDestination extends DestinationView {
  readonly state: 'ok' | 'unavailable' | 'undecided' | 'unseen';
  /** Why it is not `ok`, in words: `503: subset v9 of … is in no DestinationRule that this proxy uses (…)`. */
  readonly problem: string | null;
}

/** Whether a request goes where it must. */
export interface ExpectationVerdict {
  readonly name: string;
  /** Of the file of expectations. */
  readonly file: string;
  readonly line: number;
  readonly met: boolean;
  /** Both in words. */
  readonly expected: string;
  readonly found: string;
}
