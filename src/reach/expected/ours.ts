/** What istiops made, as its names tell: a second reading, on purpose, of the rules that the planner writes by. */
import { hash } from 'node:crypto';
import { memoizedFor } from '../../base/memoized.ts';
import { resolveHost } from '../../istio/hosts.ts';
import { serviceIdentity } from '../../istio/service-identity.ts';
import type { ListedRoute } from '../../istio/requests/kept-routes.ts';
import { destinationsOf } from '../../istio/routes.ts';
import type { DestinationRule, Labels, Route } from '../../istio/types.ts';
import { canonicalJson, isObject, sameJson } from '../../base/json.ts';

/**
 * A preview route is called `istiops-<subset>`, and `istiops-<subset>-2` and so on for further base routes. The links to
 * previews come and go with them, and so count as such.
 */
export function isPreview(route: Route): boolean {
  if (route.name?.startsWith('istiops-') !== true) return false;
  return linkTo(route) !== undefined || previewedSubset(route) !== undefined;
}

/** The subset that a preview is named for, and sends to; undefined: it is none. */
export function previewedSubset({ name = '', ...route }: Route): string | undefined {
  if (!name.startsWith('istiops-')) return undefined;
  const rest = name.slice('istiops-'.length);
  return destinationsOf(route)
    .map(({ destination }) => destination.subset)
    .find((subset) => {
      if (subset === undefined || !rest.startsWith(subset)) return false;
      const ordinal = rest.slice(subset.length);
      return ordinal === '' || (/^-[1-9]\d*$/.test(ordinal) && ordinal !== '-1');
    });
}

/**
 * A link redirects one path to `/` and sets a cookie, and nothing else.
 *
 * @returns the subset that it is named for; null for the one that removes the cookie; undefined: it is no link
 */
export function linkTo(route: Route): string | null | undefined {
  // Every class of requests asks, and a route may have thousands of blocks.
  const [, subset] = /^istiops-link-(.+)$/.exec(route.name ?? '') ?? [];
  if (subset === undefined) return undefined;
  const { name: _name, match = [], redirect, headers, ...more } = route;
  const [block] = match;
  if (block === undefined || match.length > 1 || Object.keys(more).length > 0) return undefined;
  const { uri, gateways: _, ...rest } = block;
  const { scheme: _scheme, ...to } = isObject(redirect) ? redirect : {};
  const text = JSON.stringify(headers ?? null);
  const isOnlyCookie = /^\{"response":\{"add":\{"set-cookie":"(?:[^"\\]|\\.)*"\}\}\}$/.test(text);
  if (uri?.exact === undefined || Object.keys(rest).length > 0 || !isOnlyCookie) return undefined;
  if (canonicalJson(to) !== '{"redirectCode":302,"uri":"/"}') return undefined;
  return subset === 'off' && text.includes('; Max-Age=0;') ? null : subset;
}

/** May a preview of this name be one of the subset? */
export function isNamedAfter(name: string, subset: string): boolean {
  return name === `istiops-${subset}` || name.startsWith(`istiops-${subset}-`);
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
  if (subset?.endsWith(`-${namespace}`) !== true) return false;
  // Somebody may have written the host in full since.
  const isHere = serviceIdentity(host, namespace).endsWith(`.${namespace}`);
  return [host, ...(isHere ? host.split('.').slice(0, 1) : [])].some(
    (name) =>
      subset.startsWith(`${name}-`) && /^\d+$/.test(subset.slice(name.length + 1, -namespace.length - 1)),
  );
}

/** By its name alone: a number between something and something. */
export function isGoName(subset: string): boolean {
  return /^.+-\d+-.+$/.test(subset);
}

/** Is the rule for the host, by itself (however either spells it) or as a wildcard? The host is resolved. */
export function isRuleFor({ metadata, spec }: DestinationRule, host: string): boolean {
  const own = resolveHost(spec.host, metadata.namespace);
  if (own.startsWith('*')) return host.endsWith(own.slice(1));
  return serviceIdentity(own, metadata.namespace) === serviceIdentity(host, '');
}

/** The rules for a host, the most specific first: a wildcard is looked at only where no other rule says more. */
function closestRulesFor(rules: readonly DestinationRule[], host: string): readonly DestinationRule[] {
  const specificity = ({ spec }: DestinationRule): number =>
    spec.host.startsWith('*') ? spec.host.length : Infinity;
  const found = rules.filter((rule) => isRuleFor(rule, host));
  return found.some(({ spec }) => spec.host.startsWith('*'))
    ? found.toSorted((a, b) => (specificity(a) === specificity(b) ? 0 : specificity(b) - specificity(a)))
    : found;
}

/** The labels of a host's subset in any of the rules, however either spells the host; undefined: no rule has it. */
export function labelsIn(
  rules: readonly DestinationRule[],
  host: string,
  subset: string,
): Labels | undefined {
  for (const { spec } of closestRulesFor(rules, host)) {
    const found = spec.subsets?.find(({ name }) => name === subset);
    if (found !== undefined) return found.labels ?? {};
  }
  return undefined;
}

/** The name of the host's subset of exactly these labels; undefined: no rule has one. */
export function subsetOfLabels(
  rules: readonly DestinationRule[],
  host: string,
  labels: Labels,
): string | undefined {
  return closestRulesFor(rules, host)
    .flatMap(({ spec }) => spec.subsets ?? [])
    .find((subset) => sameJson(subset.labels ?? {}, labels))?.name;
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

/** Does the `istiops/subsets` of a rule for the host prove that istiops made the subset? */
export function isMadeByUs(rules: readonly DestinationRule[], host: string, subset: string | null): boolean {
  return subset !== null && rules.some((rule) => provenNamesOf(rule).has(subset) && isRuleFor(rule, host));
}

/** One that istiops made for these labels, and that somebody gave other labels since. */
export function isEditedSubset(
  rules: readonly DestinationRule[],
  host: string,
  subset: string,
  labels: Labels,
): boolean {
  return (
    isNamedFor(subset, labels) &&
    rules.some(
      (rule) => namesOfOurs(rule).has(subset) && !provenNamesOf(rule).has(subset) && isRuleFor(rule, host),
    )
  );
}

/** Those of `namesOfOurs` that istiops can have given: a subset's name follows from its labels. */
const provenNamesOf = memoizedFor(
  (rule: DestinationRule): ReadonlySet<string> =>
    new Set(
      [...namesOfOurs(rule)].filter((name) => {
        const subset = rule.spec.subsets?.find((one) => one.name === name);
        return subset === undefined || isNamedFor(name, subset.labels ?? {});
      }),
    ),
);

/**
 * Would istiops give a subset of these labels this name? The values in the order of their keys, with six digits of a
 * hash where something was lost on the way to a DNS label, or where the plain name was taken.
 */
export function isNamedFor(name: string, labels: Labels): boolean {
  const keys = Object.keys(labels).sort();
  const values = keys.map((key) => labels[key] ?? '').filter((value) => value.length > 0);
  const text = values.join('-');
  const digits = hash('sha256', JSON.stringify(keys.map((key) => [key, labels[key]])), 'hex').slice(0, 6);
  const isLabel = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(text) && text.length < 64;
  if (isLabel && name === text) return true;
  const letters = text
    .toLowerCase()
    .split(/[^a-z0-9-]+/)
    .join('-');
  const stem = trimmed(trimmed(letters).slice(0, 56), /-+$/);
  return name === `${stem === '' ? 'subset' : stem}-${digits}`;
}

function trimmed(text: string, pattern = /^-+|-+$/g): string {
  return text.replace(pattern, '');
}

/** All that the annotation names. */
export function namesOfOurs({ metadata }: DestinationRule): ReadonlySet<string> {
  const text = metadata.annotations?.['istiops/subsets'] ?? '';
  if (text.length > LONGEST) return new Set();
  return new Set(
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name)),
  );
}

/** Characters of the annotation: more than istiops writes. */
const LONGEST = 64 * 1024;
