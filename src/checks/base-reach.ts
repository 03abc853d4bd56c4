import { finding, type Finding } from '../base/findings.ts';
import { percent } from '../base/text.ts';
import { titleOf } from '../base/title.ts';
import { isDestinationOf } from '../istio/hosts.ts';
import { formatLabels, hasLabels } from '../istio/labels.ts';
import { destinationsOf, mirrorsOf, placeOf, routesOf, subsetOf } from '../istio/routes.ts';
import type { VirtualService } from '../istio/types.ts';
import { effectiveShares } from '../istio/weights.ts';
import type { Shift } from '../plan/draft.ts';
import { readyPodsOf, servicesFor } from '../plan/pods.ts';
import { isPreviewOf } from '../plan/previews.ts';
import { stableAdvice } from '../plan/stable-pods.ts';
import { isTarget, type Target } from '../plan/subsets.ts';
import type { Snapshot } from '../plan/types.ts';
import type { CheckContext } from './context.ts';
import { buildShare } from './shares.ts';
import { pickOf } from '../plan/route-picks.ts';
import { userRoutes, type UserRoute } from '../plan/user-routes.ts';

/**
 * A base route that still sends to the whole service afterwards reaches the target's pods by that: a weight would give
 * them more than was asked, a preview or a mirror would not be the only way to them.
 */
export function checkBaseReach({ snapshot, draft: { shift, virtualServices } }: CheckContext): Finding[] {
  if (shift === undefined || shift.stable !== undefined) return [];
  if (!isReached(snapshot, shift.target)) return [];
  return shift.served.flatMap(({ virtualService, routes }) => {
    const after = virtualServices.find(({ before }) => before === virtualService)?.after ?? virtualService;
    const open = routesAfter(virtualService, routes, after).flatMap(({ base, changed }) => {
      const effect = isOpen(changed, after, shift) ? effectOn(changed, after, shift) : undefined;
      return effect === undefined ? [] : [{ base, ...effect }];
    });
    const worst = open.find(({ isMore }) => isMore) ?? open[0];
    if (worst === undefined) return [];
    const isError = worst.isMore && snapshot.source === 'kubernetes';
    const isKnown = snapshot.pods.state === 'known';
    const message =
      `${pickOf(worst.base)} of ${titleOf(virtualService)} sends to ${shift.service.host} without a subset, which includes the pods of ${formatLabels(shift.target.labels)}${isKnown ? '' : ' if its Service does'}: ${worst.words}. ` +
      stableAdvice(snapshot, shift.service.host, shift.target.labels);
    return [finding('base-reaches-target', isError ? 'error' : 'warning', message, virtualService, isError)];
  });
}

/** The base routes as they become. Previews come and go around them, so they are counted without. */
function routesAfter(
  virtualService: VirtualService,
  routes: readonly UserRoute[],
  after: VirtualService,
): readonly { readonly base: UserRoute; readonly changed: UserRoute }[] {
  const positions = new Map(userRoutes(virtualService).map((one, i) => [placeOf(one), i]));
  return routes.map((base) => ({
    base,
    changed: userRoutes(after)[positions.get(placeOf(base)) ?? -1] ?? base,
  }));
}

/** Do some of its requests go to the whole service? */
function isOpen({ route }: UserRoute, { metadata }: VirtualService, { service }: Shift): boolean {
  const list = destinationsOf(route);
  const shares = effectiveShares(list);
  return list.some(
    ({ destination }, i) =>
      subsetOf(destination) === undefined &&
      isDestinationOf(destination, metadata.namespace, service) &&
      (shares[i] ?? 0) > 0,
  );
}

/** @returns undefined where the plan sends nothing to the build: what it has, it has already */
function effectOn(
  { route }: UserRoute,
  after: VirtualService,
  { target }: Shift,
): { readonly words: string; readonly isMore: boolean } | undefined {
  const { namespace } = after.metadata;
  const isBuild = (destination: Parameters<typeof isTarget>[0]): boolean =>
    isTarget(destination, namespace, target);
  const share = buildShare(route, namespace, target);
  if (share > 0) return { words: `they would get more than ${percent(share)}`, isMore: true };
  if (routesOf(after).some((one) => isPreviewOf(one.route, isBuild)))
    return {
      words: 'they get ordinary requests too, not only those with the headers',
      isMore: false,
    };
  if (mirrorsOf(route).some(isBuild))
    return { words: 'they get ordinary requests too, not only copies', isMore: false };
  return undefined;
}

/** In manifests nobody knows the pods, so they may be reached. */
function isReached(snapshot: Snapshot, { labels, service }: Target): boolean {
  const ready = readyPodsOf(snapshot, labels);
  if (ready === undefined) return true;
  const services = servicesFor(snapshot, service.host);
  const selectors = services.flatMap(({ selector }) => (selector === undefined ? [] : [selector]));
  if (services.length === 0 || selectors.length === 0) return ready.length > 0;
  return ready.some((pod) => selectors.some((selector) => hasLabels(pod.labels, selector)));
}
