/**
 * What a run has done so far, in order. Entries are added and never changed; whatever the run decides by later, and its
 * outcome, is read from them (`journal-readers.ts`).
 */
import type { Finding } from '../base/findings.ts';
import type { ProxyView } from '../confirm/proxy-view.ts';
import type { DestinationRule, VirtualService } from '../istio/types.ts';
import type { PhaseName, Plan, Snapshot, Write } from '../plan/types.ts';
import type { Author } from '../ports/collaborators.ts';
import type { Reach } from '../reach/types.ts';
import type { Stamp } from '../undo/record.ts';

export type RoutingObject = VirtualService | DestinationRule;

export type Entry =
  /** Everything a plan needs was read. */
  | { readonly kind: 'read'; readonly namespace: string }
  /** All of what was asked for, and what was read; every conflict makes a new plan. */
  | { readonly kind: 'planned'; readonly plan: Plan; readonly snapshot: Snapshot }
  /** The guard has compared what requests get before and after that plan. */
  | { readonly kind: 'guarded'; readonly reach: Reach }
  /** What is left to write of that plan, as it is written: with who changes it, and how to revert it. */
  | {
      readonly kind: 'signed';
      readonly plan: Plan;
      readonly stamp: Stamp;
      readonly author: Author | undefined;
    }
  | { readonly kind: 'rehearsed' }
  /** A finding beside those of the plan. */
  | { readonly kind: 'found'; readonly finding: Finding }
  /** `stored`: the object as the server then had it. */
  | {
      readonly kind: 'wrote';
      readonly phase: PhaseName;
      readonly write: Write;
      readonly stored: RoutingObject;
    }
  /** No answer came to a write: it may have been written, as it was sent. */
  | {
      readonly kind: 'unanswered';
      readonly phase: PhaseName;
      readonly write: Write;
      readonly sent: RoutingObject;
    }
  /** What became of the write that was not answered; `stored` is null where nothing was written. */
  | { readonly kind: 'settled'; readonly stored: RoutingObject | null }
  /** Somebody else has changed the object of a write meanwhile. */
  | { readonly kind: 'overtaken'; readonly phase: PhaseName }
  /** An attempt ended with a conflict; `time` as `elapsed` counts. */
  | { readonly kind: 'conflict'; readonly time: number }
  /** The time for trying again after conflicts is over. */
  | { readonly kind: 'retries-exhausted' }
  /** What each proxy has of the VirtualServices that are shown. */
  | { readonly kind: 'proxies'; readonly views: readonly ProxyView[] }
  /** What makes sure that the proxies have what was written: they said so, or a wait went by. */
  | {
      readonly kind: 'confirmed';
      readonly phase: PhaseName;
      readonly how: 'proxies' | 'waited';
      /** `Routes are in 2 of 2 gateway pods after 0.3 s`; empty where nobody was asked. */
      readonly words: string;
    }
  /** The proxies may still have the routes of before. */
  | { readonly kind: 'unconfirmed' }
  /** The probe of the change has begun. */
  | { readonly kind: 'probed' }
  /** The change is done, and holds: subsets that nothing uses any more are being removed. */
  | { readonly kind: 'tidying' }
  /** From here on, what was written is being undone. */
  | { readonly kind: 'undoing' }
  /** Something that was written is undone; the object as the server then had it. */
  | { readonly kind: 'undid'; readonly stored: RoutingObject }
  /** After all, the object of this title is still changed. */
  | { readonly kind: 'left'; readonly title: string }
  /** The change is done, and every wait is over. */
  | { readonly kind: 'finished' };

export interface Journal {
  /** So far, in order; grows with `add`. */
  readonly entries: readonly Entry[];
  readonly add: (entry: Entry) => void;
}

export function openJournal(): Journal {
  const entries: Entry[] = [];
  return {
    entries,
    add: (entry) => {
      entries.push(entry);
    },
  };
}
