import type { PreviewOwner } from './preview-owners.ts';
import type { DestinationRule, Labels, PodView, ServiceView, VirtualService } from '../istio/types.ts';
import type { NotUnderstood } from '../istio/not-understood.ts';
import type { Explanation } from './explanation.ts';
import type { Finding } from '../base/findings.ts';
import type { GatewayApiRoute } from '../istio/gateway-api.ts';
import type { GatewayServer } from '../istio/gateways.ts';
import type { SidecarScope } from '../istio/sidecar-scope.ts';
import type { PreviewView, RouteView } from './view-types.ts';
import type { VirtualServiceView } from './virtual-service-views.ts';

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
  /** With the WorkloadEntries that ServiceEntries may select. */
  readonly pods: Listing<PodView>;
  /** Why these WorkloadEntries could not be read; absent: they were, or no ServiceEntry selects any. */
  readonly unreadWorkloads?: string;
  readonly services: Listing<ServiceView>;
  /** Of manifests: the Services and ServiceEntries in the files. The cluster may have others. */
  readonly declared?: readonly ServiceView[];
  /** In a cluster: the namespaces that VirtualServices were read of, likewise. */
  readonly virtualServicesOf?: 'all' | readonly string[];
  /** The DNS domain of the cluster, that short names are resolved in; absent: not worked out yet (`withClusterDomain`). */
  readonly clusterDomain?: string;
  /** Inputs by their names that a command about the same objects has to repeat: where these are. */
  readonly repeated?: Readonly<Record<string, string>>;
  /** The namespaces that the pods of a gateway (`namespace/name`) are in, where that was found out. */
  readonly gatewayNamespaces?: ReadonlyMap<string, readonly string[]>;
  /** What a gateway (`namespace/name`) serves, where that was read. */
  readonly gatewayServers?: Readonly<Record<string, readonly GatewayServer[]>>;
  /** Gateways (`namespace/name`) that VirtualServices name and that are nowhere in the cluster; absent: not known. */
  readonly absentGateways?: readonly string[];
  /** For each Gateway that a VirtualService names, others that have pods in common with it; absent: only selectors tell. */
  readonly podsInCommon?: Readonly<Record<string, readonly string[]>>;
  /** Routes of the Gateway API; absent: not known. */
  readonly gatewayApiRoutes?: readonly GatewayApiRoute[];
  /** Sidecar resources; absent: not known. */
  readonly sidecars?: readonly SidecarScope[];
  /** Objects that are set aside, because they are not what Istio describes; nobody knows what they do. */
  readonly notUnderstood?: readonly NotUnderstood[];
  /** Of manifests: where a VirtualService may be that could not be read, and why not. */
  readonly unread?: readonly string[];
  /** Of manifests: what Kubernetes would refuse in their text, each with file, line and column. Nothing is changed then. */
  readonly refused?: readonly string[];
  /** When it was read, as ISO 8601 in UTC; absent: nobody said. */
  readonly time?: string;
  /** The pull requests of repositories, where an operation goes by them. */
  readonly pullRequests?: ReadonlyMap<string, PullRequests>;
  /** Of manifests: documents of controllers that write routes of their own once they are in a cluster. */
  readonly controllers?: readonly RouteController[];
  /** Of manifests: patches that change routes or subsets when the manifests are built. */
  readonly patches?: readonly BuildPatch[];
}

/** A patch of a kustomization, for one object. */
export interface BuildPatch {
  /** `patches[0] of prod/kustomization.yaml` */
  readonly place: string;
  /** Title of the object: `VirtualService shop/api`. */
  readonly object: string;
  /** At least one: `spec.http`. */
  readonly fields: readonly string[];
}

/** A document that makes a controller write routes. */
export interface RouteController {
  readonly controller: 'Argo Rollouts' | 'Flagger';
  /** `Rollout shop/api in deploy/rollout.yaml:3` */
  readonly place: string;
  /** Titles of the objects that it writes: `VirtualService shop/api`. */
  readonly writes: readonly string[];
}

/** `forbidden`: we may not read them, `reason` says why; `none`: there are none (manifests). */
export type Listing<T> =
  | { readonly state: 'known'; readonly items: readonly T[] }
  | { readonly state: 'forbidden'; readonly reason: string }
  | { readonly state: 'none' };

/** The pull requests of a repository. */
export type PullRequests =
  | { readonly state: 'known'; readonly open: ReadonlySet<number> }
  /** `why`: follows the name of one of them and a colon. */
  | { readonly state: 'unknown'; readonly why: string };

/** Why a build's previews went, or stayed. */
export interface PrunedView {
  readonly subset: string;
  readonly host: string;
  readonly isGone: boolean;
  /** Kebab-case: `pull-request-closed`. */
  readonly reason: string;
  /** The reason, in words that follow the name of the build. */
  readonly words: string;
  readonly owner: PreviewOwner | null;
}

/** What is to be written, in order, and what it means. Made by `plan/`, never changed afterwards. */
export interface Plan {
  /** As reports name it. */
  readonly operation: string;
  /** It is about the objects of every namespace; absent: about those of one. */
  readonly isOfAllNamespaces?: true;
  /** The target subset's name; null where the operation is about none (show, clear). */
  readonly subset: string | null;
  /** Phases with nothing to do are left out; no phases: nothing changes. */
  readonly phases: readonly Phase[];
  /** The selected VirtualServices' routes as they are and as they will be. */
  readonly before: readonly RouteView[];
  readonly after: readonly RouteView[];
  /** The selected VirtualServices. */
  readonly virtualServices?: readonly VirtualServiceView[];
  /** As in `Snapshot`. */
  readonly gatewayServers?: Snapshot['gatewayServers'];
  /** Pod selectors (`app=api,build=10`) that got requests before and get none after. */
  readonly safeToScaleDown: readonly string[];
  readonly findings: readonly Finding[];
  /** Of the operation explain alone. */
  readonly explanations?: readonly Explanation[];
  /** Of `undo`: the change that is taken back; absent where there is none. */
  readonly undone?: Undone;
  /** Of the operation show alone. */
  readonly previews?: readonly PreviewView[];
  /** Of the operation history alone. */
  readonly history?: readonly HistoryView[];
  /** Of `headers` with a link: what opens the preview in a browser. */
  readonly previewUrl?: string;
  /** What was asked for, in brief, for the history: `20 %`, `x-cid=a`. */
  readonly asked?: string;
  /** Labels of the build that the change is about. */
  readonly labels?: Labels;
  /** Of `weight` and `promote`: the build that the others' requests went to before, or still go to. */
  readonly previous?: PreviousBuild;
  /** Of `weight`: what the build's pods get by other subsets as well, for the headline; absent: nothing. */
  readonly shared?: string;
  /** Of `prune`: a verdict on each build that has a preview. */
  readonly pruned?: readonly PrunedView[];
  /** Absent: it writes nothing. */
  readonly effects?: readonly ChangeEffect[];
  /** As in `ChangeDraft`, by title. */
  readonly wayBack?: ReadonlyMap<string, VirtualService>;
  /** Where they are not the same for all VirtualServices: the builds that the change is about, by title. */
  readonly builds?: ReadonlyMap<string, ChangedBuild>;
  /** Of a change of several services: one after the other, each planned on what those before it leave. */
  readonly services?: readonly ServicePlan[];
}

/** The build that a change of one VirtualService is about. */
export interface ChangedBuild {
  /** The name of its subset; null: there is none, or there are several. */
  readonly subset: string | null;
  readonly labels: Labels | null;
}

/** What a change of several services does to one of them. */
export interface ServicePlan {
  /** As its line says it, without the build: `app=api`, `virtual-service: shop, hostname: cart`. */
  readonly title: string;
  /** The inputs that select its VirtualServices, by their names. */
  readonly selection: Readonly<Record<string, string>>;
  /** `app=api,build=10`; null: what some requests get. */
  readonly podSelector: string | null;
  /** By itself, on the objects as the services before it leave them. */
  readonly plan: Plan;
}

/** The build that the base routes would go back to. */
export interface PreviousBuild {
  readonly subset: string;
  /** `app=api,build=9`. */
  readonly podSelector: string;
}

/** A change in the history, for people and for the output `history`. */
export interface HistoryView {
  /** 1: the newest. */
  readonly number: number;
  readonly operation: string;
  /** It reverted what the operation had done. */
  readonly isUndo: boolean;
  readonly subset: string | null;
  readonly podSelector: string | null;
  /** In brief: `20 %`, `x-cid=a`. */
  readonly asked: string | null;
  readonly by: string | null;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly repository: string | null;
  readonly run: string | null;
  /** The pull request that the run was about, `octo-org/api#10`; null: none, or it is not known. */
  readonly pullRequest: string | null;
  /** Its address, where that of the run is known. */
  readonly pullRequestUrl: string | null;
  /** Names of the VirtualServices that it wrote. */
  readonly virtualServices: readonly string[];
  /** Is what it made still there? `unknown`: it left nothing to recognise it by. */
  readonly isThere: 'yes' | 'partly' | 'no' | 'unknown';
}

/** What a change did, in the words of its operation. */
export interface ChangeSummary {
  /** `weight`; never `undo`. */
  readonly operation: string;
  readonly subset: string | null;
  /** It took back what the operation had done; taken back itself, that is done again. */
  readonly isBack: boolean;
  readonly effects: readonly ChangeEffect[];
}

/** What a change does, whichever operation makes it. */
export const CHANGE_EFFECTS = [
  /** It is about a build that is to get requests, copies of them, or no longer a share. */
  'shifts-to-build',
  /** It puts or removes previews. */
  'previews',
  /** It changes routes that a user wrote. */
  'routes',
  /** It leaves no baseline to go back to: only the history knows what was there before. */
  'cuts-over',
] as const;

export type ChangeEffect = (typeof CHANGE_EFFECTS)[number];

/** A change that is taken back: what it did, by whom and when. */
export interface Undone {
  readonly summary: ChangeSummary;
  /** null: nobody knows. */
  readonly by: string | null;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** How many changes are taken back, where it is more than this one: it and all that came after it. */
  readonly count?: number;
}

/**
 * Subsets come before the routes that need them and go after the routes that needed them: Envoy answers 503
 * for a route to a subset it doesn't know.
 *
 * @see https://istio.io/latest/docs/ops/best-practices/traffic-management/#avoid-503-errors-while-reconfiguring-service-routes
 */
export const PHASES = ['add-subsets', 'routes', 'remove-subsets'] as const;

export type PhaseName = (typeof PHASES)[number];

export interface Phase {
  readonly name: PhaseName;
  readonly writes: readonly Write[];
}

/** One object as it is and as it shall be. In a later phase, `before` is what an earlier phase has written. */
export type Write =
  | VirtualServiceWrite
  | {
      readonly kind: 'DestinationRule';
      readonly before: DestinationRule;
      readonly after: DestinationRule;
      /**
       * Absent: it is replaced. `create`: it is not there yet, and `before` is the rule without subsets, which means the
       * same as none. `delete`: it goes whole, and `after` is what it would be without subsets.
       */
      readonly how?: 'create' | 'delete';
    };

export interface VirtualServiceWrite {
  readonly kind: 'VirtualService';
  readonly before: VirtualService;
  readonly after: VirtualService;
}
