import { resolveHost } from '../istio/hosts.ts';
import { formatLabels, hasLabels } from '../istio/labels.ts';
import { destinationsOf, routesOf, placeOf } from '../istio/routes.ts';
import type { Destination, Labels, PodView, RouteDestination, VirtualService } from '../istio/types.ts';
import { canonicalJson, sameJson } from '../base/json.ts';
import {
  addedBuilds,
  isPinnable,
  readBaselines,
  writeBaselines,
  type PendingBaseline,
  type Pin,
} from './baseline.ts';
import { withSubset, buildKey } from '../istio/service-identity.ts';
import { routeIdentities } from '../istio/route-identity.ts';
import { LIMITS } from './baseline/format.ts';
import { finding, type Finding, type WithFindings } from '../base/findings.ts';
import { previewSubset } from './names.ts';
import { withDestinations, type Change } from './objects.ts';
import { titleOf } from '../base/title.ts';
import { rulesOfService } from './own-subsets.ts';
import { podsOf } from './pods.ts';
import type { Snapshot } from './types.ts';
import { pickOf } from './route-picks.ts';
import { userRoutes, type UserRoute } from './user-routes.ts';

/**
 * A change that takes something back must not give a build more requests than it had. A base route that was kept to a
 * stable subset (`stable-pod-selector`) sends to the whole service again once nothing of istiops is left, and the
 * whole service includes the pods of the builds that were just taken back: 1 request of 60 before, 35 of 60 after. So
 * as long as such pods are ready, the route stays with the stable subset, and the baseline stays with it.
 *
 * Call it with any change of a VirtualService that takes something back, whoever planned it; it is pure. It ends when
 * it is called for a later change (the same `rollback` once more, `clear`) and the pods are gone.
 *
 * @param change the VirtualService as it is and as it would be; its annotation `istiops/baseline` says what is pinned
 * @param builds labels of builds that are taken back and that the baseline may not name
 * @returns the VirtualService to write in place of `change.after`; `change.before` where that is the same
 */
export function keptFromWholeService(
  snapshot: Snapshot,
  change: Change<VirtualService>,
  builds: readonly Labels[] = [],
): WithFindings<VirtualService> {
  const { before, after } = change;
  if (before === after) return { value: after, findings: [] };
  const pinned = pinnedRoutes(before);
  if (pinned.size === 0) return { value: after, findings: [] };
  const stored = readBaselines(after).byRoute;
  const verdicts = [...routeIdentities(userRoutes(after))].flatMap(([base, identity]) => {
    const baseline = pinned.get(identity);
    if (baseline === undefined) return [];
    const now = stored.get(placeOf(base));
    const leaving = leavingPods(snapshot, change, baseline, now, builds);
    return [keptRouteOf({ snapshot, virtualService: before, base, stable: baseline.stable, now }, leaving)];
  });
  const baselines = new Map<string, PendingBaseline>(stored);
  for (const { key, baseline } of verdicts) if (baseline !== undefined) baselines.set(key, baseline);
  const lists = new Map(
    verdicts.flatMap(({ key, list }) => (list === undefined ? [] : [[key, list] as const])),
  );
  const findings = verdicts.flatMap((verdict) => verdict.findings);
  const kept = withDestinations(after, lists);
  if (lists.size > 0 && sameJson(before.spec, kept.spec)) return { value: before, findings };
  const isPinKept =
    verdicts.some(({ baseline }) => baseline !== undefined) && !sameJson(before.spec, kept.spec);
  return { value: isPinKept ? writeBaselines(kept, baselines) : after, findings };
}

interface PinnedBaseline extends PendingBaseline {
  readonly stable: Pin;
}

/** By identity: the routes that send to the stable subset and not to the whole service any more. */
function pinnedRoutes(virtualService: VirtualService): ReadonlyMap<string, PinnedBaseline> {
  const { namespace } = virtualService.metadata;
  const { byRoute } = readBaselines(virtualService);
  const found = new Map<string, PinnedBaseline>();
  if (![...byRoute.values()].some(isPinned)) return found;
  for (const [base, identity] of routeIdentities(userRoutes(virtualService))) {
    const baseline = byRoute.get(placeOf(base));
    if (baseline === undefined || !isPinned(baseline)) continue;
    const isWhole = destinationsOf(base.route).some(({ destination }) =>
      isPinnable(destination, baseline.stable, namespace),
    );
    if (!isWhole) found.set(identity, baseline);
  }
  return found;
}

function isPinned(baseline: PendingBaseline): baseline is PinnedBaseline {
  return baseline.stable !== undefined;
}

interface LeavingPods {
  readonly labels: Labels;
  /** Those that the stable subset doesn't have; undefined where nobody knows. */
  readonly pods: readonly PodView[] | undefined;
}

/** The builds that a pinned route knew before the change and doesn't know after it, as far as they may have pods. */
function leavingPods(
  snapshot: Snapshot,
  { before, after }: Change<VirtualService>,
  baseline: PinnedBaseline,
  now: PendingBaseline | undefined,
  more: readonly Labels[],
): readonly LeavingPods[] {
  const { namespace } = before.metadata;
  const { stable } = baseline;
  const labels = (destination: Destination): Labels | undefined =>
    labelsOfSubset(snapshot, destination, namespace);
  const stayingKeys = new Set(
    [...(now === undefined ? [] : addedBuilds(now, namespace)), ...previewBuilds(after)].map((build) =>
      buildKey(build, namespace),
    ),
  );
  const gone = [...addedBuilds(baseline, namespace), ...previewBuilds(before)].filter(
    (build) =>
      isPinnable({ host: build.host }, stable, namespace) && !stayingKeys.has(buildKey(build, namespace)),
  );
  const found = gone.map(labels).filter((one) => one !== undefined);
  const all: readonly Labels[] = [...found, ...(stable.leaving ?? []), ...more];
  const distinct = new Map(all.map((one) => [canonicalJson(one), one]));
  const stableLabels = labels({ host: stable.host, subset: stable.subset });
  return [...distinct.values()].flatMap((one): LeavingPods[] => {
    if (Object.keys(one).length === 0) return [];
    const pods = podsOf(snapshot, one, resolveHost(stable.host, namespace))?.filter(
      (pod) => stableLabels === undefined || !hasLabels(pod.labels, stableLabels),
    );
    return pods?.length === 0 ? [] : [{ labels: one, pods }];
  });
}

function previewBuilds(virtualService: VirtualService): readonly Destination[] {
  return routesOf(virtualService)
    .filter(({ route }) => previewSubset(route) !== undefined)
    .flatMap(({ route }) => destinationsOf(route).map(({ destination }) => destination));
}

function labelsOfSubset(
  snapshot: Snapshot,
  { host, subset }: Destination,
  namespace: string,
): Labels | undefined {
  return rulesOfService(snapshot, host, namespace)
    .flatMap((rule) => rule.spec.subsets ?? [])
    .find(({ name }) => name === subset)?.labels;
}

interface PinnedRoute {
  readonly snapshot: Snapshot;
  readonly virtualService: VirtualService;
  readonly base: UserRoute;
  readonly stable: Pin;
  /** Its baseline after the change. */
  readonly now: PendingBaseline | undefined;
}

interface KeptRoute {
  readonly key: string;
  /** Absent: the baseline stays as it is. */
  readonly baseline?: PendingBaseline;
  /** Absent: the list stays as it is. */
  readonly list?: readonly RouteDestination[];
  readonly findings: readonly Finding[];
}

function keptRouteOf(route: PinnedRoute, leaving: readonly LeavingPods[]): KeptRoute {
  const { virtualService, base, stable, now } = route;
  const key = placeOf(base);
  const list = destinationsOf(base.route);
  const isWhole = ({ destination }: RouteDestination): boolean =>
    isPinnable(destination, stable, virtualService.metadata.namespace);
  if (!list.some(isWhole)) {
    const pin = now?.stable && withLeaving(now.stable, leaving);
    if (now === undefined || pin === undefined || sameJson(pin, now.stable)) return { key, findings: [] };
    return { key, baseline: { ...now, stable: pin }, findings: [] };
  }
  const ready = leaving.filter(({ pods = [] }) => pods.some((pod) => pod.ready));
  if (ready.length === 0) return { key, findings: releaseWords(route, leaving) };
  const pinned = list.map((entry) =>
    isWhole(entry) ? { ...entry, destination: withSubset(entry.destination, stable.subset) } : entry,
  );
  return {
    key,
    baseline: { list, stable: withLeaving(stable, ready), requestedShares: [] },
    list: pinned,
    findings: [stayWords(route, ready)],
  };
}

function withLeaving({ host, subset }: Pin, leaving: readonly LeavingPods[]): Pin {
  const labels = leaving.flatMap((build) => (build.pods === undefined ? [] : [build.labels]));
  const kept = labels.slice(-LIMITS.leaving);
  return kept.length === 0 ? { host, subset } : { host, subset, leaving: kept };
}

function stayWords({ virtualService, base, stable }: PinnedRoute, ready: readonly LeavingPods[]): Finding {
  const builds = ready
    .map(({ labels, pods = [] }) => `${pods.filter((pod) => pod.ready).length} of ${formatLabels(labels)}`)
    .join(', ');
  const message =
    `${pickOf(base)} of ${titleOf(virtualService)} stays with subset ${stable.subset}: before istiops it sent to the whole service ${stable.host}, ` +
    `and ready pods of what was taken back are part of it (${builds}), so they would get requests again. ` +
    'Scale them down, then run the same again, or `clear` with `mode: stale`: the route then sends to the whole service as before.';
  return finding('stable-subset-stays', 'warning', message, virtualService);
}

/** Sending to the whole service again is what was there before; what isn't known of the pods is said. */
function releaseWords(
  { snapshot, virtualService, base, stable }: PinnedRoute,
  leaving: readonly LeavingPods[],
): readonly Finding[] {
  if (leaving.length === 0) return [];
  const builds = leaving.map(({ labels }) => formatLabels(labels)).join('; ');
  const isKnown = leaving.every(({ pods }) => pods !== undefined);
  const route = `${pickOf(base)} of ${titleOf(virtualService)} sends to the whole service ${stable.host} again`;
  const message = isKnown
    ? `${route}: pods of ${builds} are part of it and not ready now. They get requests as soon as they are ready: scale them down.`
    : `${route}: pods of ${builds} get requests by it if they still run and its Service selects them, and nothing is known of pods here. Scale them down${snapshot.source === 'manifests' ? ' before the files are applied' : ''}.`;
  return [finding('whole-service-again', isKnown ? 'warning' : 'notice', message, virtualService)];
}
