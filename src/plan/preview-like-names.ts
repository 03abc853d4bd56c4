import { refuse } from '../base/errors.ts';
import { sameJson } from '../base/json.ts';
import { titleOf } from '../base/title.ts';
import type { VirtualService } from '../istio/types.ts';
import type { ServedRoutes } from './draft.ts';
import { previewSubset } from './names.ts';
import { pickOf } from './route-picks.ts';

/**
 * A preview is known by its name and by the subset that it sends to. A base route that somebody has named like one
 * would be taken for it once it sends to that subset, and be removed with it.
 *
 * @param after the VirtualService as the change makes it
 * @throws TrafficError check-failed
 */
export function refusePreviewLikeNames(
  { virtualService, routes }: ServedRoutes,
  after: VirtualService,
): void {
  for (const base of routes) {
    const { name, match } = base.route;
    if (name === undefined || previewSubset(base.route) !== undefined) continue;
    const changed = (after.spec[base.kind] ?? []).find(
      (route) => route.name === name && sameJson(route.match ?? null, match ?? null),
    );
    const subset = changed && previewSubset(changed);
    if (subset === undefined) continue;
    refuse(
      'named-like-a-preview',
      `${pickOf(base)} of ${titleOf(virtualService)} has the name that istiops gives to previews of subset ${subset}: once it sends there, nobody could tell it from one. Rename the route, and run again.`,
      virtualService,
    );
  }
}
