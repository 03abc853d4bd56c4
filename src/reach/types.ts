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
  /** Classes that could not be compared, for no example request of them could be made. */
  readonly skipped: number;
  /** What changes for whom; similar classes as one. */
  readonly changes: readonly ReachChange[];
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
