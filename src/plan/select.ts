import { TrafficError } from '../base/errors.ts';
import { nearest } from '../intent/nearest.ts';
import { chooser, nameText } from '../intent/selection.ts';
import { type LabelSelector, formatLabels, matchesSelector } from '../istio/labels.ts';
import { rulesCovering } from '../istio/rule-index.ts';
import { isNamed, selects, type ObjectName, type Selection } from '../istio/selection.ts';
import type { DestinationRule, KubeObject, VirtualService } from '../istio/types.ts';
import type { Snapshot } from './types.ts';

/**
 * The VirtualServices that are selected; without a selection all of them.
 *
 * @param range of the snapshot's namespace, or of all
 * @throws TrafficError not-found where a name or a selector finds none; it says which there are
 */
export function selectVirtualServices(
  snapshot: Snapshot,
  selection: Selection,
  range: 'own' | 'all' = 'own',
): readonly VirtualService[] {
  const here =
    range === 'all' ? snapshot.virtualServices : snapshot.virtualServices.filter(inNamespace(snapshot));
  const place: SearchedNamespace = range === 'all' ? null : snapshot.namespace;
  const { selector, virtualServices = [] } = selection;
  const missing = virtualServices.filter((name) => !here.some(({ metadata }) => isNamed(name, metadata)));
  const none = noneHere(snapshot);
  if (missing.length > 0) throw notThere(place, missing, here, none);
  const selected = here.filter(({ metadata }) => selects(selection, metadata));
  if (selector === undefined) return selected;
  if (virtualServices.length === 0 && selected.length === 0) throw noLabels(place, selector, here, none);
  // Who names an object wants it: to leave it out because of its labels would be half of what was asked for.
  const others = here.filter(
    ({ metadata }) =>
      virtualServices.some((name) => isNamed(name, metadata)) && !matchesSelector(selector, metadata.labels),
  );
  if (others.length > 0)
    throw new TrafficError(
      'not-found',
      `Of the VirtualServices that \`virtual-service\` names, ${joinFirst(others.map((one) => withLabels(place, one)))} ` +
        `${others.length === 1 ? 'does' : 'do'} not have the labels ${selector.text}, and ${chooser(selection)} selects those that have both. ` +
        'Leave out one of the two inputs.',
    );
  return selected;
}

/** The namespace that is looked at; null: all of them. */
type SearchedNamespace = string | null;

function searchedWords(place: SearchedNamespace): string {
  return place === null ? 'in any namespace' : `in namespace ${place}`;
}

/** Where the namespace has none: which has some, as far as that is in sight. */
function noneHere({ namespace, virtualServices }: Snapshot): string {
  const others = [...new Set(virtualServices.map(({ metadata }) => metadata.namespace))].sort();
  return others.length === 0
    ? 'There is none at all: check `namespace`, and `context` or `manifests`.'
    : `There is none at all in ${namespace}, but in ${joinFirst(others)}: give ${others.length === 1 ? 'that' : 'one of these'} as \`namespace\`.`;
}

function notThere(
  place: SearchedNamespace,
  missing: readonly ObjectName[],
  here: readonly VirtualService[],
  none: string,
): TrafficError {
  const names = here.map((object) => nameIn(place, object));
  const elsewhere = missing.filter(
    (one) => place !== null && one.namespace !== undefined && one.namespace !== place,
  );
  const [first] = missing;
  const suggested = first && nearest(place === null ? nameText(first) : first.name, names);
  const head = `There is no VirtualService ${missing.map(nameText).join(' or ')} ${searchedWords(place)}`;
  const guess =
    elsewhere.length === 0 && missing.length === 1 && suggested !== undefined
      ? `; did you mean ${suggested}?`
      : '.';
  const advice =
    elsewhere.length > 0
      ? ' An operation works in one namespace: give that one as `namespace`.'
      : place === null
        ? ' Change `virtual-service`.'
        : ' Change `virtual-service`, or give its namespace as `namespace`.';
  return new TrafficError(
    'not-found',
    names.length === 0 ? `${head}. ${none}` : `${head}${guess} ${thereAre(names)}.${advice}`,
  );
}

function noLabels(
  place: SearchedNamespace,
  selector: LabelSelector,
  here: readonly VirtualService[],
  none: string,
): TrafficError {
  const head = `No VirtualService ${searchedWords(place)} has the labels ${selector.text}`;
  if (here.length === 0) return new TrafficError('not-found', `${head}. ${none}`);
  const meant = probablyMeant(selector, here);
  return new TrafficError(
    'not-found',
    `${head}${unsetValue(selector)}${meant === undefined ? '.' : `; did you mean ${meant}?`} ${thereAre(here.map((one) => withLabels(place, one)))}. ` +
      'Change `label-selector`, or name the VirtualService with `virtual-service`.',
  );
}

/** `app=` is a label without a value, which hardly any object has. */
function unsetValue({ requirements }: LabelSelector): string {
  const empty = requirements.find(({ operator, values }) => operator === 'in' && values.includes(''));
  return empty === undefined ? '' : ` (${empty.key} with an empty value: a variable that is not set?)`;
}

/** Labels that differ by a few letters; else a VirtualService that is called like the label's value. */
function probablyMeant(selector: LabelSelector, here: readonly VirtualService[]): string | undefined {
  const pairs = here.flatMap(({ metadata }) => Object.entries(metadata.labels ?? {}));
  const labels = nearest(selector.text, [...new Set(pairs.map(([key, value]) => `${key}=${value}`))]);
  if (labels !== undefined) return `\`label-selector: ${labels}\``;
  const values = selector.requirements.flatMap(({ operator, values: all }) => (operator === 'in' ? all : []));
  const name = here.find(({ metadata }) => values.includes(metadata.name))?.metadata.name;
  return name && `\`virtual-service: ${name}\``;
}

function thereAre(names: readonly string[]): string {
  return `There ${names.length === 1 ? 'is' : 'are'}: ${joinFirst(names)}`;
}

function nameIn(place: SearchedNamespace, { metadata: { namespace, name } }: KubeObject): string {
  return place === null ? `${namespace}/${name}` : name;
}

function withLabels(place: SearchedNamespace, object: KubeObject): string {
  return `${nameIn(place, object)} (${formatLabels(object.metadata.labels ?? {}) || 'no labels'})`;
}

/**
 * Every DestinationRule in sight for a host, in whatever namespace: those for exactly it, then those for wildcards,
 * the most specific first. Which of them a proxy uses, `clientGroups` says.
 */
export function rulesFor(snapshot: Snapshot, host: string): readonly DestinationRule[] {
  return rulesCovering(snapshot.destinationRules, host);
}

export function inNamespace(snapshot: Snapshot): (object: KubeObject) => boolean {
  return (object) => object.metadata.namespace === snapshot.namespace;
}

/** At most ten of them: an error is read on one screen. */
export function joinFirst(names: readonly string[], separator = ', '): string {
  const shown = names.slice(0, 10).join(separator);
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
