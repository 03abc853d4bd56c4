/** What istiops made, as its names tell: a second reading, on purpose, of the rules that the planner writes by. */
import { covers, hostOfRule, isWildcard } from '../../istio/rule-index.ts';
import { serviceIdentity } from '../../istio/service-identity.ts';
import type { ListedRoute } from '../../istio/requests/route-list.ts';
import { destinationsOf } from '../../istio/routes.ts';
import type { DestinationRule, Labels, Route } from '../../istio/types.ts';
import { sameJson } from '../../json.ts';

/** A preview route is called `istiops-<subset>`, and `istiops-<subset>-2` and so on for further base routes. */
export function isPreview({ name, ...route }: Route): boolean {
  if (name?.startsWith('istiops-') !== true) return false;
  const rest = name.slice('istiops-'.length);
  return destinationsOf(route).some(({ destination: { subset } }) => {
    if (subset === undefined || !rest.startsWith(subset)) return false;
    const ordinal = rest.slice(subset.length);
    return ordinal === '' || (/^-[1-9]\d*$/.test(ordinal) && ordinal !== '-1');
  });
}

export function isPreviewRoute({ route }: ListedRoute): boolean {
  return isPreview(route);
}

/**
 * A route of the Go istiops has no name, matches headers alone and sends to one subset that is called
 * `<hostname>-<number>-<namespace>`.
 *
 * @see https://github.com/pismo/istiops, pkg/router
 */
export function isGoPreview({ name, match = [], ...route }: Route, namespace: string): boolean {
  const [only, ...more] = destinationsOf(route);
  return (
    name === undefined &&
    only !== undefined &&
    more.length === 0 &&
    isGoBuild(only.destination.host, only.destination.subset, namespace) &&
    match.length > 0 &&
    match.every(
      (block) => Object.keys(block).join() === 'headers' && Object.keys(block.headers ?? {}).length > 0,
    )
  );
}

export function isGoBuild(host: string, subset: string | undefined, namespace: string): boolean {
  if (subset?.startsWith(`${host}-`) !== true || !subset.endsWith(`-${namespace}`)) return false;
  return /^\d+$/.test(subset.slice(host.length + 1, -namespace.length - 1));
}

/**
 * The rules that are for a host, however either spells it: those that name it, then those for wildcards that it falls
 * under, the most specific first. Which of them a proxy uses is another question (`istio/requests/cluster.ts`).
 *
 * @param host resolved
 */
export function rulesFor(rules: readonly DestinationRule[], host: string): readonly DestinationRule[] {
  const wanted = serviceIdentity(host, '');
  const wild = wildcardsOf(rules).filter((rule) => covers(hostOfRule(rule), host));
  return [
    ...rules.filter(({ metadata, spec }) => serviceIdentity(spec.host, metadata.namespace) === wanted),
    ...wild.toSorted((a, b) => b.spec.host.length - a.spec.host.length),
  ];
}

const wildcards = new WeakMap<readonly DestinationRule[], readonly DestinationRule[]>();

function wildcardsOf(rules: readonly DestinationRule[]): readonly DestinationRule[] {
  const known = wildcards.get(rules);
  if (known !== undefined) return known;
  const found = rules.filter(({ spec }) => isWildcard(spec.host));
  wildcards.set(rules, found);
  return found;
}

/** The labels of a host's subset in any of the rules; undefined: no rule has it. */
export function labelsIn(
  rules: readonly DestinationRule[],
  host: string,
  subset: string,
): Labels | undefined {
  for (const { spec } of rulesFor(rules, host)) {
    const found = spec.subsets?.find(({ name }) => name === subset);
    if (found !== undefined) return found.labels ?? {};
  }
  return undefined;
}

/** Is it the subset of exactly these labels? */
export function hasLabelsIn(
  rules: readonly DestinationRule[],
  host: string,
  subset: string | null,
  labels: Labels,
): boolean {
  return subset !== null && sameJson(labelsIn(rules, host, subset), labels);
}

/** Does a rule's `istiops/subsets` name the subset? Then istiops made it. */
export function isMadeByUs(rules: readonly DestinationRule[], host: string, subset: string | null): boolean {
  return subset !== null && rulesFor(rules, host).some((rule) => namesOfOurs(rule).has(subset));
}

export function namesOfOurs({ metadata }: DestinationRule): ReadonlySet<string> {
  const text = metadata.annotations?.['istiops/subsets'] ?? '';
  return new Set(
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  );
}
