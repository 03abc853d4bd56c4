import { TrafficError } from '../base/errors.ts';
import { type LabelSelector, formatLabels, matchesSelector } from '../istio/labels.ts';
import { rulesCovering } from '../istio/rule-index.ts';
import type { DestinationRule, KubeObject, VirtualService } from '../istio/types.ts';
import type { Snapshot } from './types.ts';

/**
 * The VirtualServices of the namespace that the selector chooses; without a selector all of them.
 *
 * @throws TrafficError not-found where a selector chooses none; it says which labels are there
 */
export function selectVirtualServices(
  snapshot: Snapshot,
  selector: LabelSelector | undefined,
): readonly VirtualService[] {
  const here = snapshot.virtualServices.filter(inNamespace(snapshot));
  if (selector === undefined) return here;
  const selected = here.filter(isSelected(selector));
  if (selected.length > 0) return selected;
  const known = here.map((object) => `${object.metadata.name} (${labelsOf(object) || 'no labels'})`);
  throw new TrafficError(
    'not-found',
    `No VirtualService in namespace ${snapshot.namespace} has the labels ${selector.text}. ` +
      (known.length === 0
        ? 'There is none at all: check `namespace`, and `context` or `manifests`.'
        : `There ${known.length === 1 ? 'is' : 'are'}: ${joinFirst(known)}. Change \`label-selector\`, or label the VirtualService.`),
  );
}

/**
 * Every DestinationRule in sight for a host, in whatever namespace: those for exactly it, then those for wildcards,
 * the most specific first. Which of them a proxy uses, `clientGroups` says.
 */
export function rulesFor(snapshot: Snapshot, host: string): readonly DestinationRule[] {
  return rulesCovering(snapshot.destinationRules, host);
}

export function isSelected(selector: LabelSelector): (object: KubeObject) => boolean {
  return (object) => matchesSelector(selector, object.metadata.labels ?? {});
}

export function inNamespace(snapshot: Snapshot): (object: KubeObject) => boolean {
  return (object) => object.metadata.namespace === snapshot.namespace;
}

function labelsOf(object: KubeObject): string {
  return formatLabels(object.metadata.labels ?? {});
}

/** At most ten of them: an error is read on one screen. */
export function joinFirst(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
