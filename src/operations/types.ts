/**
 * What an operation is made of. Each has a folder of its own, whose `operation.ts` is an entry of the registry
 * (`index.ts`): one that lacks a part doesn't compile.
 */
import type { Input } from '../intent/input.ts';
import type { Reader } from '../intent/reader.ts';
import type { ChangeDraft } from '../plan/draft.ts';
import type { Explanation } from '../plan/explanation.ts';
import type { HistoryView, Snapshot } from '../plan/types.ts';
import type { RouteView } from '../plan/view-types.ts';
import type { ExpectedChange } from '../reach/expected/change.ts';
import type { HeadlineInput } from './common/headline.ts';

/** How doors know an operation. */
export interface Door<I> {
  /** What it does, for `--help`: a verb first. */
  readonly summary: string;
  /** What happens, in whole sentences of Markdown: for the table of operations in the README. */
  readonly description: string;
  /** Flags that make a good call, for `--help`. A test runs it on `examples/shop`. */
  readonly example: string;
  /**
   * The inputs that it can't do without, and the others that it uses. Those of every operation, and of every one that
   * writes, come by themselves (`inputs.ts`).
   */
  readonly inputs: Readonly<Record<'required' | 'optional', readonly Input<unknown>[]>>;
  /** The intent; undefined where something that it needs is missing or at fault, which the reader knows. */
  read(reader: Reader): I | undefined;
  /**
   * Why it can't be done to manifests, and the input that says so; absent: it can.
   *
   * @param intent undefined where inputs are at fault
   */
  refusedForManifests?(
    intent: I | undefined,
  ): { readonly input: Input<unknown>; readonly problem: string } | undefined;
}

interface AnyOperation<I extends { readonly operation: string }> {
  /** As the input `operation` names it, and the intent. */
  readonly name: I['operation'];
  /**
   * What is read: the objects of the namespace; what others have for the same hosts as well, which decides what
   * requests feel of a change (`mesh`); and where the gateways' pods are.
   */
  readonly reads: 'namespace' | 'mesh' | 'mesh-and-servers' | 'mesh-and-gateways';
}

/** What an operation that only reads shows: every report has a section for each. */
export type ShownSection = 'routes' | 'explanations' | 'history';

/** An operation that writes nothing. */
export interface ReadOperation<I extends { readonly operation: string }> extends AnyOperation<I> {
  readonly kind: 'read';
  readonly door: Door<I>;
  /** What is read in place of `reads`, where that depends on what is asked. */
  readsFor?(intent: I): AnyOperation<I>['reads'];
  /** Are the proxies asked what they have of the routes that it shows? Absent: never. */
  asksProxies?(intent: I): boolean;
  readonly shows: ShownSection;
  /** What was found, in one sentence. */
  readonly headline: (found: ReadResult) => string;
}

/** What an operation found that only reads. */
export interface ReadResult {
  readonly namespace: string | null;
  readonly routes: readonly RouteView[];
  readonly explanations: readonly Explanation[];
  readonly history: readonly HistoryView[];
}

/** What an operation that writes is made of, whoever calls it. */
export interface ChangeParts<I extends { readonly operation: string }> extends AnyOperation<I> {
  readonly kind: 'change';
  /**
   * - `forward`: it adds something, such as traffic of a build or a setting of a route.
   * - `builds-back`: it removes what istiops made for builds, which it recognises by names and baselines.
   * - `changes-back`: it reverts changes by their records.
   *
   * The last two go on where things are in disorder, because they are how one gets out of it.
   */
  readonly direction: 'forward' | 'builds-back' | 'changes-back';
  /** What was asked for, in brief, for the history; undefined where the operation and the build say it all. */
  brief(intent: I): string | undefined;
  readonly takesBack: TakesBack;
}

/** How a change is planned and guarded: apart from what its operation is, because a run that only reads needs none of it. */
export interface Planner<I extends { readonly operation: string }> {
  /**
   * What it wants of the objects. Nothing but the snapshot and the intent goes in.
   *
   * @throws TrafficError not-found, ambiguous, check-failed, forbidden: what is asked for can't be planned
   */
  plan(snapshot: Snapshot, intent: I): ChangeDraft;
  /** What it may change, for the guard: said a second time, in requests, without a look at the plan. */
  expect(snapshot: Snapshot, intent: I): ExpectedChange;
  /** Repositories (`octo-org/api`) whose open pull requests decide what it does; absent: it goes by none. */
  pullRequestsOf?(snapshot: Snapshot, intent: I): readonly string[];
}

/** An operation that writes. */
export interface ChangeOperation<I extends { readonly operation: string }> extends ChangeParts<I> {
  readonly door: Door<I>;
  readonly words: ChangeWords;
}

/** The sentences of the headline. */
export interface ChangeWords {
  /** What it did or, under `dry-run`, would do. */
  readonly changed: (change: HeadlineInput) => string;
  /** How things stand, where it had nothing to do: after `Nothing to do: `. */
  readonly unchanged: (change: HeadlineInput) => string;
}

/** One that no door has a word for: a run starts it by itself, and reports it under the name of another. */
export interface InnerOperation<
  I extends { readonly operation: string },
  Name extends string,
> extends ChangeParts<I> {
  readonly reportedAs: Name;
}

/**
 * How a change of the operation is taken back. `undo` can revert all of them: it goes by a record of fields that every
 * write comes with.
 */
export type TakesBack =
  /** Nothing of it is of one build, or it removes what is: `rollback` has nothing to do with it. */
  | { readonly by: 'undo' }
  /**
   * It gives something to a build, so `rollback` of the build and `clear` have to take it away and leave the routes as
   * they were, subsets and fields that users wrote included. They know two things that an operation can make: previews
   * (by their names), and shares in the `route` lists of hand-written routes (by the baseline). An operation that writes
   * another field, such as `mirror`, has to teach them first: what it found there must be remembered, and put back
   * (CONTRIBUTING says where).
   */
  | { readonly by: 'rollback'; readonly makes: readonly ('previews' | 'shares')[] };
