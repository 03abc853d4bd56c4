/**
 * How istiod makes one of several DestinationRules of one host and namespace.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/model/destination_rule.go `mergeDestinationRule`
 */
import { sameJson, type Json, type JsonObject } from '../base/json.ts';
import { clientLabels, createdAt, exportsOfRule, type MergedRule, type RulesOfHost } from './rule-index.ts';
import type { DestinationRule, Subset } from './types.ts';

/**
 * The rules of a host as istiod keeps them: merged where `exportTo` and `workloadSelector` are the same, else beside
 * each other. A rule that is exported to more than an earlier one is added to that one and exported no wider.
 *
 * Istio before 1.24 merges whatever `exportTo` says (`ENABLE_ENHANCED_DESTINATIONRULE_MERGE`).
 *
 * @param rules in istiod's order: those with a workloadSelector first, then by age
 */
export function mergeRules(rules: RulesOfHost): readonly MergedRule[] {
  return rules.reduce<readonly MergedRule[]>((merged, rule) => mergeRule(merged, rule), []);
}

function mergeRule(merged: readonly MergedRule[], rule: DestinationRule): readonly MergedRule[] {
  const exportTo = exportsOfRule(rule);
  const joined = merged.map((one) => ({ one, fate: fateWith(one, rule, exportTo) }));
  const next = joined.map(({ one, fate }): MergedRule =>
    fate.isAdded ? { rules: [...one.rules, rule], exportTo: one.exportTo } : one,
  );
  // As istiod: what the last of the earlier rules says decides.
  return joined.at(-1)?.fate.isApart === false ? next : [...next, { rules: [rule], exportTo }];
}

/** What becomes of a rule beside an earlier one: is it added to that, does it (also) stand for itself? */
function fateWith(
  earlier: MergedRule,
  rule: DestinationRule,
  exportTo: ReadonlySet<string>,
): { readonly isAdded: boolean; readonly isApart: boolean } {
  const isSame = sameSet(exportTo, earlier.exportTo);
  const isWider = earlier.exportTo.size > 0 && [...earlier.exportTo].every((name) => exportTo.has(name));
  if (!isSame && !isWider) return { isAdded: false, isApart: true };
  const [selector, first] = [clientLabels(rule), clientLabels(earlier.rules[0])];
  if (selector === undefined && first === undefined) return { isAdded: true, isApart: false };
  if (selector === undefined || first === undefined) return { isAdded: true, isApart: !isSame };
  const isForTheSame = sameJson(selector, first);
  return { isAdded: isForTheSame, isApart: !isForTheSame };
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((one) => b.has(one));
}

/** The subset of a name that proxies get of merged rules, and the rule that it stands in. */
export function subsetOfRules(
  rules: readonly DestinationRule[],
  name: string,
): { readonly rule: DestinationRule; readonly subset: Subset } | undefined {
  for (const rule of rules) {
    const subset = rule.spec.subsets?.find((one) => one.name === name);
    if (subset !== undefined) return { rule, subset };
  }
  return undefined;
}

/** The `trafficPolicy` for the whole host that proxies get of merged rules: nothing of two is mixed. */
export function policyOfRules(rules: readonly DestinationRule[]): Json | undefined {
  return rules.map(({ spec }) => spec['trafficPolicy']).find((policy) => policy !== undefined);
}

/** Is what a proxy gets of two merged rules the same? */
export function sameEffect(a: readonly DestinationRule[], b: readonly DestinationRule[]): boolean {
  if (a.length === b.length && a.every((rule, i) => rule === b[i])) return true;
  return sameJson(mergedEffect(a), mergedEffect(b));
}

function mergedEffect(rules: readonly DestinationRule[]): unknown {
  return { ...settingsOf(rules), rules: rules.map(({ metadata }) => metadata.name).sort() };
}

/** All that merged rules set for the proxies that use them, wherever it is written. */
export function settingsOf(rules: readonly DestinationRule[]): JsonObject {
  const names = [...new Set(rules.flatMap(({ spec }) => (spec.subsets ?? []).map(({ name }) => name)))];
  return {
    policy: policyOfRules(rules) ?? null,
    subsets: names.sort().map((name) => subsetOfRules(rules, name)?.subset ?? null),
  };
}

/**
 * The orders in which istiod may meet the rules. Manifests don't say how old an object is, or will be: then every
 * order counts (of more than four rules, those with another first or last).
 */
export function ordersOf(rules: RulesOfHost): readonly RulesOfHost[] {
  if (rules.length < 2 || rules.every((rule) => createdAt(rule) !== undefined)) return [rules];
  // Those with a workloadSelector come first, however old they are.
  const [selective, open] = [true, false].map((wanted) =>
    rules.filter((rule) => (clientLabels(rule) !== undefined) === wanted),
  );
  return ordersIn(selective ?? []).flatMap((front) =>
    ordersIn(open ?? []).map((back) => [...front, ...back]),
  );
}

function ordersIn(rules: RulesOfHost): readonly RulesOfHost[] {
  if (rules.length < 2) return [rules];
  if (rules.length <= 4) {
    return rules.flatMap((first) => ordersIn(without(rules, first)).map((rest) => [first, ...rest]));
  }
  return [
    rules,
    ...rules.flatMap((one) => [
      [one, ...without(rules, one)],
      [...without(rules, one), one],
    ]),
  ];
}

function without(rules: RulesOfHost, one: DestinationRule): RulesOfHost {
  return rules.filter((rule) => rule !== one);
}
