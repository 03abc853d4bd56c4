import type { FailureReason } from '../base/errors.ts';
import type { ProxyView } from '../confirm/proxy-view.ts';
import type { Access } from '../intent/types.ts';
import type { Operation } from '../operations/index.ts';
import type { Explanation } from '../plan/explanation.ts';
import type {
  ChangeEffect,
  HistoryView,
  Phase,
  PreviousBuild,
  PrunedView,
  Snapshot,
  Undone,
} from '../plan/types.ts';
import type { PreviewView, RouteView } from '../plan/view-types.ts';
import type { VirtualServiceView } from '../plan/virtual-service-views.ts';
import type { AskedFor } from './asked-for.ts';
import type { CanaryReport } from './canary/types.ts';
import type { Finding } from '../base/findings.ts';
import type { Reach } from '../reach/types.ts';

/** What happened, all of it: every report is made from this and nothing else. */
export interface Outcome {
  readonly operation: Operation | null;
  /** `cluster https://…`, `manifests in examples/`; null when it failed before anything was contacted. */
  readonly place: string | null;
  /** Which cluster, and where the access to it comes from; absent: files, or it failed before. */
  readonly access?: Access;
  readonly namespace: string | null;
  readonly dryRun: boolean;
  /** Something was written; under `dryRun`, something would be. */
  readonly changed: boolean;
  /** The target subset's name; null where there is none. */
  readonly subset: string | null;
  /** Routes as they were and as they now are (under `dryRun`, as they would be; after a failure, as they were). */
  readonly before: readonly RouteView[];
  readonly after: readonly RouteView[];
  /** The selected VirtualServices; absent: nothing was planned. */
  readonly virtualServices?: readonly VirtualServiceView[];
  /** As in `Snapshot`. */
  readonly gatewayServers?: Snapshot['gatewayServers'];
  /** What was asked for; absent: the words could not be read. */
  readonly asked?: AskedFor;
  readonly phases: readonly Phase[];
  readonly texts: readonly TextChange[];
  /** Whom the change is about; null where nothing was planned, and for `show`. */
  readonly reach: Reach | null;
  readonly findings: readonly Finding[];
  /** Of the operation show, where it was asked for: what each proxy has of the VirtualServices. */
  readonly proxies?: readonly ProxyView[];
  /** What makes sure that the proxies have the routes; absent: nothing does. */
  readonly confirmation?: Confirmation;
  /** Only after the last wait is over, and never under `dryRun`. */
  readonly safeToScaleDown: readonly string[];
  /** Of the operation explain: a request each, those with an expectation last. */
  readonly explanations: readonly Explanation[];
  /** Of the operation history: the newest first. */
  readonly history: readonly HistoryView[];
  /** Of weight and promote: the build that the base routes would go back to. */
  readonly previous: PreviousBuild | null;
  /** As in `Plan`. */
  readonly shared?: string;
  /** What the change does, whichever operation makes it; empty: nothing was planned, or nothing is written. */
  readonly effects: readonly ChangeEffect[];
  readonly failure: Failure | null;
  /** What a failure left of what had been written by then; absent: nothing. */
  readonly left?: WhatIsLeft;
  /** Of `canary`: its stages, and how it ended. */
  readonly canary?: CanaryReport;
  /** Of the operation show: by the requests that get them. */
  readonly previews?: readonly PreviewView[];
  /** Of `headers` with a link: what opens the preview in a browser. */
  readonly previewUrl?: string;
  /** Of `undo`: the change that it took back. */
  readonly undone?: Undone;
  /** Of `prune`: a verdict on each build that had a preview. */
  readonly pruned?: readonly PrunedView[];
  /** Of a change of several services, in their order. */
  readonly services?: readonly ServiceOutcome[];
}

/** What a change of several services is about in one of them. */
export interface ServiceOutcome {
  /** As in `ServicePlan`. */
  readonly title: string;
  readonly selection: Readonly<Record<string, string>>;
  /** `app=api,build=10`; null: what some requests get. */
  readonly podSelector: string | null;
  readonly subset: string | null;
  /** As in `Outcome`. */
  readonly previous: PreviousBuild | null;
  /** `namespace/name` of those that it selects. */
  readonly virtualServices: readonly string[];
  /** Titles of the objects that were to be written for it. */
  readonly writes: readonly string[];
  readonly findings: readonly Finding[];
}

export interface Confirmation {
  /** `proxies`: they, or istiod, said so; `waited`: for a part of them at least, propagation-wait went by instead. */
  readonly how: 'proxies' | 'waited';
  /** `Routes are in 2 of 2 gateway pods after 0.3 s`; empty where nobody was asked. */
  readonly words: string;
}

export type WhatIsLeft =
  /** Routes that are still changed, or perhaps are. */
  | 'routes'
  /** The routes are as they were; DestinationRules are still changed, or perhaps are. */
  | 'rules'
  /** The whole change, and subsets that were to go and that nothing uses any more. */
  | 'change';

export interface Failure {
  readonly reason: FailureReason;
  readonly message: string;
}

/** A text that a change changes, for the diff. */
export interface TextChange {
  /** A file's path, or `VirtualService shop/api`. */
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

/** The outcome of a run that ended before it had a request: nothing was contacted, nothing is known. */
export function failed({ reason, message }: Failure): Outcome {
  return {
    operation: null,
    place: null,
    namespace: null,
    dryRun: false,
    changed: false,
    subset: null,
    before: [],
    after: [],
    phases: [],
    texts: [],
    reach: null,
    findings: [],
    safeToScaleDown: [],
    explanations: [],
    history: [],
    previous: null,
    effects: [],
    failure: { reason, message },
  };
}
