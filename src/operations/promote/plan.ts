import type { PromoteIntent } from './intent.ts';
import { destinationsOf, placeOf } from '../../istio/routes.ts';
import type { Destination, RouteDestination, VirtualService } from '../../istio/types.ts';
import { readBaselines, writeBaselines, type PendingBaseline } from '../../plan/baseline.ts';
import type { ChangeDraft, ServedRoutes } from '../../plan/draft.ts';
import { keepIfSpecUnchanged, withDestinations, withRoutes } from '../../plan/objects.ts';
import { withoutIdleLinks } from '../../plan/links.ts';
import { isPreviewOf } from '../../plan/previews.ts';
import {
  changeServed,
  draftOf,
  prepareShift,
  targetDestination,
  type PreparedShift,
} from '../../plan/shift.ts';
import { positionsOf, scaled } from '../../plan/split.ts';
import { previousBuildOf, wayBackOfPromote } from '../../undo/previous.ts';
import { isTarget } from '../../plan/subsets.ts';
import type { Snapshot } from '../../plan/types.ts';

/**
 * The target subset becomes the base routes' only destination, whether it had a share before or not; its previews,
 * the others' entries and the baseline go.
 *
 * @throws TrafficError not-found, ambiguous, check-failed
 */
export function planPromote(snapshot: Snapshot, intent: PromoteIntent): ChangeDraft {
  const shift = prepareShift(snapshot, intent, 'all');
  const changes = changeServed(shift, (served) => ({
    value: promoted(served, shift),
    findings: [],
  }));
  const previous = previousBuildOf(snapshot, shift);
  return {
    ...draftOf(shift, changes, [shift.target]),
    ...(previous !== undefined && { previous }),
    wayBack: new Map(
      shift.served.flatMap((served) => {
        const back = wayBackOfPromote(served, shift.target);
        return back === undefined ? [] : [[served.virtualService, back] as const];
      }),
    ),
  };
}

function promoted({ virtualService, routes }: ServedRoutes, { target }: PreparedShift): VirtualService {
  const { namespace } = virtualService.metadata;
  const baselines = new Map<string, PendingBaseline>(readBaselines(virtualService).byRoute);
  const lists = new Map<string, readonly RouteDestination[]>();
  for (const base of routes) {
    baselines.delete(placeOf(base));
    lists.set(
      placeOf(base),
      only(
        destinationsOf(base.route),
        targetDestination(destinationsOf(base.route), namespace, target),
        namespace,
      ),
    );
  }
  // Baselines are found by position: written before the previews go and positions move.
  const written = writeBaselines(withDestinations(virtualService, lists), baselines);
  const after = withRoutes(
    written,
    'http',
    (written.spec.http ?? []).filter(
      (route) => !isPreviewOf(route, (destination) => isTarget(destination, namespace, target)),
    ),
  );
  return keepIfSpecUnchanged(virtualService, withoutIdleLinks(after));
}

/** The list with the build alone: its own entries at 100, else one new entry, with a weight if the list had weights. */
function only(
  list: readonly RouteDestination[],
  destination: Destination,
  namespace: string,
): readonly RouteDestination[] {
  const positions = positionsOf(list, destination, namespace);
  if (positions.size === list.length) return list;
  if (positions.size > 0) return scaled(list.filter((_, i) => positions.has(i)));
  return [{ destination, ...(list.some(({ weight }) => weight !== undefined) && { weight: 100 }) }];
}
