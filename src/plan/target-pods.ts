/** What the pods of a build get of a base route beside its own subset's share, where other subsets select them too. */
import { percent, subsetText } from '../base/text.ts';
import { destinationsOf, placeOf, routesOf, subsetOf } from '../istio/routes.ts';
import { isSameBuild } from '../istio/service-identity.ts';
import type { Labels, RouteDestination, VirtualService } from '../istio/types.ts';
import { effectiveShares } from '../istio/weights.ts';
import type { ChangeDraft, Shift } from './draft.ts';
import { podRelations, podsOfDestination } from './overlaps.ts';
import { subsetKey } from './subsets.ts';
import type { Snapshot } from './types.ts';
import { subsetLabels, type SubsetLabels } from './views.ts';
import type { UserRoute } from './user-routes.ts';

/** A base route that gives the build's pods requests by another subset as well. */
export interface SharedRoute {
  readonly virtualService: VirtualService;
  readonly base: UserRoute;
  /** Percent, of the build's own subset. */
  readonly own: number;
  /** Percent that the other subsets give them for certain: these have no other pods. */
  readonly certain: number;
  readonly others: readonly SharingSubset[];
}

export interface SharingSubset {
  readonly subset: string;
  readonly labels: Labels;
  /** Percent. */
  readonly share: number;
  /** It has other pods, too: how much of its share the build's pods get depends on the load balancer. */
  readonly isPart: boolean;
}

/**
 * The base routes as they will be. A route to the whole service is not among them: `checkBaseReach` and
 * `stable-pod-selector` are about those.
 */
export function sharedRoutes(snapshot: Snapshot, draft: ChangeDraft, shift: Shift): readonly SharedRoute[] {
  const subsets = withNeeded(subsetLabels(snapshot.destinationRules), draft);
  const sharesOf = sharesBeside(snapshot, shift, subsets);
  return shift.served.flatMap(({ virtualService, routes }) => {
    const change = draft.virtualServices.find(({ before }) => before === virtualService);
    const after = new Map(routesOf(change?.after ?? virtualService).map((one) => [placeOf(one), one.route]));
    const { namespace } = virtualService.metadata;
    // Only shares are written in place: above a base route, a preview may have come.
    const isInPlace = routesOf(virtualService).length === after.size;
    return routes.flatMap((base): readonly SharedRoute[] => {
      const route = (isInPlace ? after.get(placeOf(base)) : undefined) ?? base.route;
      const found = sharesOf(destinationsOf(route), namespace);
      return found.others.length === 0 ? [] : [{ virtualService, base, ...found }];
    });
  });
}

/** What is about to be made has labels already. */
function withNeeded(known: SubsetLabels, { needed }: ChangeDraft): SubsetLabels {
  const made = new Map(needed.map(({ service, name, labels }) => [subsetKey(service.host, name), labels]));
  return { get: (key) => known.get(key) ?? made.get(key) };
}

function sharesBeside(
  snapshot: Snapshot,
  { target }: Shift,
  subsets: SubsetLabels,
): (list: readonly RouteDestination[], namespace: string) => Omit<SharedRoute, 'virtualService' | 'base'> {
  const relation = podRelations(snapshot);
  const own = { host: target.service.host, subset: target.name };
  const pods = { host: target.service.host, labels: target.labels };
  return (list, namespace) => {
    const shares = effectiveShares(list);
    const found = list.map(({ destination }, i) => ({ destination, share: shares[i] ?? 0 }));
    const isOwn = ({ destination }: RouteDestination): boolean => isSameBuild(destination, own, namespace);
    const others = found.flatMap(({ destination, share }): readonly SharingSubset[] => {
      const subset = subsetOf(destination);
      const theirs = podsOfDestination(destination, namespace, subsets);
      if (subset === undefined || theirs === undefined || share === 0 || isOwn({ destination })) return [];
      const how = relation(theirs, pods);
      if (how === 'none') return [];
      return [{ subset, labels: theirs.labels, share, isPart: how === 'around' || how === 'some' }];
    });
    return {
      own: totalShare(found.filter(isOwn)),
      certain: totalShare(others.filter(({ isPart }) => !isPart)),
      others,
    };
  };
}

function totalShare(list: readonly { readonly share: number }[]): number {
  return list.reduce((sum, { share }) => sum + share, 0);
}

/** @example '44 %', 'more than 20 %' */
export function wholeShareText({ own, certain, others }: SharedRoute): string {
  const sum = percent(own + certain);
  return others.some(({ isPart }) => isPart) ? `more than ${sum}` : sum;
}

/**
 * What a headline adds to the share of the build's own subset.
 *
 * @returns undefined where its pods get nothing else
 * @example 'its pods get 44 % in all, because subset 10 selects them, too'
 */
export function sharedWords(routes: readonly SharedRoute[]): string | undefined {
  const [first] = routes;
  if (first === undefined) return undefined;
  const names = [...new Set(routes.flatMap(({ others }) => others.map(({ subset }) => subset)))];
  const [name = '', ...more] = names;
  const selects =
    more.length === 0 ? `${subsetText(name)} selects` : `${subsetText(name)} and ${more.length} more select`;
  const isAlike = routes.every((one) => wholeShareText(one) === wholeShareText(first));
  return `its pods get ${isAlike ? wholeShareText(first) : 'more'} in all, because ${selects} them, too`;
}
