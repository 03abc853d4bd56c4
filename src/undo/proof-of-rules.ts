/** What a record may say of a DestinationRule: see `proof.ts`. */
import { labelKeyProblem, labelValueProblem } from '../intent/label-rules.ts';
import type { DestinationRule, Subset } from '../istio/types.ts';
import { isGoSubset, subsetNames } from '../plan/names.ts';
import { titleOf } from '../base/title.ts';
import type { Snapshot } from '../plan/types.ts';
import { isForHosts } from './rule-hosts.ts';
import type { Conflict, DestinationRuleUndo, RemovedSubset, Undo } from './types.ts';

/** A part of a record, less what is not followed. */
export interface Proven<T> {
  readonly value: T;
  readonly conflicts: readonly Conflict[];
}

export const NO_CHANGE_OF_OURS = 'no operation of istiops changes it, so the record is not true';

/** @param hosts that routes of the VirtualService send to, whose record it is: a rule for another host is not touched */
export function provenRule(
  snapshot: Snapshot,
  { name, ...undo }: DestinationRuleUndo & { readonly name: string },
  {
    namespace,
    title,
    hosts,
  }: { readonly namespace: string; readonly title: string; readonly hosts: ReadonlySet<string> },
): Proven<Undo['destinationRules']> {
  const rule = snapshot.destinationRules.find(
    ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
  );
  // Applying it says that the rule is no longer there.
  if (rule === undefined) return { value: [{ namespace, name, ...undo, changed: [] }], conflicts: [] };
  if (!isForHosts(rule, hosts)) {
    const why = `no route of ${title}, whose record names it, sends to its host`;
    return { value: [], conflicts: [{ what: titleOf(rule), why }] };
  }
  const removed = undo.removed.map((one) => provenSubset(rule, one));
  return {
    value: [{ namespace, name, ...undo, removed: removed.flatMap(({ value }) => value), changed: [] }],
    conflicts: [
      ...removed.flatMap(({ conflicts }) => conflicts),
      ...undo.changed.map((subset) => ({
        what: `subset ${subset.name} of ${titleOf(rule)}`,
        why: NO_CHANGE_OF_OURS,
      })),
    ],
  };
}

/**
 * A subset comes back as istiops makes one: labels alone, and the name that follows from them. So a record can do no
 * more than `weight` for those labels would.
 */
function provenSubset(rule: DestinationRule, removed: RemovedSubset): Proven<readonly RemovedSubset[]> {
  const { name, labels = {}, ...others } = removed.subset;
  const what = `subset ${name} of ${titleOf(rule)}`;
  if (!isMadeByTools(rule, removed.subset) || (removed.followsOwn === undefined && !isGo(rule, name)))
    return {
      value: [],
      conflicts: [{ what, why: 'istiops would not have made it like this, so the record is not true' }],
    };
  const fields = Object.keys(others).join(', ');
  return {
    value: [{ ...removed, subset: { name, labels } }],
    conflicts:
      fields === ''
        ? []
        : [{ what: `${fields} of ${what}`, why: 'only its labels come back; add it by hand' }],
  };
}

function isMadeByTools(rule: DestinationRule, { name, labels = {} }: Subset): boolean {
  const areLabels = Object.entries(labels).every(
    ([key, value]) => labelKeyProblem(key) === undefined && labelValueProblem(value) === undefined,
  );
  return (
    areLabels && Object.keys(labels).length > 0 && (subsetNames(labels).includes(name) || isGo(rule, name))
  );
}

function isGo({ spec, metadata }: DestinationRule, name: string): boolean {
  return isGoSubset(name, spec.host, metadata.namespace);
}
