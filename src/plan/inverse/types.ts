/** What takes a change back: plain JSON, compact enough for an annotation or the state of a step. */
import type { Route, RouteDestination, Subset } from '../../istio/types.ts';

/**
 * What a change made of the objects that it wrote is in here as fingerprints alone: enough to know it again. What
 * was there before is in here whole.
 */
export interface Inverse {
  readonly virtualServices: readonly RoutesBack[];
  readonly destinationRules: readonly SubsetsBack[];
}

export interface RoutesBack {
  readonly namespace: string;
  readonly name: string;
  /** Hand-written routes whose destinations, or what is remembered of them, changed. */
  readonly lists: readonly ListBack[];
  /** Routes that came and went: previews, and what the Go istiops left. */
  readonly runs: readonly RunBack[];
  readonly annotations: readonly AnnotationBack[];
}

/** Routes that share a list before and after share an entry: 2,000 of them take 22 KB. */
export interface ListBack {
  /** `identities` of the routes among those written by hand. */
  readonly routes: readonly string[];
  /** Absent: the list is what it was, only the memory of it changed. */
  readonly before?: readonly RouteDestination[];
  /** Fingerprint of the list that the change wrote. */
  readonly after: string;
  /** Fingerprint of the memory that the change left; null: none. Absent: it is what it was. */
  readonly memory?: string | null;
}

/** The routes that we made directly above one hand-written route, or below the last. */
export interface RunBack {
  /** Identity of the hand-written route below the run … */
  readonly above?: string;
  /** … or, for the run at the end, of the one above it; neither: no route is written by hand. */
  readonly below?: string;
  /** Those that the change put there. */
  readonly added: readonly Added[];
  /** The end of the run before, as far up as the place of those needs it that went: these whole, the others as fingerprints. */
  readonly removed: readonly (Route | string)[];
}

/** Known by its fingerprint; the name tells whether somebody else wrote another one in its place. */
export interface Added {
  readonly name?: string;
  readonly print: string;
}

export interface AnnotationBack {
  readonly key: string;
  /** null: there was none. */
  readonly before: string | null;
  /** Fingerprint; null: the change took it away. */
  readonly after: string | null;
}

export interface SubsetsBack {
  readonly namespace: string;
  readonly name: string;
  readonly added: readonly { readonly name: string; readonly print: string }[];
  readonly removed: readonly RemovedSubset[];
  /** `subsets` was there before, without any. */
  readonly wasEmpty?: true;
}

export interface RemovedSubset {
  readonly subset: Subset;
  /** The name of the subset before it; null: it was the first. */
  readonly follows: string | null;
  /** The same in the list of those that we made; absent: not ours. */
  readonly followsOwn?: string | null;
}

/** Something that was not taken back, for a person. */
export interface Untouched {
  /** `the destinations of http[0] (main) of VirtualService shop/api`. */
  readonly what: string;
  /** `somebody else changed them since`. */
  readonly why: string;
}
