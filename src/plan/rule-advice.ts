/**
 * What to write where a subset has no place yet. A DestinationRule that is new hides every other one for its host from
 * the proxies that find it first, so the advice adds to the rule that is used, or repeats all that it says.
 */
import type { LabelSelector } from '../istio/labels.ts';
import {
  consultedRule,
  namespaceInHost,
  ROOT_NAMESPACE,
  type ConsultedRule,
  type RuleClient,
} from '../istio/consulted-rule.ts';
import { policyOfRules, settingsOf, subsetOfRules } from '../istio/merge-rules.ts';
import { clientLabels, exportsOfRule, poolsOf, rulesCovering } from '../istio/rule-index.ts';
import type { DestinationRule, Labels, Subset } from '../istio/types.ts';
import { sameJson, type JsonObject } from '../base/json.ts';
import { refuse } from '../base/errors.ts';
import { uncapitalised } from '../base/text.ts';
import { titleOf } from '../base/title.ts';
import type { ServedRoutes } from './draft.ts';
import { subsetsYaml, toYaml } from './object-yaml.ts';
import { rulesNearby } from './rules-nearby.ts';
import { joinFirst } from './select.ts';
import { referencedSubsets, subsetKey } from './subsets.ts';
import type { Snapshot } from './types.ts';

/** What a change needs a DestinationRule for. */
export interface RuleNeed {
  /** Resolved. */
  readonly host: string;
  /** What sends to the host. */
  readonly served: readonly ServedRoutes[];
  readonly subsets: readonly Subset[];
}

/**
 * No DestinationRule in sight is for the host.
 *
 * @param besides a sentence on what else stands in the way; empty: nothing
 * @throws TrafficError check-failed, always: with the rules that are probably meant, and the YAML to create where that
 * can't hide another rule that is used
 */
export function missingRule(
  snapshot: Snapshot,
  selector: LabelSelector | undefined,
  { host, served, subsets }: RuleNeed,
  besides = '',
): never {
  const { namespace } = snapshot;
  const nearby = rulesNearby(snapshot, host, served)
    .map((sentence) => `${sentence} `)
    .join('');
  const home = namespaceInHost(host) ?? namespace;
  const used = [...referencedSubsets(snapshot.virtualServices)].filter((key) =>
    key.startsWith(subsetKey(host, '')),
  );
  const isHere = home === namespace;
  const wantedRule: AdvisedRule = isHere
    ? { host, namespace, labels: labelsFor(selector), spec: {} }
    : { host, namespace: home, labels: {}, spec: { subsets } };
  const others = rulesCovering(snapshot.destinationRules, host).map(titleOf);
  const isHarmless = changesNothing(snapshot, ruleOf(snapshot, { ...wantedRule, spec: {} }));
  if (others.length > 0 && (used.length > 0 || !isHarmless)) {
    return refuse(
      'destinationrule-missing',
      `No DestinationRule for the host ${host} is for the proxies that follow the VirtualService: ${joinFirst(others)} ${others.length === 1 ? 'is' : 'are'} for others. ` +
        'A new one could hide what they say. Change `exportTo` or `workloadSelector` there so that these proxies use it too.',
    );
  }
  if (used.length > 0 && !isInSight(snapshot, [namespace, home, ROOT_NAMESPACE])) {
    const names = used.map((key) => key.slice(subsetKey(host, '').length)).join(', ');
    const head = `No DestinationRule in sight is for the host ${host}, but routes send to its subset ${names}`;
    return refuse(
      'destinationrule-missing',
      nearby === ''
        ? `${head}: the rule that defines it is somewhere else. ` +
            `A new one would hide it, and these requests would be answered with 503. ${whereToLook(snapshot, home)}`
        : `${head}. ${nearby}Otherwise the rule that defines it is somewhere else: ${uncapitalised(whereToLook(snapshot, home))}`,
    );
  }
  if (!isHere) {
    return refuse(
      'destinationrule-missing',
      `No DestinationRule in sight is for the host ${host}, so there is no place for subsets. ${nearby}` +
        `It belongs in namespace ${home}, where the service is: in another namespace only the proxies of that one would use it. ` +
        `${whereToLook(snapshot, home)} If there is none, create it and run again:\n${ruleYaml(snapshot, wantedRule)}`,
    );
  }
  const elsewhere = isInSight(snapshot, [ROOT_NAMESPACE])
    ? ''
    : ` If there is one for a wildcard that covers this host, in namespace ${ROOT_NAMESPACE} for example, repeat in the new one what it says: Istio uses only the most specific one.`;
  return refuse(
    'destinationrule-missing',
    `No DestinationRule in namespace ${namespace} is for the host ${host}, so there is no place for subsets. ${nearby}${nearby === '' ? 'Set' : 'Otherwise set'} \`create-destination-rule: true\` to have one created (the rollback of the last build removes it again), or create the one below.${elsewhere} ${besides}Then run again.\n` +
      ruleYaml(snapshot, wantedRule),
  );
}

/** Were the DestinationRules of these namespaces all read? Of manifests nobody knows: a folder may lack some. */
export function isInSight({ source, namespace, rulesOf }: Snapshot, namespaces: readonly string[]): boolean {
  if (source === 'manifests') return false;
  return rulesOf === 'all' || namespaces.every((one) => (rulesOf ?? [namespace]).includes(one));
}

function whereToLook({ source }: Snapshot, namespace: string): string {
  return source === 'manifests'
    ? 'Add its file to `manifests`.'
    : `Look in namespace ${namespace}, and grant \`list\` on destinationrules there.`;
}

/**
 * The proxies use a DestinationRule of another namespace, which a change of this one may not write.
 *
 * @param rules as istiod merges them
 * @param wanted the subsets that the change needs and that are missing there
 * @throws TrafficError check-failed, always: with the lines to add there, or, for a rule of the root namespace that is
 * for many hosts, a rule for this host that repeats it
 */
export function ruleElsewhere(
  snapshot: Snapshot,
  selector: LabelSelector | undefined,
  host: string,
  rules: readonly [DestinationRule, ...DestinationRule[]],
  wanted: readonly Subset[],
): never {
  const [rule] = rules;
  const { namespace } = rule.metadata;
  const used = `For the host ${host} proxies use ${titleOf(rule)}, which lacks ${wanted.map(({ name }) => `subset ${name}`).join(' and ')}. `;
  const repeated: AdvisedRule = {
    host,
    namespace: snapshot.namespace,
    labels: labelsFor(selector),
    spec: mergedSpec(rules),
  };
  if (namespace === ROOT_NAMESPACE && changesNothing(snapshot, ruleOf(snapshot, repeated), rule)) {
    return refuse(
      'destinationrule-elsewhere',
      `${used}It is in another namespace, so it is not changed from here. Create a DestinationRule for this host alone, which repeats what that one says, and run again:\n` +
        ruleYaml(snapshot, repeated),
      rule,
    );
  }
  return refuse(
    'destinationrule-elsewhere',
    `${used}It is in another namespace, so it is not changed from here, and a new one for this host would hide it from some proxies. ` +
      `Add what is missing there, to \`spec.subsets\`, and run again:\n${subsetsYaml(wanted)}`,
    rule,
  );
}

/** All that merged rules say but their host, as one rule would have to say it. */
function mergedSpec(rules: readonly [DestinationRule, ...DestinationRule[]]): JsonObject {
  const names = new Set(rules.flatMap(({ spec }) => (spec.subsets ?? []).map(({ name }) => name)));
  const subsets = [...names].flatMap((name) => subsetOfRules(rules, name)?.subset ?? []);
  const { host: _host, subsets: _subsets, trafficPolicy: _policy, ...others }: JsonObject = rules[0].spec;
  const policy = policyOfRules(rules);
  return {
    ...others,
    ...(policy !== undefined && { trafficPolicy: policy }),
    ...(subsets.length > 0 && { subsets }),
  };
}

function labelsFor(selector: LabelSelector | undefined): Labels {
  return Object.fromEntries(
    (selector?.requirements ?? []).flatMap(({ key, operator, values: [value] }) =>
      operator === 'in' && value !== undefined ? [[key, value]] : [],
    ),
  );
}

interface AdvisedRule {
  readonly host: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly spec: JsonObject;
}

function ruleYaml(snapshot: Snapshot, wanted: AdvisedRule): string {
  return toYaml(ruleOf(snapshot, wanted));
}

function ruleOf(snapshot: Snapshot, { host, namespace, labels, spec }: AdvisedRule): DestinationRule {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: {
      name: freeName(snapshot, host, namespace),
      namespace,
      ...(Object.keys(labels).length > 0 && { labels }),
    },
    spec: { host, ...spec },
  };
}

/**
 * Would every proxy have the same settings for the host with one more rule as it has without, and would those that use
 * `instead` of it now use the new one?
 */
function changesNothing(
  { destinationRules }: Snapshot,
  added: DestinationRule,
  instead?: DestinationRule,
): boolean {
  const { metadata, spec } = added;
  // Younger than all others, as it will be.
  const young = { ...added, metadata: { ...metadata, creationTimestamp: '9999-01-01T00:00:00Z' } };
  const more = [...destinationRules, young];
  const options = { serviceNamespace: namespaceInHost(spec.host) ?? metadata.namespace };
  return possibleClients(more).every((client) => {
    const before = consultedRule(destinationRules, spec.host, client, options);
    const after = consultedRule(more, spec.host, client, options);
    const isReplaced = instead === undefined || !uses(before, instead) || uses(after, young);
    return isReplaced && sameJson(inEffect(before), inEffect(after));
  });
}

/** One of each kind that some rule makes a difference for; the empty namespace stands for all others. */
function possibleClients(rules: readonly DestinationRule[]): readonly RuleClient[] {
  const namespaces = new Set([
    ...poolsOf(rules).keys(),
    ...rules.flatMap((rule) => [...exportsOfRule(rule)]),
    '',
  ]);
  const labels = [{}, ...rules.map(clientLabels).filter((one) => one !== undefined)];
  return [...namespaces].flatMap((namespace) => labels.map((one) => ({ namespace, labels: one })));
}

function uses(consulted: ConsultedRule, rule: DestinationRule): boolean {
  if (consulted.kind === 'undecided') return consulted.candidates.some((one) => uses(one, rule));
  return consulted.kind === 'rule' && consulted.rules.includes(rule);
}

function inEffect(consulted: ConsultedRule): unknown {
  if (consulted.kind === 'undecided') return consulted.candidates.map(inEffect);
  // An empty rule is as good as none.
  return settingsOf(consulted.kind === 'none' ? [] : consulted.rules);
}

/** A name that no DestinationRule of the namespace has: `api`, or where that is another host's, `api-shop`. */
export function freeName(
  { destinationRules, notUnderstood = [] }: Snapshot,
  host: string,
  namespace: string,
): string {
  const odd = notUnderstood.filter(({ kind }) => kind === 'DestinationRule');
  const taken = new Set(
    [...destinationRules.map(({ metadata }) => metadata), ...odd].flatMap((one) =>
      one.namespace === namespace ? [one.name] : [],
    ),
  );
  const parts = host.split('.').filter((part) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(part));
  const [name = 'subsets', ...more] = parts;
  const candidates = [name, `${name}-subsets`, [name, ...more].join('-')];
  const free = candidates.find((candidate) => !taken.has(candidate));
  if (free !== undefined) return free;
  let count = 2;
  while (taken.has(`${name}-subsets-${count}`)) count += 1;
  return `${name}-subsets-${count}`;
}
