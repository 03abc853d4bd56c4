/** A DestinationRule with the subsets that changes removed, and without those that they added. */
import type { DestinationRule, Subset } from '../istio/types.ts';
import { canonicalJson, sameJson } from '../base/json.ts';
import { digest } from '../base/digest.ts';
import type { RuleRevert } from '../plan/draft.ts';
import { isGoSubset } from '../plan/names.ts';
import { withAnnotation } from '../plan/objects.ts';
import { titleOf } from '../base/title.ts';
import { ownSubsets, SUBSETS, withoutSubsets } from '../plan/subsets.ts';
import { fieldState, withFieldsBefore } from './fields.ts';
import { valuePrinter } from './recognise.ts';
import type { Reverted } from './reverted.ts';
import type { Conflict, DestinationRuleUndo } from './types.ts';

export type RuleReverted = RuleRevert & Reverted<DestinationRule>;

/** Who needs a subset that is to go. */
export type Usage = 'none' | 'used' | 'kept';

/**
 * Reverts changes of one DestinationRule.
 *
 * @param undos the newest first: each is of the state that the one before it leaves
 * @param usage does any route in sight send to this subset of the rule, as the routes will be? `kept`: only one that
 *   would not, but has to stay as it is
 */
export function revertRule(
  rule: DestinationRule,
  undos: readonly DestinationRuleUndo[],
  usage: (subset: string) => Usage,
): RuleReverted {
  const title = titleOf(rule);
  const { after: wanted, conflicts } = undos.reduce<Reverted<DestinationRule>>(
    (step, undo) => {
      const { after, conflicts: more } = revertOne(step.after, undo);
      return { after, done: [], conflicts: [...step.conflicts, ...more] };
    },
    { after: rule, done: [], conflicts: [] },
  );
  const gained = withSubsetsOf(rule, wanted);
  const unwanted = subsetsOf(rule).filter(({ name }) => !has(wanted, name));
  const used = unwanted.filter(({ name }) => usage(name) !== 'none');
  const gone = unwanted.filter((subset) => !used.includes(subset)).map(({ name }) => name);
  const bare = withoutSubsets(gained, new Set(gone));
  const wasEmpty = undos.some((undo) => undo.wasEmpty === true);
  const after =
    wasEmpty && bare !== gained && bare.spec.subsets === undefined
      ? { ...bare, spec: { ...bare.spec, subsets: [] } }
      : bare;
  const back = subsetsOf(gained).filter(({ name }) => !has(rule, name));
  const changed = subsetsOf(rule).filter(({ name }) => {
    const next = subsetsOf(gained).find((subset) => subset.name === name);
    return (
      next !== undefined &&
      !sameJson(
        next,
        subsetsOf(rule).find((subset) => subset.name === name),
      )
    );
  });
  return {
    before: rule,
    gained,
    after,
    done: [
      ...back.map(({ name }) => `subset ${name} of ${title} is there again`),
      ...changed.map(({ name }) => `subset ${name} of ${title} is what it was`),
      ...gone.map((name) => `subset ${name} of ${title} is gone`),
    ],
    conflicts: [
      ...conflicts,
      ...used
        .filter(({ name }) => usage(name) === 'used')
        .map(({ name }) => ({
          what: `subset ${name} of ${title}`,
          why: 'a VirtualService sends traffic to it meanwhile',
        })),
    ],
  };
}

function subsetsOf({ spec }: DestinationRule): readonly Subset[] {
  return spec.subsets ?? [];
}

function has(rule: DestinationRule, name: string): boolean {
  return subsetsOf(rule).some((subset) => subset.name === name);
}

/** As if nothing used any subset. */
function revertOne(
  rule: DestinationRule,
  { added, removed, changed }: DestinationRuleUndo,
): { readonly after: DestinationRule; readonly conflicts: readonly Conflict[] } {
  const title = titleOf(rule);
  const conflicts: Conflict[] = [];
  const leave = (name: string, why: string): never[] => {
    conflicts.push({ what: `subset ${name} of ${title}`, why });
    return [];
  };
  const own = [...ownSubsets(rule)];
  const subsets = [...subsetsOf(rule)];
  for (const { subset, follows, followsOwn } of removed) {
    const { name } = subset;
    const there = subsets.find((other) => other.name === name);
    if (there !== undefined) {
      if (!sameJson(there, subset)) leave(name, 'somebody else made another one of this name since');
      continue;
    }
    const names = subsets.map((other) => other.name);
    subsets.splice(placeAfter(follows, names), 0, subset);
    if (followsOwn !== undefined && !own.includes(name)) own.splice(placeAfter(followsOwn, own), 0, name);
  }
  const print = valuePrinter();
  const reverted = subsets.flatMap((subset): Subset[] => {
    const fields = changed.find(({ name }) => name === subset.name)?.fields ?? [];
    const states = fields.map((field) => ({ field, state: fieldState(subset, field, print) }));
    if (states.some(({ state }) => state === 'changed-since'))
      leave(subset.name, 'somebody else changed it since');
    const left = states.flatMap(({ field, state }) => (state === 'as-left' ? [field] : []));
    return [left.length === 0 ? subset : withFieldsBefore(subset, left)];
  });
  const gone = new Set(
    added.flatMap(({ name, print: made }) => {
      const there = reverted.find((subset) => subset.name === name);
      if (there === undefined) return [];
      if (digest(canonicalJson(there)) !== made) return leave(name, 'somebody else changed it since');
      const isOurs = own.includes(name) || isGoSubset(name, rule.spec.host, rule.metadata.namespace);
      return isOurs ? [name] : leave(name, 'somebody else took it over');
    }),
  );
  const left = reverted.filter(({ name }) => !gone.has(name));
  if (sameJson(left, subsetsOf(rule))) return { after: rule, conflicts };
  const { subsets: _, ...spec } = rule.spec;
  const after = { ...rule, spec: left.length === 0 ? spec : { ...rule.spec, subsets: left } };
  const names = own.filter((name) => !gone.has(name)).join(',');
  return { after: withAnnotation(after, SUBSETS, names === '' ? undefined : names), conflicts };
}

/** The rule with the subsets that `wanted` has beside, where they stand there, and as they are there. */
function withSubsetsOf(rule: DestinationRule, wanted: DestinationRule): DestinationRule {
  const inWanted = new Map(subsetsOf(wanted).map((subset) => [subset.name, subset]));
  const subsets = subsetsOf(rule).map((subset) => inWanted.get(subset.name) ?? subset);
  const own = [...ownSubsets(rule)];
  let last: string | null = null;
  for (const subset of subsetsOf(wanted)) {
    const names = subsets.map(({ name }) => name);
    if (!names.includes(subset.name)) subsets.splice(placeAfter(last, names), 0, subset);
    last = subset.name;
  }
  let lastOwn: string | null = null;
  for (const name of ownSubsets(wanted)) {
    if (!own.includes(name)) own.splice(placeAfter(lastOwn, own), 0, name);
    lastOwn = name;
  }
  if (sameJson(subsets, subsetsOf(rule))) return rule;
  return withAnnotation({ ...rule, spec: { ...rule.spec, subsets } }, SUBSETS, own.join(',') || undefined);
}

/** Behind the one that it followed; at the end where that one is gone. */
function placeAfter(previous: string | null, names: readonly string[]): number {
  if (previous === null) return 0;
  const position = names.indexOf(previous);
  return position < 0 ? names.length : position + 1;
}
