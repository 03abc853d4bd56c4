/** Which builds a rollback or a clear is about. */
import type { ClearMode } from '../../intent/types.ts';
import { hasLabels } from '../../istio/labels.ts';
import type { Selection } from '../../istio/selection.ts';
import type { Destination, DestinationRule, Labels, VirtualService } from '../../istio/types.ts';
import { sameJson } from '../../base/json.ts';
import { previewOwners } from '../../plan/preview-owners.ts';
import type { Snapshot } from '../../plan/types.ts';
import { isEditedSubset, labelsIn } from './ours.ts';

/** Which builds are taken back: one, or all of them. */
export type BuildChoice = Selection &
  (
    | { readonly operation: 'rollback'; readonly podLabels: Labels }
    | { readonly operation: 'clear'; readonly mode: ClearMode }
    | { readonly operation: 'prune' }
  );

/** `maybe`: no rule has the subset, so nobody knows its labels. */
export type Answer = 'yes' | 'no' | 'maybe';

export type IsGone = (host: string, subset: string | null) => Answer;

/** What goes, and what proves whose it is. */
export interface TakenBack {
  /** What the Go istiops left goes as well. */
  readonly withGo: boolean;
  /** A build that is all that a route has is what the route keeps. */
  readonly keepsLast: boolean;
  readonly answerFor: (destination: Destination, namespace: string) => Answer;
  /**
   * Do previews stay in the VirtualService? As long as they do, its routes keep to their stable subset: the whole service
   * takes in the pods of the builds that the previews are for.
   */
  readonly previewsStay: (virtualService: VirtualService) => Answer;
  /** Ready pods of a build that goes may keep a route to its stable subset, too. */
  readonly knowsPods: boolean;
  /** Does a DestinationRule prove that istiops made its subset? */
  readonly isProven: (destination: Destination, namespace: string) => boolean;
}

/** @param rules as they are before the change */
export function goneBy(snapshot: Snapshot, intent: BuildChoice, rules: readonly DestinationRule[]): IsGone {
  return (host, subset) => {
    if (subset === null || subset === '') return 'no';
    const labels = labelsIn(rules, host, subset);
    if (labels === undefined) return intent.operation === 'clear' && intent.mode === 'all' ? 'yes' : 'maybe';
    if (intent.operation === 'rollback')
      return sameJson(labels, intent.podLabels) || isEditedSubset(rules, host, subset, intent.podLabels)
        ? 'yes'
        : 'no';
    if (intent.operation === 'prune') return isUnneeded(snapshot, subset, isStale(snapshot, labels));
    return intent.mode === 'all' ? 'yes' : isStale(snapshot, labels);
  };
}

/** A preview that its record says nobody needs goes, unless the build has a share as well. */
function isUnneeded(
  { virtualServices, time, pullRequests }: Snapshot,
  subset: string,
  stale: Answer,
): Answer {
  const isOver = virtualServices.some((virtualService) => {
    const owner = previewOwners(virtualService).get(subset);
    if (owner === undefined) return false;
    const { repository, pullRequest, expires } = owner;
    if (expires !== null && time !== undefined && expires <= time) return true;
    if (repository === null || pullRequest === null) return false;
    const known = pullRequests?.get(repository);
    return known?.state === 'known' && !known.open.has(pullRequest);
  });
  return isOver && stale === 'no' ? 'maybe' : stale;
}

/** Without a ready pod; one of other services that has the labels by chance leaves a doubt. */
function isStale({ pods, services }: Snapshot, labels: Labels): Answer {
  if (pods.state !== 'known') return 'maybe';
  const ready = pods.items.filter((pod) => pod.ready && hasLabels(pod.labels, labels));
  if (ready.length === 0) return 'yes';
  return services.state === 'known' && services.items.some(({ selector }) => selector !== undefined)
    ? 'maybe'
    : 'no';
}
