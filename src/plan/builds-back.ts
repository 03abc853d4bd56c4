import type { Destination } from '../istio/types.ts';

/** The builds that are taken back. Destinations are as the VirtualService spells them. */

export interface BuildsBack {
  readonly isGone: (destination: Destination) => boolean;
  /** Does an annotation `istiops/subsets` prove that istiops made the destination's subset? */
  readonly isOwn: (destination: Destination) => boolean;
  /** `clear`: a build that is all that a route has (`promote` made it so) is what the route keeps. */
  readonly keepsLast: boolean;
}
