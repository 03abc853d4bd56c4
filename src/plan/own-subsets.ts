/**
 * Which subsets istiops made. The annotation `istiops/subsets` of a DestinationRule names them, and whoever may write
 * the DestinationRule may write into it whatever they like: a name counts only where istiops could have given it.
 */
import { memoizedFor } from '../base/memoized.ts';
import { clusterDomain } from '../istio/cluster-domain.ts';
import { resolveHost } from '../istio/hosts.ts';
import { ruleCovers, hostOfRule, isWildcard } from '../istio/rule-index.ts';
import { serviceIdentity, buildKey } from '../istio/service-identity.ts';
import type { Destination, DestinationRule, VirtualService } from '../istio/types.ts';
import { namedDestinations, routesOf, subsetOf } from '../istio/routes.ts';
import { finding, type Finding } from '../base/findings.ts';
import { subsetNames } from './names.ts';
import { titleOf } from '../base/title.ts';
import type { Snapshot } from './types.ts';

export const SUBSETS = 'istiops/subsets';

/** Characters of the annotation: more than a thousand names. */
const LONGEST_TEXT = 64 * 1024;

/** A subset's name that istiops gives: a DNS-1123 label. */
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** The names in the annotation's text, each once; none where the text is longer than any that istiops writes. */
export function parseOwnSubsets(text: string): readonly string[] {
  if (text.length > LONGEST_TEXT) return [];
  return [...new Set(text.split(',').map((name) => name.trim()))].filter((name) => LABEL.test(name));
}

/** The names that count, and those that don't. */
export interface ProvenNames {
  /** Subsets that istiops made; one that somebody has removed since stays among them. */
  readonly proven: ReadonlySet<string>;
  /** Names of subsets whose labels istiops would have given another name. */
  readonly refuted: readonly string[];
}

/**
 * istiops names a subset by its labels alone (`subsetNames`), so a hand-written subset (`v1`) that the annotation
 * names is refuted by its own name.
 */
export const provenNames = memoizedFor((rule: DestinationRule): ProvenNames => {
  const subsets = new Map((rule.spec.subsets ?? []).map((subset) => [subset.name, subset.labels ?? {}]));
  const named = parseOwnSubsets(rule.metadata.annotations?.[SUBSETS] ?? '');
  const isCredible = (name: string): boolean => {
    const labels = subsets.get(name);
    return labels === undefined || subsetNames(labels).includes(name);
  };
  return {
    proven: new Set(named.filter(isCredible)),
    refuted: named.filter((name) => !isCredible(name)),
  };
});

/** A warning for each DestinationRule of the namespace whose annotation names what istiops can't have made. */
export function refutedNames({ namespace, destinationRules }: Snapshot): readonly Finding[] {
  return destinationRules.flatMap((rule) => {
    if (rule.metadata.namespace !== namespace) return [];
    const text = rule.metadata.annotations?.[SUBSETS] ?? '';
    const { refuted } = provenNames(rule);
    const isTooLong = text.length > LONGEST_TEXT;
    if (refuted.length === 0 && !isTooLong) return [];
    const what = isTooLong
      ? `has ${text.length} characters, more than istiops ever writes: it is not followed, so no subset is removed because of it.`
      : `names ${refuted.slice(0, 10).join(', ')}, but istiops gives a subset of these labels another name: ` +
        (refuted.length === 1
          ? 'it does not count as made by istiops, so it stays. '
          : 'none of them counts as made by istiops, so they stay. ') +
        'A subset that somebody has renamed can be removed by hand once no route sends to it, and its name from the annotation.';
    const message = `The annotation ${SUBSETS} of ${titleOf(rule)} ${what}`;
    return [finding('subsets-not-ours', 'warning', message, rule)];
  });
}

/**
 * Does a DestinationRule of the namespace prove that istiops made the destination's subset? By service, not by spelling.
 * istiops writes in no other namespace, and whoever may write there could else say of any subset that istiops made it.
 */
export function ownBuilds(snapshot: Snapshot): (destination: Destination, namespace: string) => boolean {
  const own = new Set(
    snapshot.destinationRules.flatMap((rule) => {
      if (rule.metadata.namespace !== snapshot.namespace) return [];
      const service = serviceIdentity(rule.spec.host, rule.metadata.namespace);
      return [...provenNames(rule).proven].map((name) => `${service}|${name}`);
    }),
  );
  const wildcards = snapshot.destinationRules.filter(
    (rule) => isWildcard(rule.spec.host) && provenNames(rule).proven.size > 0,
  );
  return (destination, namespace) => {
    const subset = subsetOf(destination);
    if (subset === undefined) return false;
    return (
      own.has(buildKey(destination, namespace)) ||
      wildcards.some(
        (rule) => provenNames(rule).proven.has(subset) && coversHost(rule, destination.host, namespace),
      )
    );
  };
}

/**
 * The DestinationRules in sight for the service that a host means, however either spells it; those for a wildcard that
 * covers it come last.
 */
export function rulesOfService(
  snapshot: Snapshot,
  host: string,
  namespace: string,
): readonly DestinationRule[] {
  const service = serviceIdentity(host, namespace);
  const exact = snapshot.destinationRules.filter(
    (rule) => serviceIdentity(rule.spec.host, rule.metadata.namespace) === service,
  );
  const wildcards = snapshot.destinationRules
    .filter((rule) => isWildcard(rule.spec.host) && coversHost(rule, host, namespace))
    .toSorted((a, b) => b.spec.host.length - a.spec.host.length);
  return [...exact, ...wildcards.filter((rule) => !exact.includes(rule))];
}

/** Is a rule for a wildcard for this host, too? `api.shop`, as identities have it, is a service of the cluster. */
function coversHost(rule: DestinationRule, host: string, namespace: string): boolean {
  const full = `${serviceIdentity(host, namespace)}.svc.${clusterDomain()}`;
  return [resolveHost(host, namespace), full].some((one) => ruleCovers(hostOfRule(rule), one));
}

/** `buildKey` of everything that VirtualServices send or mirror to. */
export function referredBuilds(virtualServices: readonly VirtualService[]): ReadonlySet<string> {
  return new Set(
    virtualServices.flatMap((virtualService) =>
      routesOf(virtualService).flatMap(({ route }) =>
        namedDestinations(route).map((destination) =>
          buildKey(destination, virtualService.metadata.namespace),
        ),
      ),
    ),
  );
}
