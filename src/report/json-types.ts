/** The shapes of `--output json`, which `schema/outcome.schema.json` describes. */
import type { ProxyView } from '../confirm/proxy-view.ts';
import type { FailureReason } from '../base/errors.ts';
import type { Operation } from '../operations/index.ts';
import type { HttpRequest } from '../istio/requests/request.ts';
import type { JsonObject } from '../base/json.ts';
import type { Explanation } from '../plan/explanation.ts';
import type { BuildView, ChangeView } from '../plan/virtual-service-views.ts';
import type { HistoryView, PhaseName, Write } from '../plan/types.ts';
import type { MirrorView, PreviewView, RouteView } from '../plan/view-types.ts';
import type { Severity } from '../base/findings.ts';
import { type CanaryJson } from './canary/json.ts';
import { type PrunedJson } from './pruned.ts';
import { type ServiceJson } from './service-parts.ts';

/**
 * The one object of `--output json`, on failure too. A word that there is none for is an empty text, as in the
 * Action's outputs. Described by `schema/outcome.schema.json`.
 */
export interface OutcomeJson {
  readonly changed: boolean;
  readonly operation: Operation | '';
  readonly dryRun: boolean;
  /** `cluster https://…`, `manifests in examples/`. */
  readonly place: string;
  /** The kubeconfig's context and its API server's URL; empty with manifests. */
  readonly context: string;
  readonly server: string;
  readonly namespace: string;
  readonly subset: string;
  /** Of weight and promote: the build that the base routes would go back to; empty where there is none. */
  readonly previousSubset: string;
  /** `app=api,build=9` */
  readonly previousPodSelector: string;
  /** Of headers with a link: what opens the preview in a browser; empty where there is none. */
  readonly previewUrl: string;
  /** What each route of the selected VirtualServices now sends where; under `dryRun`, would send. */
  readonly routes: readonly RouteJson[];
  /** Unified, of YAML. */
  readonly diff: string;
  readonly plan: PlanJson;
  /** Whom the change is about; null where nothing was planned. */
  readonly reach: ReachJson | null;
  /** What makes sure that the proxies have the routes. */
  readonly confirmed: 'proxies' | 'waited' | 'none';
  /** `Routes are in 2 of 2 gateway pods after 0.3 s`; empty where nobody was asked. */
  readonly confirmation: string;
  /** Pod selectors that no route sends to any more. */
  readonly safeToScaleDown: readonly string[];
  readonly failureReason: FailureReason | '';
  readonly findings: readonly FindingJson[];
  /** Of the operation show alone. */
  readonly virtualServices?: readonly VirtualServiceJson[];
  /** Of the operation show alone: by the requests that get them. */
  readonly previews?: readonly PreviewView[];
  /** Of the operation prune alone: what went. */
  readonly pruned?: readonly PrunedJson[];
  /** Of the operation show with the input proxies. */
  readonly proxies?: readonly ProxyView[];
  /** Of the operation explain alone. */
  readonly explanations?: readonly Explanation[];
  /** Of the operation history alone. */
  readonly history?: readonly HistoryView[];
  /** Of the operation canary alone. */
  readonly canary?: CanaryJson;
  /** With the input services alone. */
  readonly services?: readonly ServiceJson[];
  readonly failure: { readonly reason: FailureReason; readonly message: string } | null;
}

/** A VirtualService as a whole. */
export interface VirtualServiceJson {
  readonly namespace: string;
  readonly name: string;
  readonly hosts: readonly string[];
  readonly gateways: readonly string[];
  readonly lastChange: ChangeView | null;
  readonly builds: readonly BuildView[];
}

/** A route as the schema promises it: its match in words, and of its other fields those that name a build. */
export interface RouteJson extends Omit<RouteView, 'conditions' | 'settings' | 'isDefault'> {
  readonly mirrors: readonly MirrorView[];
}

/** The classes of requests that were compared, and what changes for which. */
export interface ReachJson {
  readonly classes: number;
  readonly sampled: boolean;
  readonly skipped: number;
  /** Of the kinds of requests that the operation was asked about, how many feel the change. */
  readonly asked: { readonly classes: number; readonly reached: number; readonly undecided: number };
  readonly changes: readonly ReachChangeJson[];
  /** What nobody asked for: it refuses the write. */
  readonly unexpected: readonly (ReachChangeJson & { readonly expected: string })[];
}

export interface ReachChangeJson {
  readonly object: string;
  readonly who: string;
  readonly before: string;
  readonly after: string;
  readonly classes: number;
  /** A request that it is so for; null for connections. */
  readonly example: HttpRequest | null;
}

/** What is written, in order. */
export interface PlanJson {
  readonly operation: Operation | '';
  readonly subset: string;
  readonly phases: readonly PhaseJson[];
}

export interface PhaseJson {
  readonly name: PhaseName;
  readonly writes: readonly WriteJson[];
}

export interface WriteJson {
  readonly kind: Write['kind'];
  readonly namespace: string;
  readonly name: string;
  /** Is it there already, and will it be there afterwards? */
  readonly how: 'update' | 'create' | 'delete';
  /** The object as it shall be, less `managedFields`. */
  readonly document: JsonObject;
}

export interface FindingJson {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly object: string | null;
}
