/** Which builds a rollback is about: the one of a pod-selector, or those that requests with some headers get. */
import { finding, type Finding } from '../../base/findings.ts';
import { memoized } from '../../base/memoized.ts';
import { titleOf } from '../../base/title.ts';
import { formatLabels } from '../../istio/labels.ts';
import { isWildcard } from '../../istio/rule-index.ts';
import { destinationsOf } from '../../istio/routes.ts';
import { buildKey } from '../../istio/service-identity.ts';
import type { Destination, DestinationRule, Labels, Route, VirtualService } from '../../istio/types.ts';
import { previewSubset, subsetNames } from '../../plan/names.ts';
import { ownBuilds, provenNames, rulesOfService } from '../../plan/own-subsets.ts';
import { previewOfRequests } from '../../plan/previews.ts';
import { inNamespace } from '../../plan/select.ts';
import { hasExactly } from '../../plan/subsets.ts';
import type { Snapshot } from '../../plan/types.ts';
import { alternativesBrief } from '../common/alternatives-brief.ts';
import type { RollbackIntent, RollbackOfBuild, RollbackOfRequests } from './intent.ts';

export interface LeavingChoice {
  /** For a person: `app=api,build=10`. */
  readonly words: string;
  /** The name of their subset; null where there is none, or several. */
  readonly subset: string | null;
  /** Labels of the builds, as far as a DestinationRule says them. */
  readonly labels: readonly Labels[];
  readonly isGone: (destination: Destination, namespace: string) => boolean;
  /** Did istiops make the destination's subset? */
  readonly isOwn: (destination: Destination, namespace: string) => boolean;
  /** Does this subset of a rule go, if istiops made it and nothing uses it? */
  readonly isReleased: (rule: DestinationRule, subset: string) => boolean;
  /** A base route that sends to the build alone (`promote` made it so) goes on doing that. */
  readonly keepsLast: boolean;
  readonly findings: readonly Finding[];
}

/** @param selected the VirtualServices whose previews are looked through */
export function leavingChoice(
  snapshot: Snapshot,
  selected: readonly VirtualService[],
  intent: RollbackIntent,
): LeavingChoice {
  return 'podLabels' in intent ? ofBuild(snapshot, intent) : ofRequests(snapshot, selected, intent);
}

/**
 * The subsets of exactly these labels; where a host's DestinationRules have none (it was removed by hand), those of the
 * names that we would give it. So is one that we made and named for it, and whose labels somebody has edited since.
 */
function ofBuild(snapshot: Snapshot, { podLabels }: RollbackOfBuild): LeavingChoice {
  const ownNames = new Set(subsetNames(podLabels));
  const isOwn = ownBuilds(snapshot);
  const isEdited = ({ host, subset = '' }: Destination, namespace: string): boolean =>
    ownNames.has(subset) &&
    hasEditedLabels(rulesOfService(snapshot, host, namespace).filter(inNamespace(snapshot)), subset);
  const isGone = memoized((key: string): boolean => {
    const [host = '', subset = ''] = key.split('|');
    const found = rulesOfService(snapshot, host, snapshot.namespace)
      .flatMap((rule) => rule.spec.subsets ?? [])
      .find(({ name }) => name === subset);
    if (found === undefined) return ownNames.has(subset);
    return hasExactly(found, podLabels) || isEdited({ host, subset }, snapshot.namespace);
  });
  const [plain] = subsetNames(podLabels);
  const existing = snapshot.destinationRules
    .filter(inNamespace(snapshot))
    .flatMap((rule) => rule.spec.subsets ?? [])
    .find((subset) => hasExactly(subset, podLabels));
  return {
    words: formatLabels(podLabels),
    subset: existing?.name ?? plain,
    labels: [podLabels],
    isGone: (destination, namespace) => hasSubset(destination) && isGone(buildKey(destination, namespace)),
    isOwn: (destination, namespace) => isOwn(destination, namespace) || isEdited(destination, namespace),
    // One that no route refers to goes if it still has the labels that it is named for.
    isReleased: (rule, name) => {
      const found = rule.spec.subsets?.find((subset) => subset.name === name);
      return found === undefined ? ownNames.has(name) : hasExactly(found, podLabels);
    },
    keepsLast: false,
    findings: [],
  };
}

/** Has a subset that `istiops/subsets` names other labels than istiops would give that name? */
function hasEditedLabels(rules: readonly DestinationRule[], name: string): boolean {
  return rules.some((rule) => provenNames(rule).refuted.includes(name));
}

/** The builds that previews of these requests send to, found by what the previews require. */
function ofRequests(
  snapshot: Snapshot,
  selected: readonly VirtualService[],
  { alternatives }: RollbackOfRequests,
): LeavingChoice {
  const previews = selected.flatMap((virtualService) =>
    previewsIn(virtualService).map(({ route, base }) => ({
      virtualService,
      route,
      relation: previewOfRequests(route, base, alternatives),
    })),
  );
  const builds = previews
    .filter(({ relation }) => relation === 'theirs')
    .flatMap(({ virtualService: { metadata }, route }) =>
      destinationsOf(route)
        .filter(({ destination: { subset } }) => subset === previewSubset(route))
        .map(({ destination }) => ({ destination, key: buildKey(destination, metadata.namespace) })),
    );
  const keys = new Set(builds.map(({ key }) => key));
  const names = new Set(builds.map(({ destination: { subset } }) => subset ?? ''));
  const [name = null, ...otherNames] = names;
  const asked = alternativesBrief(alternatives);
  return {
    words: `the preview of ${asked}`,
    subset: otherNames.length === 0 ? name : null,
    labels: [...new Map(builds.map((build) => [build.key, labelsOf(snapshot, build)])).values()].filter(
      (labels) => labels !== undefined,
    ),
    isGone: (destination, namespace) => hasSubset(destination) && keys.has(buildKey(destination, namespace)),
    isOwn: ownBuilds(snapshot),
    isReleased: ({ spec: { host }, metadata: { namespace } }, subset) =>
      keys.has(buildKey({ host, subset }, namespace)) || (isWildcard(host) && names.has(subset)),
    keepsLast: true,
    findings: previews.flatMap(({ virtualService, route, relation }): readonly Finding[] =>
      (relation === 'narrower' || relation === 'wider') && !keys.has(keyOf(route, virtualService))
        ? [previewOfOthers(virtualService, route, asked, relation)]
        : [],
    ),
  };
}

function keyOf(route: Route, { metadata }: VirtualService): string {
  const found = destinationsOf(route).find(({ destination: { subset } }) => subset === previewSubset(route));
  return found === undefined ? '' : buildKey(found.destination, metadata.namespace);
}

function hasSubset({ subset }: Destination): boolean {
  return subset !== undefined && subset !== '';
}

/** The previews of a VirtualService, each with the hand-written route that it stands above. */
function previewsIn({
  spec: { http = [] },
}: VirtualService): readonly { readonly route: Route; readonly base: Route | undefined }[] {
  return http.flatMap((route, index) =>
    previewSubset(route) === undefined
      ? []
      : [{ route, base: http.slice(index).find((below) => previewSubset(below) === undefined) }],
  );
}

function labelsOf(
  snapshot: Snapshot,
  { key, destination }: { readonly key: string; readonly destination: Destination },
): Labels | undefined {
  const [host = ''] = key.split('|');
  return rulesOfService(snapshot, host, snapshot.namespace)
    .flatMap((rule) => rule.spec.subsets ?? [])
    .find(({ name }) => name === destination.subset)?.labels;
}

function previewOfOthers(
  virtualService: VirtualService,
  route: Route,
  asked: string,
  relation: 'narrower' | 'wider',
): Finding {
  const [requires, way] = {
    narrower: ['requires more than', 'give all that it requires'],
    wider: [
      'requires only some of',
      'give just what it requires, or `bridge: true` if it was made with a bridge',
    ],
  }[relation];
  const message =
    `The preview route ${route.name ?? ''} of ${titleOf(virtualService)} ${requires} ${asked}: it is a preview of other requests, and stays. ` +
    `To take it away, ${way}, or the \`pod-selector\` of its build.`;
  return finding('preview-of-others', 'notice', message, virtualService);
}
