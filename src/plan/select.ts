import { TrafficError } from '../errors.ts';
import type { LabelSelector } from '../intent/types.ts';
import { resolveHost } from '../istio/hosts.ts';
import { formatLabels, matchesSelector } from '../istio/labels.ts';
import type { DestinationRule, KubeObject, VirtualService } from '../istio/types.ts';
import { finding, refuse } from './findings.ts';
import { titleOf } from './objects.ts';
import type { Finding, Snapshot } from './types.ts';

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
        : `There ${known.length === 1 ? 'is' : 'are'}: ${someOf(known)}. Change \`label-selector\`, or label the VirtualService.`),
  );
}

/**
 * The DestinationRule whose subsets the service's routes use: the selected one for the host, else the only one
 * for it in the namespace.
 *
 * @param host resolved
 * @throws TrafficError ambiguous where there are several, check-failed with the YAML to create where there is none
 */
export function selectDestinationRule(
  snapshot: Snapshot,
  selector: LabelSelector | undefined,
  host: string,
): { readonly destinationRule: DestinationRule; readonly findings: readonly Finding[] } {
  const candidates = rulesFor(snapshot, host).filter(inNamespace(snapshot));
  const selected = selector === undefined ? candidates : candidates.filter(isSelected(selector));
  const [first, ...more] = selected.length > 0 ? selected : candidates;
  if (first === undefined) {
    return refuse(
      'destinationrule-missing',
      `No DestinationRule in namespace ${snapshot.namespace} is for the host ${host}, so there is no place for subsets. Create it and run again:\n${destinationRuleYaml(snapshot, host, selector)}`,
    );
  }
  if (more.length > 0) {
    throw new TrafficError(
      'ambiguous',
      `Several DestinationRules are for the host ${host}: ${someOf([first, ...more].map((object) => object.metadata.name))}. ` +
        `Make \`label-selector\` choose one of them, or merge them: Istio reads subsets of only one reliably.`,
    );
  }
  if (selected.length > 0 || selector === undefined) return { destinationRule: first, findings: [] };
  const message =
    `No DestinationRule with the labels ${selector.text} is for the host ${host}; ` +
    `${titleOf(first)} is the only one for it, so it was taken. Give it these labels to be sure.`;
  return {
    destinationRule: first,
    findings: [finding('destinationrule-unselected', 'warning', message, first)],
  };
}

/** Every DestinationRule in sight for a host, in whatever namespace. */
export function rulesFor(snapshot: Snapshot, host: string): readonly DestinationRule[] {
  return snapshot.destinationRules.filter(
    (rule) => resolveHost(rule.spec.host, rule.metadata.namespace) === host,
  );
}

function destinationRuleYaml(snapshot: Snapshot, host: string, selector: LabelSelector | undefined): string {
  const labels = (selector?.requirements ?? []).flatMap(({ key, operator, values: [value] }) =>
    operator === 'in' && value !== undefined ? [`    ${key}: ${JSON.stringify(value)}`] : [],
  );
  return [
    'apiVersion: networking.istio.io/v1',
    'kind: DestinationRule',
    'metadata:',
    `  name: ${host.split('.')[0] ?? host}`,
    `  namespace: ${snapshot.namespace}`,
    ...(labels.length > 0 ? ['  labels:', ...labels] : []),
    'spec:',
    `  host: ${host}`,
  ].join('\n');
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
export function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
