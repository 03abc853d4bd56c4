import { destinationsOf } from '../istio/routes.ts';
import type { RouteDestination, VirtualService } from '../istio/types.ts';
import { sameJson } from '../base/json.ts';
import { type PendingBaseline, type Baseline } from './baseline.ts';
import { finding, type WithFindings } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { rebase, listOf, scaled } from './split.ts';
import { pickOf } from './route-picks.ts';
import type { UserRoute } from './user-routes.ts';

/**
 * The baseline that a base route has now: the stored one as long as its list is what that means. Where somebody else
 * changed the list, it is what they wrote; where nothing is stored, it is the list itself.
 */
export function currentBaseline(
  virtualService: VirtualService,
  base: UserRoute,
  stored: Baseline | undefined,
): WithFindings<PendingBaseline> {
  const list = destinationsOf(base.route);
  if (stored === undefined) return { value: { list, requestedShares: [] }, findings: [] };
  const { namespace } = virtualService.metadata;
  if (isExplainedBy(stored, list, namespace)) return { value: stored, findings: [] };
  const message =
    `Somebody else changed the destinations of ${pickOf(base)} of ${titleOf(virtualService)} since istiops last wrote them: ` +
    'what they wrote, less the builds that istiops added, is the new baseline.';
  return {
    value: rebase(stored, list, namespace),
    findings: [finding('baseline-changed', 'notice', message, virtualService)],
  };
}

/**
 * Does the list follow from the baseline? Only then the baseline is believed, so a forged one can't bring in a host, a
 * subset or a header that isn't in the list now.
 */
function isExplainedBy(baseline: Baseline, list: readonly RouteDestination[], namespace: string): boolean {
  const meant = meantList(baseline, namespace);
  const written = withWeights(list);
  return sameJson(written, withWeights(meant)) || sameJson(written, withWeights(scaled(meant)));
}

/** Among several, an absent weight is 0. */
function withWeights(list: readonly RouteDestination[]): readonly RouteDestination[] {
  return list.length === 1 ? list : list.map((entry) => ({ ...entry, weight: entry.weight ?? 0 }));
}

/** Thousands of routes share a baseline: its list is computed once. */
const meantLists = new WeakMap<Baseline, readonly RouteDestination[]>();

function meantList(baseline: Baseline, namespace: string): readonly RouteDestination[] {
  const known = meantLists.get(baseline);
  if (known !== undefined) return known;
  const meant = listOf(baseline, namespace);
  meantLists.set(baseline, meant);
  return meant;
}
