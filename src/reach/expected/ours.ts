/** What istiops made, as its names tell: a second reading, on purpose, of the rules that the planner writes by. */
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

/** The labels of a host's subset in any of the rules, however either spells the host; undefined: no rule has it. */
export function labelsIn(
  rules: readonly DestinationRule[],
  host: string,
  subset: string,
): Labels | undefined {
  const wanted = serviceIdentity(host, '');
  for (const { metadata, spec } of rules) {
    if (serviceIdentity(spec.host, metadata.namespace) !== wanted) continue;
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
  return rules.some(
    (rule) =>
      serviceIdentity(rule.spec.host, rule.metadata.namespace) === serviceIdentity(host, '') &&
      subset !== null &&
      namesOfOurs(rule).has(subset),
  );
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
