import type { Finding } from '../../base/findings.ts';
import { sameJson } from '../../base/json.ts';
import { destinationsOf, placeOf } from '../../istio/routes.ts';
import type { VirtualService } from '../../istio/types.ts';
import { BASELINE, readBaselines, writeBaselines, type PendingBaseline } from '../baseline.ts';
import { previewSubset } from '../names.ts';
import { keepIfSpecUnchanged, withDestinations } from '../objects.ts';
import type { LeavingBuilds } from './leaving-builds.ts';
import { listWithBaseline, listWithoutBaseline } from './list.ts';
import { withoutMirrors } from './mirrors.ts';
import { withoutPreviews } from './previews.ts';
import { userRoutes, type UserRoute } from '../user-routes.ts';

/** A route that would have no destination left. */
export interface StuckRoute {
  readonly virtualService: VirtualService;
  readonly base: UserRoute;
}

export interface BuildsTakenBack {
  readonly value: VirtualService;
  readonly findings: readonly Finding[];
  /** They are as they were; whoever planned this has to refuse, or to say so. */
  readonly stuck: readonly StuckRoute[];
}

/**
 * Takes back everything that istiops did for some builds: their previews and the shares that were requested for them.
 * A list for which no request is left is exactly what it was; where somebody else changed it, what they wrote stays,
 * scaled to 100. Lists pinned to a stable subset are released with the last build of istiops.
 *
 * Where the baseline was lost, or a route was copied, `istiops/subsets` proves what istiops made: each destination and
 * mirror of such a subset goes as well, and the rest is scaled to 100.
 */
export function withoutBuilds(virtualService: VirtualService, builds: LeavingBuilds): BuildsTakenBack {
  const stored = readBaselines(virtualService).byRoute;
  const previewsStay = hasOtherPreviews(virtualService, builds);
  const results = userRoutes(virtualService).map((base) => {
    const baseline = stored.get(placeOf(base));
    const result =
      baseline === undefined
        ? listWithoutBaseline(virtualService, base, builds)
        : listWithBaseline(virtualService, base, baseline, builds, previewsStay);
    return { base, place: placeOf(base), result };
  });
  const changed = results.flatMap(({ result, ...one }) =>
    result.kind === 'changed' ? [{ ...one, ...result }] : [],
  );
  const restored = withDestinations(
    virtualService,
    new Map(
      changed.flatMap(({ base, place, list }) =>
        sameJson(list, destinationsOf(base.route)) ? [] : [[place, list] as const],
      ),
    ),
  );
  const rewritten = new Map(changed.map(({ place, baseline }) => [place, baseline]));
  const baselines = new Map(
    [...new Set([...stored.keys(), ...rewritten.keys()])].flatMap(
      (place): (readonly [string, PendingBaseline])[] => {
        const baseline = rewritten.has(place) ? rewritten.get(place) : stored.get(place);
        return baseline === undefined ? [] : [[place, baseline]];
      },
    ),
  );
  // Baselines are found by position: written before the previews go and positions move.
  const previews = withoutPreviews(writeBaselines(restored, baselines), builds);
  const mirrors = withoutMirrors(previews.value, builds);
  // Nothing of istiops is left but the annotation itself, because somebody else took the builds out: it goes, too.
  const isTidied = baselines.size === 0 && virtualService.metadata.annotations?.[BASELINE] !== undefined;
  return {
    value: isTidied ? mirrors.value : keepIfSpecUnchanged(virtualService, mirrors.value),
    findings: [
      ...results.flatMap(({ result }) => result.findings),
      ...previews.findings,
      ...mirrors.findings,
    ],
    stuck: results.flatMap(({ base, result }) => (result.kind === 'stuck' ? [{ virtualService, base }] : [])),
  };
}

/** Is there a preview of a build that stays? */
function hasOtherPreviews(virtualService: VirtualService, { isGone }: LeavingBuilds): boolean {
  return (virtualService.spec.http ?? []).some((route) => {
    const subset = previewSubset(route);
    return (
      subset !== undefined &&
      destinationsOf(route).some(({ destination }) => destination.subset === subset && !isGone(destination))
    );
  });
}
