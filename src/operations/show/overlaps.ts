/** What `show` says of subsets of one route that select the same pods: what these get is not one subset's share. */
import { finding, type Finding } from '../../base/findings.ts';
import { percent, subsetText } from '../../base/text.ts';
import { titleOf } from '../../base/title.ts';
import { destinationsOf, nameOf, placeOf, routesOf, subsetOf, type PlacedRoute } from '../../istio/routes.ts';
import type { RouteDestination, VirtualService } from '../../istio/types.ts';
import { effectiveShares } from '../../istio/weights.ts';
import { podRelations, podsOfDestination, type PodRelation } from '../../plan/overlaps.ts';
import { joinFirst } from '../../plan/select.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { SubsetLabels } from '../../plan/views.ts';

/** Pairs of a route that a message names. */
const MOST_PAIRS = 3;

interface NamedShare {
  /** `subset 10`, `the whole service`. */
  readonly name: string;
  readonly share: number;
}

/** One warning for all routes of a VirtualService of which the same is to be said. */
export function overlapFindings(
  snapshot: Snapshot,
  virtualService: VirtualService,
  subsets: SubsetLabels,
): readonly Finding[] {
  const wordsOf = overlapWords(snapshot, virtualService.metadata.namespace, subsets);
  const alike = Map.groupBy(routesOf(virtualService), ({ route }) => wordsOf(destinationsOf(route)));
  return [...alike].flatMap(([words, routes]) => {
    if (words === '') return [];
    const message = `${joinFirst(routes.map(nameInYaml))} of ${titleOf(virtualService)}: ${words}.`;
    return [finding('subsets-share-pods', 'warning', message, virtualService)];
  });
}

function nameInYaml(placed: PlacedRoute): string {
  const name = nameOf(placed.route);
  return name === undefined ? placeOf(placed) : `${placeOf(placed)} (${name})`;
}

/** Empty where no two destinations that get requests have pods in common. */
function overlapWords(
  snapshot: Snapshot,
  namespace: string,
  subsets: SubsetLabels,
): (list: readonly RouteDestination[]) => string {
  const relation = podRelations(snapshot);
  return (list) => {
    if (list.length < 2) return '';
    const shares = effectiveShares(list);
    const known = list.flatMap(({ destination }, i) => {
      const pods = podsOfDestination(destination, namespace, subsets);
      const subset = subsetOf(destination);
      const share = shares[i] ?? 0;
      if (pods === undefined || share === 0) return [];
      const name = subset === undefined ? `the whole service ${destination.host}` : subsetText(subset);
      return [{ name, share, pods, key: JSON.stringify([pods.host, subset]) }];
    });
    const pairs = known.flatMap((one, i) =>
      known
        .slice(i + 1)
        .filter(({ key }) => key !== one.key)
        .flatMap((other) => pairWords(one, other, relation(one.pods, other.pods)) ?? []),
    );
    const rest = pairs.length - MOST_PAIRS;
    return [...pairs.slice(0, MOST_PAIRS), ...(rest > 0 ? [`and ${rest} more such pairs`] : [])].join('; ');
  };
}

function pairWords(one: NamedShare, other: NamedShare, relation: PodRelation): string | undefined {
  switch (relation) {
    case 'none':
      return undefined;
    case 'same':
      return `${one.name} and ${other.name} select the same pods, which get ${percent(one.share + other.share)} in all`;
    case 'around':
      return aroundWords(one, other);
    case 'within':
      return aroundWords(other, one);
    case 'some':
      return `some pods are selected by both ${one.name} and ${other.name}, and get requests by both`;
  }
}

function aroundWords(outer: NamedShare, inner: NamedShare): string {
  return `${outer.name} has the pods of ${inner.name}, too, which get part of its ${percent(outer.share)} beside their ${percent(inner.share)}`;
}
