/**
 * Which DestinationRule a proxy uses for a host. It is one (or several of the same host and namespace, merged): the
 * first of these places that has a rule for the host decides, and nothing of the others is added.
 *
 * 1. The proxy's own namespace, whatever `exportTo` says to others. The proxies of the root namespace look only at the
 *    rules there that are for this namespace alone.
 * 2. The service's namespace, as far as its rules are exported to the proxy's.
 * 3. The root namespace, likewise.
 *
 * In each the most specific host alone counts: a rule for `api.shop.svc.cluster.local` hides one for
 * `*.shop.svc.cluster.local` whole. In the proxy's namespace a rule with a `workloadSelector` is for the proxies of
 * these labels alone; where there is no other, all others have no rule, and nobody looks further.
 *
 * @see https://istio.io/latest/docs/ops/best-practices/traffic-management/#cross-namespace-configuration
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/model/push_context.go `destinationRule`,
 * `getExportedDestinationRuleFromNamespace`
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/model/sidecar.go `SidecarScope.DestinationRule`
 */
import { hasLabels } from './labels.ts';
import { mergeRules, ordersOf, sameEffect, subsetOfRules } from './merge-rules.ts';
import {
  clientLabels,
  ruleCovers,
  exportsOfRule,
  hostOfRule,
  isExportedTo,
  mostSpecific,
  poolsOf,
  type MergedRule,
  type Pool,
} from './rule-index.ts';
import type { DestinationRule, Labels, Subset } from './types.ts';

/** The proxy that sends: a sidecar's or a gateway's. What is absent is unknown. */
export interface RuleClient {
  /** Of the proxy's pod; a gateway's is the one of its pods, not of the Gateway. */
  readonly namespace?: string;
  /** Of the proxy's pod. */
  readonly labels?: Labels;
}

export interface ConsultationOptions {
  /** Of the service behind the host. Default: what `<name>.<namespace>.svc.…` says; else unknown. */
  readonly serviceNamespace?: string;
  /** The mesh configuration's `rootNamespace`; default `istio-system`. */
  readonly rootNamespace?: string;
}

/** `rule`: these, merged; the first decides. `none`: the proxy has no rule, and so no subset of the host. */
export type DecidedRule =
  | { readonly kind: 'rule'; readonly rules: readonly [DestinationRule, ...DestinationRule[]] }
  | { readonly kind: 'none' };

/** `undecided`: one of `candidates` (at least two), and which one depends on what `unknown` says. */
export type ConsultedRule =
  | DecidedRule
  | { readonly kind: 'undecided'; readonly candidates: readonly DecidedRule[]; readonly unknown: string };

export const ROOT_NAMESPACE = 'istio-system';

/**
 * Which DestinationRule a proxy uses for a host.
 *
 * @param rules all in sight, of whatever namespace
 * @param host resolved
 */
export function consultedRule(
  rules: readonly DestinationRule[],
  host: string,
  client: RuleClient,
  options: ConsultationOptions = {},
): ConsultedRule {
  const question = { pools: poolsOf(rules), host, rootNamespace: options.rootNamespace ?? ROOT_NAMESPACE };
  const serviceNamespaces = asList(options.serviceNamespace ?? namespaceInHost(host));
  const asked =
    client.namespace === undefined
      ? possibleNamespaces(rules, question, serviceNamespaces)
      : [client.namespace];
  const found: Possible[] = asked.flatMap((namespace) =>
    serviceNamespaces === undefined
      ? [...question.pools.keys(), ''].flatMap((service) =>
          possible(question, namespace, client.labels, service),
        )
      : serviceNamespaces.flatMap((service) => possible(question, namespace, client.labels, service)),
  );
  return settle(found, [
    ...(client.namespace === undefined ? ["the client's namespace"] : []),
    ...(serviceNamespaces === undefined ? [`the namespace of the service ${host}`] : []),
  ]);
}

/** The subset of a name that a proxy has, and the rule that it stands in; undefined: requests to it get 503. */
export function subsetIn(
  consulted: DecidedRule,
  name: string,
): { readonly rule: DestinationRule; readonly subset: Subset } | undefined {
  return consulted.kind === 'none' ? undefined : subsetOfRules(consulted.rules, name);
}

/** `shop` of `api.shop.svc.cluster.local`; undefined for every other host, also a wildcard. */
export function namespaceInHost(host: string): string | undefined {
  return /^[^.*]+\.([^.]+)\.svc\./.exec(host)?.[1];
}

/**
 * A name of the Multi-Cluster Services API, which istiod makes services of where it is told to: no Service has it.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/serviceregistry/kube/controller/serviceexportcache.go
 */
export function isOfClusterSet(host: string): boolean {
  return host.endsWith('.svc.clusterset.local');
}

interface RuleQuestion {
  readonly pools: ReturnType<typeof poolsOf>;
  readonly host: string;
  readonly rootNamespace: string;
}

/** A rule that the proxy may use, and what else has to be known to be sure. */
interface Possible {
  readonly decided: DecidedRule;
  readonly unknown: readonly string[];
}

const NONE: Possible = { decided: { kind: 'none' }, unknown: [] };

function possible(
  { pools, host, rootNamespace }: RuleQuestion,
  namespace: string,
  labels: Labels | undefined,
  serviceNamespace: string,
): readonly Possible[] {
  const own = pools.get(namespace);
  const local = own && mostSpecific(namespace === rootNamespace ? own.privateOnly : own.local, host);
  if (local !== undefined) {
    return ordersOf(local.rules).flatMap((order) =>
      choices(mergeRules(order), labels, order !== local.rules),
    );
  }
  for (const owner of [serviceNamespace, rootNamespace]) {
    const exported = exportedFrom(pools.get(owner)?.exported, host, namespace);
    if (exported.length > 0) return exported;
  }
  return [NONE];
}

/** Empty where nothing there is exported to the client, also where a rule for a wildcard would be. */
function exportedFrom(pool: Pool | undefined, host: string, client: string): readonly Possible[] {
  const found = pool && mostSpecific(pool, host);
  if (found === undefined) return [];
  return ordersOf(found.rules).flatMap((order) => {
    const visible = mergeRules(order).filter(({ exportTo }) => isExportedTo(exportTo, client));
    return visible.length === 0 ? [] : choices(visible, {}, order !== found.rules);
  });
}

const AGE = 'which of the DestinationRules of one host is older';

/** A rule of the client's labels before others; of those for everybody, the last. */
function choices(
  merged: readonly MergedRule[],
  labels: Labels | undefined,
  isOneOrderOfSeveral: boolean,
): readonly Possible[] {
  const age = isOneOrderOfSeveral ? [AGE] : [];
  const forAll = merged.findLast(({ rules: [first] }) => clientLabels(first) === undefined);
  const forSome = merged.filter(({ rules: [first] }) => {
    const wanted = clientLabels(first);
    return wanted !== undefined && (labels === undefined || hasLabels(labels, wanted));
  });
  const sure = forSome.findIndex(({ rules: [first] }) => hasLabels(labels ?? {}, clientLabels(first) ?? {}));
  const chosen = (sure === -1 ? forSome : forSome.slice(0, sure + 1)).map(asDecided);
  const rest = sure === -1 ? [forAll === undefined ? NONE.decided : asDecided(forAll)] : [];
  const all = [...rest, ...chosen];
  const unknown = all.length > 1 ? [...age, "the labels of the client's pod"] : age;
  return all.map((decided) => ({ decided, unknown }));
}

function asDecided({ rules }: MergedRule): DecidedRule {
  return { kind: 'rule', rules };
}

/** One answer where all that is possible comes to the same. */
function settle(all: readonly Possible[], open: readonly string[]): ConsultedRule {
  const distinct = all.reduce<readonly Possible[]>(
    (kept, one) => (kept.some(({ decided }) => isSame(decided, one.decided)) ? kept : [...kept, one]),
    [],
  );
  const [first, ...more] = distinct;
  if (first === undefined) return NONE.decided;
  if (more.length === 0) return first.decided;
  const unknown = new Set([...open, ...distinct.flatMap((one) => one.unknown)]);
  return {
    kind: 'undecided',
    candidates: distinct.map(({ decided }) => decided),
    unknown: [...unknown].join(' and '),
  };
}

function isSame(a: DecidedRule, b: DecidedRule): boolean {
  if (a.kind === 'none' || b.kind === 'none') return a.kind === b.kind;
  return sameEffect(a.rules, b.rules);
}

/** Every namespace whose proxies could see something that others don't; the last stands for all others. */
function possibleNamespaces(
  rules: readonly DestinationRule[],
  { pools, host, rootNamespace }: RuleQuestion,
  serviceNamespaces: readonly string[] | undefined,
): readonly string[] {
  const relevant = [...pools].filter(([, { local, exported }]) =>
    [local, exported].some((pool) => mostSpecific(pool, host) !== undefined),
  );
  const named = rules
    .filter((rule) => ruleCovers(hostOfRule(rule), host))
    .flatMap((rule) => [...exportsOfRule(rule)].filter((one) => one !== '*' && one !== '.'));
  return [
    ...new Set([
      ...relevant.map(([namespace]) => namespace),
      ...named,
      ...(serviceNamespaces ?? []),
      rootNamespace,
      '',
    ]),
  ];
}

function asList(one: string | undefined): readonly string[] | undefined {
  return one === undefined ? undefined : [one];
}
