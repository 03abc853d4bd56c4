import type { RouteDestination, Destination } from '../../istio/types.ts';

/** What is remembered of one route. */
export interface Remembered {
  /** Its destinations before istiops first changed them. */
  readonly list: readonly RouteDestination[];
  /** The subset that destinations of the whole service (of this host, as written) are pinned to. */
  readonly stable?: { readonly host: string; readonly subset: string };
  /** Shares that were asked for since, in order. */
  readonly requestedShares: readonly { readonly destination: Destination; readonly percent: number }[];
  /** Nobody else has changed the route's list since istiops wrote it. */
  readonly isCurrent: boolean;
  /** `list` is what somebody else wrote, less our builds. */
  readonly isPartial: boolean;
}
