/** Which builds a rollback or a clear is about. */
import type { ClearMode, HeaderMatch } from '../../intent/types.ts';
import { namespaceInHost } from '../../istio/consulted-rule.ts';
import { hasLabels, mayBeOfLabels } from '../../istio/labels.ts';
import { selects, type Selection } from '../../istio/selection.ts';
import type { Destination, DestinationRule, Labels, ServiceView, VirtualService } from '../../istio/types.ts';
import { isObject, parseJson, sameJson, type Json } from '../../base/json.ts';
import type { Snapshot } from '../../plan/types.ts';
import { isEditedSubset, labelsIn } from './ours.ts';
import { mayBeOver } from './owners.ts';

/** Which builds are taken back: one, or all of them. */
export type BuildChoice = Selection &
  (
    | { readonly operation: 'rollback'; readonly podLabels: Labels }
    /** The builds that requests with these headers get by a preview. */
    | { readonly operation: 'rollback'; readonly alternatives: readonly HeaderMatch[] }
    | { readonly operation: 'clear'; readonly mode: ClearMode }
    | { readonly operation: 'prune' }
  );

/** `maybe`: no rule has the subset, so nobody knows its labels. */
export type Certainty = 'yes' | 'no' | 'maybe';

export type IsGone = (host: string, subset: string | null) => Certainty;

/** What goes, and what proves whose it is. */
export interface RemovalContext {
  /** What the Go istiops left goes as well. */
  readonly withGo: boolean;
  /** A build that is all that a route has is what the route keeps. */
  readonly keepsLast: boolean;
  readonly answerFor: (destination: Destination, namespace: string) => Certainty;
  /**
   * Do previews stay in the VirtualService? As long as they do, its routes keep to their stable subset: the whole service
   * takes in the pods of the builds that the previews are for.
   */
  readonly previewsStay: (virtualService: VirtualService) => Certainty;
  /** Ready pods of a build that goes may keep a route to its stable subset, too. */
  readonly knowsPods: boolean;
  /** Does a DestinationRule prove that istiops made its subset? */
  readonly isProven: (destination: Destination, namespace: string) => boolean;
}

/** @param rules as they are before the change */
export function goneBy(
  snapshot: Snapshot,
  intent: Exclude<BuildChoice, { readonly alternatives: unknown }>,
  rules: readonly DestinationRule[],
): IsGone {
  const left = intent.operation === 'rollback' ? [] : leftCanaries(snapshot, intent);
  return (host, subset) => {
    if (subset === null || subset === '') return 'no';
    const labels = labelsIn(rules, host, subset);
    if (labels === undefined) return intent.operation === 'clear' && intent.mode === 'all' ? 'yes' : 'maybe';
    if ('podLabels' in intent)
      return sameJson(labels, intent.podLabels) || isEditedSubset(rules, host, subset, intent.podLabels)
        ? 'yes'
        : 'no';
    if (left.some((one) => sameJson(one, labels))) return 'yes';
    if (intent.operation === 'prune') return isUnneeded(snapshot, subset, isStale(snapshot, labels, host));
    if (intent.mode === 'all') return 'yes';
    return isStale(snapshot, labels, host);
  };
}

/** Labels of builds whose canary should have gone on by now: nobody watches them any more. */
function leftCanaries({ virtualServices, time }: Snapshot, choice: Selection): readonly Json[] {
  return virtualServices.flatMap(({ metadata }) => {
    const text = metadata.annotations?.['istiops/canary'];
    if (text === undefined || time === undefined || !selects(choice, metadata)) return [];
    const stored = parseJson(text);
    if (!isObject(stored) || typeof stored['until'] !== 'string') return [];
    return Date.parse(stored['until']) < Date.parse(time) ? [stored['labels'] ?? null] : [];
  });
}

/** A preview that its record says nobody needs goes, unless the build has a share as well. */
function isUnneeded(snapshot: Snapshot, subset: string, stale: Certainty): Certainty {
  const isOver = snapshot.virtualServices.some((one) => mayBeOver(one, subset, snapshot));
  return isOver && stale === 'no' ? 'maybe' : stale;
}

/** Without a ready pod; one of other services that has the labels by chance leaves a doubt. */
function isStale(
  { pods, services, namespace, unreadWorkloads }: Snapshot,
  labels: Labels,
  host: string,
): Certainty {
  if (pods.state !== 'known') return 'maybe';
  // What another namespace runs is not seen: the build may be live.
  if ((namespaceInHost(host) ?? namespace) !== namespace) return 'no';
  const known = services.state === 'known' ? services.items : [];
  const own = known.filter(({ hosts }) => hosts.includes(host));
  if (own.some((one) => listsEndpoint(one, labels))) return 'no';
  const isUnreadyEnough = own.some(({ publishesNotReady }) => publishesNotReady === true);
  const serving = pods.items.filter(
    (pod) => (pod.ready || isUnreadyEnough) && mayBeOfLabels(pod.labels, labels),
  );
  const mayHaveOthers =
    unreadWorkloads !== undefined &&
    own.some(({ kind, selector }) => kind === 'ServiceEntry' && selector !== undefined);
  if (serving.length === 0) return mayHaveOthers ? 'no' : 'yes';
  return known.some(({ selector }) => selector !== undefined) ? 'maybe' : 'no';
}

/** What a ServiceEntry lists needs no pod. */
function listsEndpoint({ endpoints = [] }: ServiceView, labels: Labels): boolean {
  return endpoints.some((one) => hasLabels(one, labels));
}
