/** What reverts a change: plain JSON, compact enough for an annotation or the state of a step. */
import type { Selection } from '../istio/selection.ts';
import type { Labels, Route, Subset } from '../istio/types.ts';
import type { Json } from '../base/json.ts';
import type { ChangeSummary, Undone } from '../plan/types.ts';

/**
 * What a change made of the objects that it wrote is in here as fingerprints alone: enough to recognise it. What was
 * there before is in here whole.
 */
export interface Undo {
  readonly virtualServices: readonly (RecordedName & VirtualServiceUndo)[];
  readonly destinationRules: readonly (RecordedName & DestinationRuleUndo)[];
}

export interface RecordedName {
  readonly namespace: string;
  readonly name: string;
}

export interface VirtualServiceUndo {
  /** Routes that were there before and after, and of which a field, or the baseline, changed. */
  readonly routes: readonly RouteUndo[];
  /** Routes that came and went: previews, and what the Go istiops left. */
  readonly previews: readonly PreviewsUndo[];
  readonly annotations: readonly AnnotationUndo[];
}

/** Routes whose fields changed in the same way share an entry: 2,000 of them need 22 KB. */
export interface RouteUndo {
  /** `routeIdentities` among the routes that users wrote. */
  readonly routes: readonly string[];
  readonly fields: readonly FieldUndo[];
  /**
   * Fingerprint of the baseline that the change left for the route; null: none. Absent: it is what it was. The name
   * is that of records that are kept in clusters.
   */
  readonly memory?: string | null;
}

/** A field of a route or a subset, whichever it is: `route`, `mirror`, `headers`, `timeout`. */
export interface FieldUndo {
  readonly name: string;
  /** null: it was not there. Absent: the change left it as it was, and it has to be so still. */
  readonly before?: Json;
  /** Fingerprint of what the change wrote; null: the change removed it. */
  readonly after: string | null;
}

/** The routes that istiops made directly above one hand-written route, or below the last. */
export interface PreviewsUndo {
  /** Identity of the hand-written route below the group … */
  readonly above?: string;
  /** … or, for the group at the end, of the one above it; neither: no route is written by hand. */
  readonly below?: string;
  /** Those that the change put there. */
  readonly added: readonly AddedRoute[];
  /** The end of the group before, from the first route that went: these whole, the others as fingerprints. */
  readonly removed: readonly (Route | string)[];
}

/** Recognised by its fingerprint; the name tells whether somebody else wrote another one in its place. */
export interface AddedRoute {
  readonly name?: string;
  readonly print: string;
}

export interface AnnotationUndo {
  readonly key: string;
  /** null: there was none. */
  readonly before: string | null;
  /** Fingerprint; null: the change removed it. */
  readonly after: string | null;
}

export interface DestinationRuleUndo {
  readonly added: readonly { readonly name: string; readonly print: string }[];
  readonly removed: readonly RemovedSubset[];
  /** Subsets that were there before and after, and of which a field changed. */
  readonly changed: readonly { readonly name: string; readonly fields: readonly FieldUndo[] }[];
  /** `subsets` was there before, and empty. */
  readonly wasEmpty?: true;
  /** The rule, which istiops had created, went whole: the host that it was for. */
  readonly goneHost?: string;
}

export interface RemovedSubset {
  readonly subset: Subset;
  /** The name of the subset before it; null: it was the first. */
  readonly follows: string | null;
  /** The same in `istiops/subsets`; absent: istiops had not made it. */
  readonly followsOwn?: string | null;
}

/** A change as `istiops/history` of one VirtualService has it. */
export interface RecordedChange {
  /** The same on every object that the change wrote. */
  readonly id: string;
  /** ISO 8601, UTC. To show; what is last is decided by other means (`history.ts`). */
  readonly time: string;
  readonly summary: ChangeSummary;
  /** Of the build's subset; null: the change was about no single build, or nobody knows. */
  readonly labels: Labels | null;
  /** In brief: `20 %`, `x-cid=a`. */
  readonly asked: string | null;
  readonly by: string | null;
  readonly repository: string | null;
  /** URL of the workflow run. */
  readonly run: string | null;
  /** Number of the pull request that the run was about, of `repository`. */
  readonly pullRequest: number | null;
  /** The VirtualServices that the change was to write, by name, sorted; all of one namespace. */
  readonly wrote: readonly string[];
  /** null: there was no room for it. */
  readonly undo: RecordedUndo | null;
}

/** What reverts a change on one VirtualService. It names no other VirtualService, and no namespace. */
export interface RecordedUndo extends VirtualServiceUndo {
  /** DestinationRules of the same namespace, for hosts of this VirtualService's routes. */
  readonly rules: readonly (DestinationRuleUndo & { readonly name: string })[];
  /**
   * Of a `promote` of a build that had every request already: the destinations before the build got any. Undoing
   * it would change nobody's requests otherwise.
   */
  readonly previous?: VirtualServiceUndo;
}

/** A change to revert: what it did, by whom and when, and what reverts it. */
export interface UndoPlan extends Undone {
  readonly undo: Undo;
  /** Of the build that the change was about, for the history. */
  readonly labels?: Labels;
}

/** Which change of the history is reverted. */
export interface ChangeChoice extends Selection {
  /** Of the build whose last change is meant; absent: the last change of all. */
  readonly podLabels?: Labels;
  /** Back to the state before the change of this number in the history, 1 being the newest. Not with `podLabels`. */
  readonly to?: number;
}

/** What one step of a job did, which is reverted. */
export interface StepChoice {
  readonly step: UndoPlan;
}

/** Something that was not reverted, for a person. */
export interface Conflict {
  /** It is a DestinationRule, whose subsets the routes would need. */
  readonly isRuleGone?: true;
  /** `the destinations of http[0] (main) of VirtualService shop/api`. */
  readonly what: string;
  /** `somebody else changed them since`. */
  readonly why: string;
}
