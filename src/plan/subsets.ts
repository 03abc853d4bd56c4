import { memoizedFor } from '../base/memoized.ts';
import { subsetOfRules } from '../istio/merge-rules.ts';
import { ruleCovers, hostOfRule, isWildcard } from '../istio/rule-index.ts';
import { isDestinationOf, resolveHost, type Service } from '../istio/hosts.ts';
import { formatLabels } from '../istio/labels.ts';
import { destinationsOf, mirrorsOf, routesOf, subsetOf } from '../istio/routes.ts';
import type { Destination, DestinationRule, Labels, Subset, VirtualService } from '../istio/types.ts';
import { sameJson } from '../base/json.ts';
import { refuse } from '../base/errors.ts';
import { isGoSubset, subsetNames } from './names.ts';
import { withAnnotation } from './objects.ts';
import { titleOf } from '../base/title.ts';
import { parseOwnSubsets, SUBSETS } from './own-subsets.ts';
import type { Snapshot } from './types.ts';

export { SUBSETS } from './own-subsets.ts';

/** A subset of a service: one that exists, or the one that will be made. */
export interface Target {
  readonly service: Service;
  readonly name: string;
  readonly labels: Labels;
  readonly destinationRule: DestinationRule;
  readonly exists: boolean;
}

/**
 * The subset of exactly these labels: the one that the proxies have, under whatever name, else a new one.
 *
 * @param destinationRule the one that a new subset is added to
 * @param rules all that istiod merges with it, the one that decides first
 * @throws TrafficError check-failed where another DestinationRule for the host gives the name other labels
 */
export function targetSubset(
  snapshot: Snapshot,
  destinationRule: DestinationRule,
  service: Service,
  labels: Labels,
  rules: readonly DestinationRule[] = [destinationRule],
): Target {
  const subsets = rules.flatMap(({ spec }) => spec.subsets ?? []);
  const existing = subsets.find(
    (subset) => hasExactly(subset, labels) && subsetOfRules(rules, subset.name)?.subset === subset,
  );
  const taken = new Set((destinationRule.spec.subsets ?? []).map((subset) => subset.name));
  const [plain, hashed] = subsetNames(labels);
  const name = existing?.name ?? (taken.has(plain) ? hashed : plain);
  const host = hostOfRule(destinationRule);
  for (const rule of snapshot.destinationRules.filter((one) => hostOfRule(one) === host)) {
    const other = rule.spec.subsets?.find((subset) => subset.name === name);
    if (other === undefined || hasExactly(other, labels)) continue;
    refuse(
      'subset-conflict',
      `${titleOf(rule)}, also for the host ${host}, has a subset ${name} of other labels ` +
        `(${formatLabels(other.labels ?? {}) || 'none'}): the same name would mean other pods to some proxies. Rename or remove it there.`,
      rule,
    );
  }
  const home = existing && subsetOfRules(rules, existing.name)?.rule;
  return { service, name, labels, destinationRule: home ?? destinationRule, exists: existing !== undefined };
}

/** Has the subset these labels and no others? */
export function hasExactly(subset: Subset, labels: Labels): boolean {
  return sameJson(subset.labels ?? {}, labels);
}

/** The names of the subsets that we made. */
export function ownSubsets(rule: DestinationRule): readonly string[] {
  return parseOwnSubsets(rule.metadata.annotations?.[SUBSETS] ?? '');
}

/** The DestinationRule with the subset, marked as made by istiops; unchanged where it is there already. */
export function withSubsetOf(
  rule: DestinationRule,
  target: Pick<Target, 'name' | 'labels'>,
): DestinationRule {
  const subsets = rule.spec.subsets ?? [];
  if (subsets.some((subset) => subset.name === target.name)) return rule;
  const added = {
    ...rule,
    spec: { ...rule.spec, subsets: [...subsets, { name: target.name, labels: target.labels }] },
  };
  const wasEmpty = hadEmptyList(rule) || rule.spec.subsets?.length === 0;
  return withAnnotation(
    added,
    SUBSETS,
    subsetsText([...new Set([...ownSubsets(rule), target.name])], wasEmpty),
  );
}

/** In front of the names: the DestinationRule had an empty list. It is no name that a subset can have. */
const EMPTY_LIST = '[]';

function hadEmptyList({ metadata }: DestinationRule): boolean {
  return (metadata.annotations?.[SUBSETS] ?? '').startsWith(`${EMPTY_LIST},`);
}

function subsetsText(names: readonly string[], wasEmpty: boolean): string | undefined {
  return names.length === 0 ? undefined : [...(wasEmpty ? [EMPTY_LIST] : []), ...names].join(',');
}

/** The DestinationRule without some of the subsets that we or the Go istiops made, as if they had never been there. */
export function withoutSubsets(rule: DestinationRule, names: ReadonlySet<string>): DestinationRule {
  const own = ownSubsets(rule);
  const isGo = (name: string): boolean => isGoSubset(name, rule.spec.host, rule.metadata.namespace);
  const gone = new Set([...names].filter((name) => own.includes(name) || isGo(name)));
  if (gone.size === 0) return rule;
  const left = (rule.spec.subsets ?? []).filter((subset) => !gone.has(subset.name));
  const { subsets: _, ...spec } = rule.spec;
  const wasEmpty = hadEmptyList(rule);
  const isAbsent = left.length === 0 && !wasEmpty;
  const removed = { ...rule, spec: isAbsent ? spec : { ...rule.spec, subsets: left } };
  const stay = own.filter((name) => !gone.has(name));
  return withAnnotation(removed, SUBSETS, subsetsText(stay, wasEmpty));
}

/** What VirtualServices send or mirror to, as `subsetKey`s with resolved hosts. */
export interface ReferencedSubsets extends Iterable<string> {
  /** Is the subset sent to? Of a host that is a wildcard, as a DestinationRule's may be: of any host it covers. */
  has(key: string): boolean;
}

/** Everything that VirtualServices send or mirror to. */
export function referencedSubsets(virtualServices: readonly VirtualService[]): ReferencedSubsets {
  const keys = new Set(virtualServices.flatMap((virtualService) => [...referencesOf(virtualService)]));
  const has = (key: string): boolean => {
    if (keys.has(key)) return true;
    if (!isWildcard(key)) return false;
    const wanted = hostAndSubset(key);
    return [...keys]
      .map(hostAndSubset)
      .some(({ host, subset }) => subset === wanted.subset && ruleCovers(wanted.host, host));
  };
  return { has, [Symbol.iterator]: () => keys.values() };
}

const referencesOf = memoizedFor((virtualService: VirtualService): ReadonlySet<string> => {
  const found = new Set<string>();
  const keyOf = keysIn(virtualService.metadata.namespace);
  const refer = (destination: Destination): void => {
    const subset = subsetOf(destination);
    if (subset !== undefined) found.add(keyOf(destination.host, subset).key);
  };
  for (const { route } of routesOf(virtualService)) {
    for (const { destination } of destinationsOf(route)) refer(destination);
    for (const mirror of mirrorsOf(route)) refer(mirror);
  }
  return found;
});

/** @param host resolved: `api.shop.svc.cluster.local` */
export function subsetKey(host: string, subset: string): string {
  return `${host}|${subset}`;
}

/** What a `subsetKey` is made of. */
export function hostAndSubset(key: string): { readonly host: string; readonly subset: string } {
  const at = key.indexOf('|');
  return { host: key.slice(0, at), subset: key.slice(at + 1) };
}

/** A resolved host, and its subset's `subsetKey`. */
export interface KeyedSubset {
  readonly host: string;
  readonly key: string;
}

/**
 * The keys of what a namespace's routes send to. Thousands of routes send to a few subsets: each is resolved and put
 * into one text once.
 */
export function keysIn(namespace: string): (host: string, subset: string) => KeyedSubset {
  const known = new Map<string, Map<string, KeyedSubset>>();
  return (host, subset) => {
    const subsets = known.get(host) ?? new Map<string, KeyedSubset>();
    const found = subsets.get(subset);
    if (found !== undefined) return found;
    const resolved = resolveHost(host, namespace);
    const keyed = { host: resolved, key: subsetKey(resolved, subset) };
    known.set(host, subsets.set(subset, keyed));
    return keyed;
  };
}

/** Is it a destination of the target subset? */
export function isTarget(
  destination: Destination,
  namespace: string,
  target: Pick<Target, 'service' | 'name'>,
): boolean {
  return destination.subset === target.name && isDestinationOf(destination, namespace, target.service);
}
