import type { HttpRequest } from '../istio/requests/request.ts';

/**
 * Who is affected by a change: the requests are cut into classes by all that the old and the new routes ask, and
 * what each class gets is compared.
 */
export interface Reach {
  /** Classes of requests (and of connections) whose answers were compared. */
  readonly classes: number;
  /** There were too many classes: a part of them was compared, the same part every time. */
  readonly sampled: boolean;
  /** Classes that could not be compared, because no example request of them could be made. */
  readonly skipped: number;
  /** What changes for whom; similar classes as one. */
  readonly changes: readonly ReachChange[];
  /** Changes for requests of others, which come about because several VirtualServices are for one host. */
  readonly others: readonly UnaskedChange[];
  /** What becomes of the requests that the operation was asked about; one entry for each VirtualService. */
  readonly asked: readonly AskedReach[];
  /** What nobody asked for, or what was asked for and would not happen: a plan with any is not written. */
  readonly unexpected: readonly UnaskedChange[];
}

export interface ReachChange {
  /** `VirtualService shop/api` */
  readonly object: string;
  /** `requests with x-cid: seu_madruga` */
  readonly who: string;
  /** `v1`, `v1 80 %, api-pr-10 20 %`, `no route` */
  readonly before: string;
  readonly after: string;
  /** A request that it is so for; null for connections (tls, tcp). */
  readonly example: HttpRequest | null;
  /** How many classes the sentence is about. */
  readonly classes: number;
}

export interface UnaskedChange extends ReachChange {
  /** What they should get by what was asked for. */
  readonly expected: string;
}

/** Did the requests that the operation was asked about get what was asked? */
export interface AskedReach {
  /** `VirtualService shop/api` */
  readonly object: string;
  /** `preview-unreachable` or `weight-unreachable`: what it is called where none gets it. */
  readonly code: 'preview-unreachable' | 'weight-unreachable';
  /** Kinds of requests that were asked about and of which an example was found, and of connections. */
  readonly classes: number;
  /** Kinds that get what was asked. */
  readonly reached: number;
  /** Kinds for which it depends on what nobody knows before the request is there, such as a token's claims. */
  readonly undecided: number;
  /** What these depend on. */
  readonly doubts: readonly string[];
  readonly misses: readonly MissedRequests[];
}

export interface MissedRequests {
  /** `requests with x-cid: seu_madruga` */
  readonly who: string;
  /** Null for connections (tls, tcp). */
  readonly example: HttpRequest | null;
  /** What gets them, or what keeps them away, as the rest of a sentence. */
  readonly why: string;
  /** What to do about it. */
  readonly advice: string;
}
