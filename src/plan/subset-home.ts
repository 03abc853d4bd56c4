/**
 * Which DestinationRule gets the subsets of a change: the one that the proxies use which follow the changed
 * VirtualServices. A subset anywhere else is none to them, and requests to it are answered with 503.
 */
import { TrafficError } from '../base/errors.ts';
import { resolveHost } from '../istio/hosts.ts';
import { subsetOfRules } from '../istio/merge-rules.ts';
import { hostOfRule, isWildcard, rulesCovering } from '../istio/rule-index.ts';
import { destinationsOf, subsetOf } from '../istio/routes.ts';
import { selectsRule, type Selection } from '../istio/selection.ts';
import type { DestinationRule } from '../istio/types.ts';
import { clientGroups, type ClientGroup } from './clients.ts';
import type { ServedRoutes } from './draft.ts';
import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { missingRule, type RuleNeed } from './rule-advice.ts';
import { ruleToCreate } from './rule-to-create.ts';
import { joinFirst } from './select.ts';
import type { Snapshot } from './types.ts';

/** Where subsets of a service are looked for. */
export interface SubsetHome {
  /** A new subset is added to this one; it may be in another namespace, and is then not written. */
  readonly destinationRule: DestinationRule;
  /** All that istiod merges with it, the one that decides first. */
  readonly rules: Rules;
}

export interface RuleOptions {
  /** Where there is none, make one. */
  readonly createRule?: boolean;
  /** What else stands in the way, for the refusal where there is none. */
  readonly besides?: string;
}

type Rules = readonly [DestinationRule, ...DestinationRule[]];

/**
 * The DestinationRule whose subsets the proxies have that follow these VirtualServices to the host. Of several that
 * istiod merges it is the selected one. Where no proxy uses any of the namespace's own, and none elsewhere, one that
 * is there for the host is taken all the same: the checks say who doesn't see it.
 *
 * @returns with the rule to make, where there is none and one is to be made
 * @throws TrafficError ambiguous where it isn't known which of several is used, check-failed with what to create where
 * there is none
 */
export function subsetHome(
  snapshot: Snapshot,
  selection: Selection,
  need: RuleNeed,
  { createRule = false, besides = '' }: RuleOptions = {},
): { readonly home: SubsetHome; readonly created?: DestinationRule; readonly findings: readonly Finding[] } {
  const { host, served } = need;
  const rules = usedRules(snapshot, host, served) ?? unusedRules(snapshot, host);
  if (rules === undefined) {
    if (!createRule) return missingRule(snapshot, selection.selector, need, besides);
    const { rule, findings } = ruleToCreate(snapshot, selection.selector, need);
    return { home: { destinationRule: rule, rules: [rule] }, created: rule, findings };
  }
  const [first] = rules;
  if (first.metadata.namespace !== snapshot.namespace) {
    return { home: { destinationRule: first, rules }, findings: [] };
  }
  const selected = rules.filter(({ metadata }) => selectsRule(selection, metadata));
  const destinationRule = selected[0] ?? first;
  return {
    home: { destinationRule, rules },
    findings: [
      ...(selected.length === 0 && selection.selector !== undefined
        ? [unselected(snapshot, selection.selector.text, host, destinationRule)]
        : []),
      ...(isWildcard(hostOfRule(destinationRule)) ? [ofWildcard(destinationRule, host)] : []),
    ],
  };
}

/**
 * The rules that proxies use. Where not all of them use the same: those that know the subsets that the base routes
 * send to, and of these the namespace's own.
 */
function usedRules(snapshot: Snapshot, host: string, served: readonly ServedRoutes[]): Rules | undefined {
  const all = served.flatMap(({ virtualService }) =>
    clientGroups(snapshot, snapshot.destinationRules, virtualService, host),
  );
  const groups = (['certain', 'possible'] as const).flatMap((wanted) =>
    all.filter(({ existence }) => existence === wanted),
  );
  const places = [
    ...groups.map((group) =>
      rulesOf(group).filter(([{ metadata }]) => metadata.namespace === snapshot.namespace),
    ),
    ...groups.map(rulesOf),
  ].filter((options) => options.length > 0);
  const used = subsetsOfBase(host, served);
  const knowing = places
    .map((options) =>
      options.filter((rules) => used.every((name) => subsetOfRules(rules, name) !== undefined)),
    )
    .find((options) => options.length > 0);
  const chosen = knowing ?? places[0];
  return chosen && common(chosen, host);
}

function rulesOf({ options }: ClientGroup): readonly Rules[] {
  return options.flatMap((option) => (option.kind === 'rule' ? [option.rules] : []));
}

/**
 * What all options of one place have in common. Manifests don't say which of several rules is older, and sometimes
 * that decides which of them counts.
 */
function common(options: readonly Rules[], host: string): Rules {
  const [first] = options;
  const alike = options.filter(([rule]) => rule.metadata.namespace === first?.[0].metadata.namespace);
  const [rule, ...more] = (first ?? []).filter((one) => alike.every((rules) => rules.includes(one)));
  if (rule !== undefined) return [rule, ...more];
  const names = [...new Set(alike.flat().map(({ metadata }) => metadata.name))].sort();
  throw new TrafficError(
    'ambiguous',
    `Several DestinationRules are for the host ${host}, and their \`exportTo\` or \`workloadSelector\` differ: ${joinFirst(names)}. ` +
      'Istio uses one of them, depending on which is older, and that is not known here. Merge them into one.',
  );
}

/** One of the namespace for the host that no proxy uses: exported to others only, or for some clients alone. */
function unusedRules(snapshot: Snapshot, host: string): Rules | undefined {
  const [first] = rulesCovering(snapshot.destinationRules, host).filter(
    ({ metadata }) => metadata.namespace === snapshot.namespace,
  );
  return first && [first];
}

/** The subsets of the host that the base routes send to. */
export function subsetsOfBase(host: string, served: readonly ServedRoutes[]): readonly string[] {
  return served.flatMap(({ virtualService, routes }) =>
    routes.flatMap(({ route }) =>
      destinationsOf(route).flatMap(({ destination }) => {
        const subset = subsetOf(destination);
        const isHere = resolveHost(destination.host, virtualService.metadata.namespace) === host;
        return isHere && subset !== undefined ? [subset] : [];
      }),
    ),
  );
}

function unselected(snapshot: Snapshot, labels: string, host: string, rule: DestinationRule): Finding {
  const message =
    `No DestinationRule in namespace ${snapshot.namespace} with the labels ${labels} is used for the host ${host}: ` +
    `${titleOf(rule)} is, so the subset belongs there. Give it these labels to be sure.`;
  return finding('destinationrule-unselected', 'warning', message, rule);
}

function ofWildcard(rule: DestinationRule, host: string): Finding {
  const message =
    `${titleOf(rule)}, which is used for the host ${host}, is for all hosts of ${hostOfRule(rule)}: the subset is defined for each of them. ` +
    'A rule for this host alone would have to repeat all that this one says, because Istio uses only the most specific one.';
  return finding('subset-in-wildcard-rule', 'notice', message, rule);
}
