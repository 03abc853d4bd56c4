/** Which requests a rule wants to see: those of some routes, one class for each match block. */
import type { ListedRoute } from '../../istio/requests/kept-routes.ts';
import type { Asked } from '../asking.ts';
import { blocksOf } from '../listed.ts';
import type { AboutClass } from './types.ts';

/** Requests that match a block of these routes, whichever route is the first for them. */
export function aboutMatching(routes: readonly ListedRoute[], isAsked: boolean): readonly AboutClass[] {
  return routes.flatMap((route) =>
    blocksOf(route.route).map((block): AboutClass => ({ blocks: [block], among: 'all', route, isAsked })),
  );
}

/** Requests for which one of these routes is the first. */
export function aboutFirst(routes: readonly ListedRoute[], isAsked: boolean): readonly AboutClass[] {
  return aboutMatching(routes, isAsked).map((one) => ({ ...one, first: one.route }));
}

/** Requests for which one of these routes, of the list after the change, is the first then. */
export function aboutFirstAfter(routes: readonly ListedRoute[], isAsked: boolean): readonly AboutClass[] {
  return aboutFirst(routes, isAsked).map((one) => ({ ...one, among: 'after' }));
}

/** Previews that are to go: whoever got them gets what is below. */
export function aboutPreviews(
  { list }: Asked,
  isGone: (listed: ListedRoute) => boolean,
): readonly AboutClass[] {
  return aboutMatching(list.filter(isGone), false);
}
