/** What is known of one request once it is explained. */
import type { Taker } from '../../istio/requests/answer.ts';
import type { RequestHeaders } from '../../istio/requests/passed-on.ts';
import type { Seen } from '../../istio/requests/seen.ts';
import type { VirtualService } from '../../istio/types.ts';
import type { ClusterLookup } from './treatment.ts';
import type { Explanation, FollowedWay, Treatment } from '../../plan/explanation.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { Finding } from '../../base/findings.ts';

export interface ExplainContext {
  readonly snapshot: Snapshot;
  readonly selected: ReadonlySet<VirtualService>;
  readonly seen: Seen;
  readonly lookup: ClusterLookup;
}

export interface Explained {
  readonly explanation: Explanation;
  readonly findings: readonly Finding[];
  /** The whole names that the host of one of its destinations stands for. */
  readonly namesOf: (host: string) => readonly string[];
  /** The host that is asked, as it is sent. */
  readonly authority: string;
  /** The headers that it comes with. */
  readonly headers: RequestHeaders;
  /** Each thing that may become of it, for whoever follows it on. */
  readonly ways: readonly ExplainedWay[];
  /** Where it was followed on: what the last service gets, each way by itself. */
  readonly ends?: readonly FollowedEnd[];
}

/** What the last service gets of a request that was followed on. */
export interface FollowedEnd extends Pick<FollowedWay, 'share' | 'condition' | 'result'> {
  /** As of `Explained`. */
  readonly namesOf: (host: string) => readonly string[];
}

/** What may become of a request, with the route as it is written. */
export interface ExplainedWay {
  /** Null: no route. */
  readonly taker: Taker | null;
  /** Null: no route matches it, or nobody knows. */
  readonly does: Treatment | null;
  /** What has to be so for it; null: nothing, or none of what the ways before require. */
  readonly condition: string | null;
}
