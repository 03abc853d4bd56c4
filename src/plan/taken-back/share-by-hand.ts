import { finding, type Finding } from '../../base/findings.ts';
import { titleOf } from '../../base/title.ts';
import { destinationsOf } from '../../istio/routes.ts';
import type { Destination, VirtualService } from '../../istio/types.ts';
import { pickOf, userRoutes } from '../base-routes.ts';
import type { Change } from '../objects.ts';
import { buildName } from './leaving-builds.ts';

/** Builds that get a share of a route that somebody else wrote, though nobody requested it of istiops. */
export function sharesByHand(
  { before, after }: Change<VirtualService>,
  isGone: (destination: Destination) => boolean,
): readonly Finding[] {
  return userRoutes(after).flatMap((base) => {
    const list = destinationsOf(base.route);
    const listed = list.find(
      ({ destination, weight }) => isGone(destination) && (list.length === 1 || (weight ?? 0) > 0),
    );
    if (listed === undefined) return [];
    const message =
      before === after
        ? `${pickOf(base)} of ${titleOf(after)} sends to ${buildName(listed.destination)}, and nothing says that istiops did that: it counts as written by hand and stays.`
        : `${pickOf(base)} of ${titleOf(after)} sends to ${buildName(listed.destination)}, as it did before istiops changed anything: that was written by hand and stays.`;
    const remedy = 'To take the share away, use `weight` 0, or `promote` another build.';
    return [finding('share-by-hand', 'warning', `${message} ${remedy}`, after)];
  });
}
