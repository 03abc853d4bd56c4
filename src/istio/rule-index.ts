/**
 * The DestinationRules in sight as istiod files them: by namespace, by who may see them, and by host, those of one
 * host merged.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/model/push_context.go `setDestinationRules`
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/model/destination_rule.go `mergeDestinationRule`
 */
import { memoizedFor } from '../base/memoized.ts';
import { isObject } from '../base/json.ts';
import { resolveHost } from './hosts.ts';
import type { DestinationRule, Labels } from './types.ts';

/**
 * What istiod merges into one. The first rule decides `exportTo` and `workloadSelector`; a subset is the first one
 * of its name, the `trafficPolicy` the first one there is.
 */
export interface MergedRule {
  readonly rules: readonly [DestinationRule, ...DestinationRule[]];
  readonly exportTo: ReadonlySet<string>;
}

/** The rules of one host in one of a namespace's pools, in the order in which istiod meets them. */
export type RulesOfHost = readonly DestinationRule[];

/** Resolved hosts to their rules; wildcards (`*`, `*.shop.svc.cluster.local`) apart. */
export interface Pool {
  readonly exact: ReadonlyMap<string, RulesOfHost>;
  readonly wildcard: ReadonlyMap<string, RulesOfHost>;
}

export interface NamespacePools {
  /** For proxies of the namespace itself. */
  readonly local: Pool;
  /** For proxies of other namespaces too; whether a rule is exported to one of them is asked afterwards. */
  readonly exported: Pool;
  /** Those of `local` that are not in `exported`: in the root namespace, its own proxies look through these first. */
  readonly privateOnly: Pool;
}

/** Namespaces to their pools. Objects and lists of a snapshot never change, so this is worked out once for a list. */
export const poolsOf = memoizedFor(
  (rules: readonly DestinationRule[]): ReadonlyMap<string, NamespacePools> => {
    const byNamespace = Map.groupBy(rules, ({ metadata }) => metadata.namespace);
    return new Map([...byNamespace].map(([namespace, own]) => [namespace, namespacePools(own)]));
  },
);

function namespacePools(own: readonly DestinationRule[]): NamespacePools {
  const sorted = [...own].sort(inOrder);
  const isPrivate = (rule: DestinationRule): boolean => isPrivateOnly(rule);
  return {
    local: pool(sorted.filter(isForItsNamespace)),
    exported: pool(sorted.filter((rule) => !isPrivate(rule))),
    privateOnly: pool(sorted.filter(isPrivate)),
  };
}

function pool(rules: readonly DestinationRule[]): Pool {
  const byHost = Map.groupBy(rules, hostOfRule);
  const [exact, wildcard] = [false, true].map(
    (isWild) => new Map([...byHost].filter(([host]) => isWildcard(host) === isWild)),
  );
  return { exact: exact ?? new Map(), wildcard: wildcard ?? new Map() };
}

/** The resolved host that a rule is for; it may be a wildcard. */
export function hostOfRule({ metadata, spec }: DestinationRule): string {
  return resolveHost(spec.host, metadata.namespace);
}

/** As istiod reads it: a host that begins with `*`. */
export function isWildcard(host: string): boolean {
  return host.startsWith('*');
}

/**
 * The rules of the most specific host of a pool that a host falls under: its own, else the longest wildcard.
 *
 * @see pilot/pkg/model/config.go `MostSpecificHostMatch`
 */
export function mostSpecific(
  { exact, wildcard }: Pool,
  host: string,
): { readonly host: string; readonly rules: RulesOfHost } | undefined {
  const own = isWildcard(host) ? wildcard.get(host) : exact.get(host);
  if (own !== undefined) return { host, rules: own };
  let best: { readonly host: string; readonly rules: RulesOfHost } | undefined;
  for (const [candidate, rules] of wildcard) {
    if (!ruleCovers(candidate, host)) continue;
    if (best === undefined || isMoreSpecific(candidate, best.host)) best = { host: candidate, rules };
  }
  return best;
}

const poolOf = memoizedFor(pool);

/**
 * Every rule that is for a host, in whatever namespace and for whomever: those for exactly it, then those for
 * wildcards, the most specific first.
 */
export function rulesCovering(rules: readonly DestinationRule[], host: string): readonly DestinationRule[] {
  const { exact, wildcard: wildcards } = poolOf(rules);
  const own = (isWildcard(host) ? wildcards : exact).get(host) ?? [];
  const wider = [...wildcards]
    .filter(([wildcard]) => wildcard !== host && ruleCovers(wildcard, host))
    .sort(([a], [b]) => (isMoreSpecific(a, b) ? -1 : 1));
  return wider.length === 0 ? own : [...own, ...wider.flatMap(([, list]) => list)];
}

/**
 * Is a rule for `ruleHost` also for this host?
 *
 * @example ruleCovers('*.shop.svc.cluster.local', 'api.shop.svc.cluster.local') // true
 */
export function ruleCovers(ruleHost: string, host: string): boolean {
  if (ruleHost === host) return true;
  const needle = isWildcard(host) ? host.slice(1) : host;
  return isWildcard(ruleHost) && needle.endsWith(ruleHost.slice(1));
}

function isMoreSpecific(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length > b.length;
}

/** The labels of the clients that a rule is for alone; undefined where it is for all. */
export function clientLabels({ spec }: DestinationRule): Labels | undefined {
  const selector = spec['workloadSelector'];
  if (!isObject(selector)) return undefined;
  const labels = selector['matchLabels'];
  if (!isObject(labels)) return {};
  return Object.fromEntries(
    Object.entries(labels).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  );
}

/**
 * As written: `.` stays `.`, for istiod compares the sets like this. A rule with a `workloadSelector` is for its
 * own namespace alone, whatever it says.
 */
export function exportsOfRule(rule: DestinationRule): ReadonlySet<string> {
  if (clientLabels(rule) !== undefined) return new Set(['.']);
  const exportTo = Array.isArray(rule.spec['exportTo']) ? rule.spec['exportTo'] : [];
  return new Set(exportTo.filter((one) => typeof one === 'string'));
}

/** Is what is exported like this visible to proxies of another namespace? Nothing at all means to everybody. */
export function isExportedTo(exportTo: ReadonlySet<string>, namespace: string): boolean {
  return exportTo.size === 0 || exportTo.has('*') || exportTo.has(namespace);
}

function isForItsNamespace(rule: DestinationRule): boolean {
  const exportTo = exportsOfRule(rule);
  return isExportedTo(exportTo, rule.metadata.namespace) || exportTo.has('.');
}

/** Without `exportTo` the mesh's default counts, which is everybody unless its configuration says otherwise. */
function isPrivateOnly(rule: DestinationRule): boolean {
  const exportTo = exportsOfRule(rule);
  return exportTo.size === 1 && (exportTo.has('.') || exportTo.has(rule.metadata.namespace));
}

/** Those with a workloadSelector first, then by age and name. @see push_context.go `sortConfigBySelectorAndCreationTime` */
function inOrder(a: DestinationRule, b: DestinationRule): number {
  return (
    Number(clientLabels(b) !== undefined) - Number(clientLabels(a) !== undefined) ||
    compare(createdAt(a) ?? '', createdAt(b) ?? '') ||
    compare(a.metadata.name, b.metadata.name)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** ISO 8601, UTC, whole seconds, so that texts compare like times; undefined in manifests. */
export function createdAt({ metadata }: DestinationRule): string | undefined {
  const created = metadata['creationTimestamp'];
  return typeof created === 'string' ? created : undefined;
}
