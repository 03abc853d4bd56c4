/**
 * What a canary is judged by: gates, readings and verdicts. All of it is plain data; who asks Prometheus, and when,
 * is not known here.
 */
import type { Labels } from '../istio/types.ts';
import type { Gate } from '../intent/gates.ts';

/** One series of an instant query's answer. */
export interface Sample {
  readonly labels: Labels;
  /** NaN and ±Infinity are possible: Prometheus writes them as text. */
  readonly value: number;
}

/** What one instant query came to. */
export type MetricsAnswer =
  /** A scalar is one sample without labels. Warnings (Thanos: a part is missing) make every number doubtful. */
  | { readonly kind: 'samples'; readonly samples: readonly Sample[]; readonly warnings: readonly string[] }
  /** `why` in words, with what to do; of `rejected`, Prometheus understood the request and refuses the query. */
  | {
      readonly kind: 'none';
      readonly reason: 'unreachable' | 'timeout' | 'unauthorized' | 'forbidden' | 'not-found' | 'rejected';
      readonly why: string;
    };

/** What an address said to the question whether to go on. */
export type HookAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  | { readonly kind: 'none'; readonly why: string };

/** The pods of both sides, in the order of the pod list. */
export interface CanaryPods {
  readonly build: readonly PodState[];
  readonly stable: readonly PodState[];
}

/** A pod as the gate "pods" and the search for its series see it. */
export interface PodState {
  readonly name: string;
  readonly labels: Labels;
  readonly ready: boolean;
  /** Restarts of all its containers. */
  readonly restarts: number;
  /** Why a container waits or ended: `CrashLoopBackOff`, `ImagePullBackOff`, `OOMKilled`. */
  readonly troubles: readonly string[];
  /** The Deployment (a ReplicaSet's name without its hash), else the owner itself; absent: it has none. */
  readonly workload?: string;
}

/** Requests that began and ended between two readings. Whole numbers. */
export interface SideCounts {
  readonly requests: number;
  readonly failed: number;
}

/** Requests by the time that they needed. Their sum is not `SideCounts.requests`: it comes from another query. */
export interface SlowCounts {
  /** Milliseconds that a gate says. */
  readonly asked: number;
  /** Milliseconds: the bound of a bucket, at or above `asked`. */
  readonly bound: number;
  readonly build: { readonly requests: number; readonly slow: number };
  readonly stable: { readonly requests: number; readonly slow: number };
}

/** Of one tick. */
export interface Counts {
  readonly build: SideCounts;
  readonly stable: SideCounts;
  /** One for each time that a gate says. */
  readonly slow: readonly SlowCounts[];
}

/** The value of a query, or why there is none. */
export type QueryReading =
  | { readonly kind: 'value'; readonly value: number }
  /**
   * `isMute`: Prometheus answered, but with nothing that is one number. `isRefused`: and it will do so every time, because
   * of the query itself.
   */
  | {
      readonly kind: 'none';
      readonly why: string;
      readonly isMute: boolean;
      readonly isRefused: boolean;
    };

/** Everything that was seen in one tick. */
export interface Tick {
  /** Milliseconds since the stage began. */
  readonly at: number;
  readonly pods: CanaryPods;
  /** Absent: no metrics were asked. */
  readonly counts?: Counts | { readonly unread: string };
  /** By the text of the gate. */
  readonly queries: Readonly<Record<string, QueryReading>>;
  readonly hooks: Readonly<Record<string, HookAnswer>>;
}

/** What the judge knows when a stage begins. */
export interface JudgedStage {
  /** From 0. */
  readonly index: number;
  readonly stages: number;
  /** Percent that was asked for. */
  readonly weight: number;
  readonly pods: CanaryPods;
}

export interface JudgeOptions {
  readonly gates: readonly Gate[];
  /** Are there counts at all? Without, only pods and web hooks are judged. */
  readonly hasMetrics: boolean;
  /** Share (0 to 1) of failures above what is allowed that must be noticed for `good`. */
  readonly notice: number;
  /**
   * Ticks by which the counts of two pods may be apart, because Prometheus scrapes each at another moment: the scrape
   * interval over the interval of ticks, rounded up, at least 1.
   */
  readonly lag: number;
}

export type VerdictKind = 'good' | 'unclear' | 'bad';

export interface GateVerdict {
  /** As written in the input; `pods` and `requests arrive` for those that are always there. */
  readonly gate: string;
  /** `idle`: it can notice nothing in this stage, by its nature, and has no part in the verdict. */
  readonly kind: VerdictKind | 'idle';
  /** A clause for the log: `188 requests, 9 failed (4.8 %), stable 0.4 %: worse, 1 in 3,100 that this is chance`. */
  readonly words: string;
  readonly numbers: GateNumbers;
}

/** What is known in numbers; of a kind of gate that has none, absent. */
export interface GateNumbers {
  /** Of the build since the stage began. */
  readonly requests?: number;
  /** Failed, or slow. */
  readonly failed?: number;
  readonly stableRequests?: number;
  readonly stableFailed?: number;
  /** The build's share of the requests, 0 to 1. */
  readonly share?: number;
  /** Evidence that the build is worse: 100 says bad. */
  readonly evidence?: number;
  /** The share of failures that would have been noticed in nine of ten runs, 0 to 1; absent: none. */
  readonly noticeable?: number;
  /** Of a query. */
  readonly value?: number;
}

export interface Verdict {
  /** The worst of the gates that are not idle. */
  readonly kind: VerdictKind;
  readonly gates: readonly GateVerdict[];
}
