/** Which VirtualServices of a namespace are meant. */
import { matchesSelector, type LabelSelector } from './labels.ts';
import type { Labels } from './types.ts';

/** By name, by labels, or by both, which then must both hold. Neither is given: all of them. */
export interface Selection {
  /** Its labels also say which DestinationRules are meant, unless VirtualServices are named. */
  readonly selector?: LabelSelector;
  /** At least one. Which DestinationRules belong to them, their routes say. */
  readonly virtualServices?: readonly ObjectName[];
}

export interface ObjectName {
  /** Absent: that of the run. */
  readonly namespace?: string;
  readonly name: string;
}

/** The part of an object that a selection looks at. */
interface Named {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Labels;
}

/** Is a VirtualService meant, as far as its name and its labels say it? Its namespace is for the caller to compare. */
export function selects({ selector, virtualServices }: Selection, metadata: Named): boolean {
  return (
    (virtualServices === undefined || virtualServices.some((wanted) => isNamed(wanted, metadata))) &&
    (selector === undefined || matchesSelector(selector, metadata.labels))
  );
}

/**
 * Is a DestinationRule meant by its labels? Labels of a rule say nothing where VirtualServices are named: most objects
 * have no labels, and those that have share them with the rules of other services.
 */
export function selectsRule({ selector, virtualServices }: Selection, { labels }: Named): boolean {
  return virtualServices === undefined && (selector === undefined || matchesSelector(selector, labels));
}

/** @param wanted without a namespace it means one of any namespace */
export function isNamed(wanted: ObjectName, { namespace, name }: Named): boolean {
  return wanted.name === name && (wanted.namespace === undefined || wanted.namespace === namespace);
}

/** Is anything selected, or are all meant? */
export function isNarrowed({ selector, virtualServices }: Selection): boolean {
  return selector !== undefined || virtualServices !== undefined;
}
