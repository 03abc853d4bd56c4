import { destinationsOf, routesOf, subsetOf } from '../istio/routes.ts';
import type { Destination, RouteDestination, VirtualService } from '../istio/types.ts';
import { sameJson } from '../json.ts';
import { handRoutes, pickOf } from './base-routes.ts';
import { BASELINE, keyOf, readMemories, writeMemories, type Draft as Memory } from './baseline.ts';
import { finding, refuse } from './findings.ts';
import { previewSubset } from './names.ts';
import { mapRoutes, titleOf, unlessSame, withRoutes } from './objects.ts';
import { isPreviewOf } from './previews.ts';
import { recall } from './recall.ts';
import { forget, listOf, scaled } from './split.ts';
import type { Finding } from './types.ts';

/**
 * Takes back everything that we did for some builds: their previews and the shares that were asked for them. A
 * list for which nothing is asked any more is exactly what it was; where somebody else changed it, what they
 * wrote stays, scaled to 100. Lists pinned to a stable subset are let go with the last build of ours.
 *
 * @param isGone is this destination one of the builds? It has the VirtualService's spelling of hosts
 * @throws TrafficError check-failed where a route would be left without a destination
 */
export function undoBuilds(
  virtualService: VirtualService,
  isGone: (destination: Destination) => boolean,
  findings: Finding[],
): VirtualService {
  const remembered = readMemories(virtualService).byRoute;
  const isPreviewGone = (preview: Parameters<typeof isPreviewOf>[0]): boolean => isPreviewOf(preview, isGone);
  const previewsStay = routesOf(virtualService).some(
    ({ route }) => previewSubset(route) !== undefined && !isPreviewGone(route),
  );
  const memories = new Map<string, Memory>(remembered);
  const lists = new Map<string, readonly RouteDestination[]>();
  for (const base of handRoutes(virtualService)) {
    const memory = remembered.get(keyOf(base));
    if (memory === undefined) continue;
    const asksGone = memory.asks.some(({ destination }) => isGone(destination));
    const asksStay = memory.asks.some(({ destination }) => !isGone(destination));
    const isDone = !asksStay && !previewsStay;
    if (!asksGone && !isDone) continue;
    const known = recall(virtualService, base, memory, findings);
    const left = forget(known, isGone);
    if (left.list.length === 0) {
      refuse(
        'no-destination-left',
        `${pickOf(base)} of ${titleOf(virtualService)} would be left without a destination: somebody else removed all but the builds to take back. ` +
          'Add a destination to it, or `promote` the build that is to stay.',
        virtualService,
      );
    }
    const isForeign = known !== memory || memory.partial === true;
    if (left.asks.length > 0) {
      memories.set(keyOf(base), left);
      lists.set(keyOf(base), listOf(left));
    } else if (isDone || left.stable === undefined) {
      memories.delete(keyOf(base));
      lists.set(keyOf(base), isForeign ? scaled(left.list) : left.list);
    } else {
      memories.set(keyOf(base), left);
      lists.set(keyOf(base), isForeign ? scaled(listOf(left)) : listOf(left));
    }
  }
  const restored = mapRoutes(virtualService, (kind, route, index) => {
    const list = lists.get(keyOf({ kind, index }));
    return list === undefined || sameJson(list, destinationsOf(route)) ? route : { ...route, route: list };
  });
  // Memories are found by position: written before the previews go and positions move.
  const written = writeMemories(restored, memories);
  const after = withRoutes(
    written,
    'http',
    (written.spec.http ?? []).filter((route) => !isPreviewGone(route)),
  );
  // Nothing of ours is left but the memory itself (somebody else took the builds out): it goes, too.
  const isTidied = memories.size === 0 && virtualService.metadata.annotations?.[BASELINE] !== undefined;
  return isTidied ? after : unlessSame(virtualService, after);
}

/** Builds of which a hand-written route has a share that nobody asked us for. */
export function sharesByHand(
  virtualService: VirtualService,
  isGone: (destination: Destination) => boolean,
): readonly Finding[] {
  return handRoutes(virtualService).flatMap((base) => {
    const list = destinationsOf(base.route);
    const listed = list.find(
      ({ destination, weight }) => isGone(destination) && (list.length === 1 || (weight ?? 0) > 0),
    );
    if (listed === undefined) return [];
    const message =
      `${pickOf(base)} of ${titleOf(virtualService)} sends to ${subsetOf(listed.destination) ?? listed.destination.host}, as it did before istiops changed anything: ` +
      'that was written by hand and stays. To take the share away, use `weight` 0, or `promote` another build.';
    return [finding('share-by-hand', 'warning', message, virtualService)];
  });
}
