/** What becomes of the destinations of one route when builds are taken back. */
import { finding, type Finding } from '../../base/findings.ts';
import { sameJson } from '../../base/json.ts';
import { titleOf } from '../../base/title.ts';
import { destinationsOf, subsetOf } from '../../istio/routes.ts';
import type { RouteDestination, VirtualService } from '../../istio/types.ts';
import { BASELINE, type Baseline, type PendingBaseline } from '../baseline.ts';
import { currentBaseline } from '../current-baseline.ts';
import { listOf, scaled, withoutRequests } from '../split.ts';
import { buildName, isOwnAndGone, type LeavingBuilds } from './leaving-builds.ts';
import { pickOf } from '../route-picks.ts';
import type { UserRoute } from '../user-routes.ts';

export type ListTakenBack =
  /** The list and its baseline stay as they are. */
  | { readonly kind: 'unchanged'; readonly findings: readonly Finding[] }
  /** As unchanged, because the route would have no destination left. */
  | { readonly kind: 'stuck'; readonly findings: readonly Finding[] }
  | {
      readonly kind: 'changed';
      readonly list: readonly RouteDestination[];
      /** Absent: nothing has to be kept for the route any more. */
      readonly baseline?: PendingBaseline;
      readonly findings: readonly Finding[];
    };

const UNCHANGED: ListTakenBack = { kind: 'unchanged', findings: [] };

/** A list without a baseline: the route was copied, or the baseline was lost. */
export function listWithoutBaseline(
  virtualService: VirtualService,
  base: UserRoute,
  builds: LeavingBuilds,
): ListTakenBack {
  const list = destinationsOf(base.route);
  const { left, gone } = withoutOwn(list, builds);
  const [first] = gone;
  if (first === undefined) return UNCHANGED;
  if (left.length === 0) {
    if (!builds.keepsLast || !isOneBuild(list)) return { kind: 'stuck', findings: [] };
    return { kind: 'unchanged', findings: [lastStays(virtualService, base, first, list)] };
  }
  const message =
    `What ${pickOf(base)} of ${titleOf(virtualService)} was before is not remembered (${BASELINE} names no such route), and it sent to ${buildName(first.destination)}, a subset that istiops made: ` +
    'that share is taken away, and the rest is scaled to 100.';
  return {
    kind: 'changed',
    list: scaled(left),
    findings: [finding('baseline-lost', 'warning', message, virtualService)],
  };
}

/** @param previewsStay previews of other builds stay, and need the pin to the stable subset */
export function listWithBaseline(
  virtualService: VirtualService,
  base: UserRoute,
  baseline: Baseline,
  builds: LeavingBuilds,
  previewsStay: boolean,
): ListTakenBack {
  const { namespace } = virtualService.metadata;
  const { isGone } = builds;
  const isRequested = baseline.requestedShares.some(({ destination }) => isGone(destination));
  const isOtherRequested = baseline.requestedShares.some(({ destination }) => !isGone(destination));
  const isDone = !isOtherRequested && !previewsStay;
  const isListed = [...baseline.list, ...destinationsOf(base.route)].some(({ destination }) =>
    isOwnAndGone(builds, destination),
  );
  if (!isRequested && !isDone && !isListed) return UNCHANGED;
  const current = currentBaseline(virtualService, base, baseline);
  const others = withoutRequests(current.value, isGone, namespace);
  const { left: rest, gone } = withoutOwn(others.list, builds);
  const [last] = rest.length === 0 && builds.keepsLast && isOneBuild(gone) ? gone : [];
  // Somebody took all but other builds of istiops out of the list, and this one as well: it stays as it is.
  const isOut =
    gone.length === 0 && !destinationsOf(base.route).some(({ destination }) => isGone(destination));
  if (rest.length === 0 && last === undefined && !(isOut && others.requestedShares.length > 0))
    return { kind: 'stuck', findings: current.findings };
  const left: PendingBaseline =
    gone.length === 0 || last !== undefined ? others : { ...others, list: rest, partial: true as const };
  // What somebody else wrote, or what a build was taken out of, adds up to 100 by chance alone.
  const isForeign = current.value !== baseline || left.partial === true;
  const asWritten = (list: readonly RouteDestination[]): readonly RouteDestination[] =>
    isForeign ? scaled(list) : list;
  const withFindings = (list: readonly RouteDestination[], kept?: PendingBaseline): ListTakenBack => ({
    kind: 'changed',
    list,
    ...(kept !== undefined && { baseline: kept }),
    findings: [
      ...current.findings,
      ...(last === undefined ? [] : [lastStays(virtualService, base, last, list)]),
    ],
  });
  if (left.requestedShares.length > 0) return withFindings(listOf(left, namespace), left);
  return previewsStay && left.stable !== undefined
    ? withFindings(asWritten(listOf(left, namespace)), left)
    : withFindings(asWritten(left.list));
}

/** As `promote` leaves it. Of several builds nobody can tell which is to stay. */
function isOneBuild(list: readonly RouteDestination[]): boolean {
  return new Set(list.map(({ destination }) => subsetOf(destination))).size === 1;
}

/** A list without the builds that are taken back and that istiops made: nobody pinned them by hand. */
function withoutOwn(
  list: readonly RouteDestination[],
  builds: LeavingBuilds,
): { readonly left: readonly RouteDestination[]; readonly gone: readonly RouteDestination[] } {
  const isOut = ({ destination }: RouteDestination): boolean => isOwnAndGone(builds, destination);
  const gone = list.filter(isOut);
  return { left: gone.length === 0 ? list : list.filter((entry) => !isOut(entry)), gone };
}

/** @param list what the route has afterwards */
function lastStays(
  virtualService: VirtualService,
  base: UserRoute,
  last: RouteDestination,
  list: readonly RouteDestination[],
): Finding {
  const route = `${pickOf(base)} of ${titleOf(virtualService)}`;
  const build = buildName(last.destination);
  const before = destinationsOf(base.route);
  // Of one entry its weight says nothing: Envoy sends it everything.
  const isAsBefore = sameJson(before, list) || before.length === 1;
  const what = isAsBefore
    ? `${route} sends to ${build} alone and would be left without a destination: it stays as it is.`
    : `${route} sends to ${build} alone now: without it, the route would be left without a destination.`;
  return finding(
    'promoted-stays',
    'notice',
    `${what} To leave that build, \`promote\` another one.`,
    virtualService,
  );
}
