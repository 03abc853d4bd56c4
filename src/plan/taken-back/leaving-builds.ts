import { subsetText } from '../../base/text.ts';
import { subsetOf } from '../../istio/routes.ts';
import type { Destination } from '../../istio/types.ts';

/** The builds that `rollback` or `clear` takes back. Destinations are as the VirtualService spells them. */
export interface LeavingBuilds {
  readonly isGone: (destination: Destination) => boolean;
  /** Does an annotation `istiops/subsets` prove that istiops made the destination's subset? */
  readonly isOwn: (destination: Destination) => boolean;
  /** `clear`: a build that is all that a route has (`promote` made it so) is what the route keeps. */
  readonly keepsLast: boolean;
}

/** Is it a build that goes, and that istiops made for certain? Whoever wrote it into a route didn't write its subset. */
export function isOwnAndGone({ isGone, isOwn }: LeavingBuilds, destination: Destination): boolean {
  return isGone(destination) && isOwn(destination);
}

/** What a message calls a build. */
export function buildName(destination: Destination): string {
  const subset = subsetOf(destination);
  return subset === undefined ? destination.host : subsetText(subset);
}
