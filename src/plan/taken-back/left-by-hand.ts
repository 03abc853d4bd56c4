import { finding, type Finding } from '../../base/findings.ts';
import { titleOf } from '../../base/title.ts';
import { destinationsOf, mirrorsOf } from '../../istio/routes.ts';
import type { Destination, VirtualService } from '../../istio/types.ts';
import type { Change } from '../objects.ts';
import { buildName } from './leaving-builds.ts';
import { pickOf } from '../route-picks.ts';
import { userRoutes } from '../user-routes.ts';

/** What a build still gets by a route that somebody else wrote, though nobody requested it of istiops. */
export function leftByHand(
  { before, after }: Change<VirtualService>,
  isGone: (destination: Destination) => boolean,
): readonly Finding[] {
  return userRoutes(after).flatMap((base) => {
    const list = destinationsOf(base.route);
    const listed = list.find(
      ({ destination, weight }) => isGone(destination) && (list.length === 1 || (weight ?? 0) > 0),
    );
    const mirror = mirrorsOf(base.route).find(isGone);
    const why =
      before === after
        ? ', and nothing says that istiops did that: it counts as written by hand and stays.'
        : ', as it did before istiops changed anything: that was written by hand and stays.';
    const subject = `${pickOf(base)} of ${titleOf(after)}`;
    return [
      ...(listed === undefined
        ? []
        : [
            finding(
              'share-by-hand',
              'warning',
              `${subject} sends to ${buildName(listed.destination)}${why} To take the share away, set \`weight: 0\`, or promote another build.`,
              after,
            ),
          ]),
      ...(mirror === undefined
        ? []
        : [
            finding(
              'mirror-by-hand',
              'warning',
              `${subject} mirrors requests to ${buildName(mirror)}${why} To end it, remove the mirror from the route.`,
              after,
            ),
          ]),
    ];
  });
}
