/**
 * The baselines of a VirtualService whose lists istiops has changed: what they were, and which shares were requested
 * since. Every share follows from these two, so a list is never computed from a rounded one and every change can be
 * taken back. They are kept in an annotation, because nothing of istiops runs in the cluster that could keep them.
 */
import { memoizedFor } from '../base/memoized.ts';
import { canonicalJson } from '../base/json.ts';
import { destinationsOf, placeOf, routesOf, type PlacedRoute } from '../istio/routes.ts';
import { buildKey, isSameBuild, isSameDestination, withSubset } from '../istio/service-identity.ts';
import type { Destination, RouteDestination, VirtualService } from '../istio/types.ts';
import {
  BASELINE,
  serializeBaseline,
  type PendingBaseline,
  type Baseline,
  type Pin,
} from './baseline/format.ts';
import { parseBaseline, type StoredGroup } from './baseline/parse.ts';
import { finding, type Finding } from '../base/findings.ts';
import { previewSubset } from './names.ts';
import { withAnnotation } from './objects.ts';
import { titleOf } from '../base/title.ts';
import { digest } from '../base/digest.ts';
import { routeIdentities } from '../istio/route-identity.ts';

export {
  BASELINE,
  type RequestedShare,
  type PendingBaseline,
  type Baseline,
  type Pin,
} from './baseline/format.ts';

/** The baselines of a VirtualService by the route they are about (`http[0]` …). */
export interface Baselines {
  readonly byRoute: ReadonlyMap<string, Baseline>;
  /** Why the annotation can't be right, as a clause: it is not followed, and `byRoute` is empty. */
  readonly fault?: string;
}

/** What a list is recognised by: as istiops writes it, whatever a webhook has made of what means the same. */
function fingerprint(list: readonly RouteDestination[]): string {
  return digest(canonicalJson(list.map((entry) => asWritten(entry, list.length))));
}

/** Among several every weight is said, 0 as well; alone it needs none. An empty subset is none. */
function asWritten({ weight, ...entry }: RouteDestination, length: number): RouteDestination {
  const { subset, ...destination } = entry.destination;
  const named = subset === '' ? { ...entry, destination } : entry;
  if (length > 1) return { ...named, weight: weight ?? 0 };
  return weight === undefined || weight === 0 || weight === 100 ? named : { ...named, weight };
}

/**
 * Reads the annotation and finds each baseline's route: by its identity, else by the list that istiops wrote, else
 * (name or match and list were both edited) by the builds that only istiops could have put there. A text that can't be
 * right is not followed: it is as if it were lost, and `fault` says why.
 */
export const readBaselines = memoizedFor(baselinesIn);

function baselinesIn(virtualService: VirtualService): Baselines {
  const text = virtualService.metadata.annotations?.[BASELINE];
  if (text === undefined) return { byRoute: new Map() };
  const parsed = parseBaseline(text);
  if (parsed.kind === 'fault') return { byRoute: new Map(), fault: parsed.fault };
  const { groups } = parsed;
  const routes = routeIdentities(routesOf(virtualService));
  const byIdentity = new Map(
    groups.flatMap((group) => group.identities.map((identity) => [identity, group.baseline] as const)),
  );
  const byRoute = new Map<string, Baseline>();
  const unmatched: PlacedRoute[] = [];
  const found = new Set<string>();
  for (const [placed, identity] of routes) {
    const baseline = byIdentity.get(identity);
    if (baseline === undefined) {
      // A preview that somebody gave other destinations is no base route that was renamed.
      if (previewSubset(placed.route) === undefined) unmatched.push(placed);
    } else {
      byRoute.set(placeOf(placed), baseline);
      found.add(identity);
    }
  }
  const lost = groups.filter((group) => group.identities.some((identity) => !found.has(identity)));
  const search = lost.length === 0 ? undefined : baselinesOfRenamed(lost, virtualService.metadata.namespace);
  for (const placed of search === undefined ? [] : unmatched) {
    const baseline = search?.(destinationsOf(placed.route));
    if (baseline !== undefined) byRoute.set(placeOf(placed), baseline);
  }
  return { byRoute };
}

/** Finds the baseline of a list whose route has another name or match now. An index: there may be thousands of both. */
function baselinesOfRenamed(
  lost: readonly StoredGroup[],
  namespace: string,
): (list: readonly RouteDestination[]) => Baseline | undefined {
  const byList = new Map<string, Baseline>();
  const byBuild = new Map<string, Baseline>();
  for (const { baseline } of lost) {
    if (!byList.has(baseline.written)) byList.set(baseline.written, baseline);
    for (const build of addedBuilds(baseline, namespace)) {
      const key = buildKey(build, namespace);
      if (!byBuild.has(key)) byBuild.set(key, baseline);
    }
  }
  return (list) => {
    const asWritten = byList.get(fingerprint(list));
    if (asWritten !== undefined || list.length < 2) return asWritten;
    const found = list.find(({ destination }) => byBuild.has(buildKey(destination, namespace)));
    return found && byBuild.get(buildKey(found.destination, namespace));
  };
}

/** What is said of an annotation that can't be right; none where it can, or where there is none. */
export function baselineFaults(virtualServices: readonly VirtualService[]): readonly Finding[] {
  return virtualServices.flatMap((virtualService) => {
    const { fault } = readBaselines(virtualService);
    if (fault === undefined) return [];
    const message =
      `The annotation ${BASELINE} of ${titleOf(virtualService)} can't be what istiops wrote (${fault}): it is ignored, as if it were lost. ` +
      'What its routes were before is unknown, so builds that are taken back leave the rest in the proportions that it has now.';
    return [finding('baseline-unreadable', 'warning', message, virtualService)];
  });
}

/** The destinations that a share was requested for and that the list did not have before: istiops added them. */
export function addedBuilds(baseline: PendingBaseline, namespace: string): readonly Destination[] {
  const before = pinned(baseline, namespace).map(({ destination }) => destination);
  const requested = baseline.requestedShares.map(({ destination }) => destination);
  // By build, because a thousand requests may be for a few builds.
  const seen = new Map<string, readonly Destination[]>();
  return [...before, ...requested].filter((destination, i) => {
    const key = buildKey(destination, namespace);
    const alike = seen.get(key) ?? [];
    if (alike.some((other) => isSameDestination(other, destination, namespace))) return false;
    seen.set(key, [...alike, destination]);
    return i >= before.length;
  });
}

/** The baseline's list, with whole-service destinations pinned to the stable subset. */
export function pinned(baseline: PendingBaseline, namespace: string): readonly RouteDestination[] {
  const { stable, list } = baseline;
  if (stable === undefined) return list;
  return list.map((entry) =>
    isPinnable(entry.destination, stable, namespace)
      ? { ...entry, destination: withSubset(entry.destination, stable.subset) }
      : entry,
  );
}

/** Does the destination send to the whole service that a list is pinned for? */
export function isPinnable(destination: Destination, stable: Pin, namespace: string): boolean {
  return isSameBuild(destination, { host: stable.host }, namespace);
}

/**
 * The VirtualService with its baselines written down.
 *
 * @param baselines by `placeOf` the routes of this VirtualService; none: the annotation goes. One without a
 *   fingerprint gets that of the list as it now is; the others' lists were not written by this change.
 */
export function writeBaselines(
  virtualService: VirtualService,
  baselines: ReadonlyMap<string, PendingBaseline>,
): VirtualService {
  // Thousands of routes may share one list: its fingerprint is made once.
  const fingerprints = new Map<readonly RouteDestination[], string>();
  const routes = baselines.size === 0 ? [] : [...routeIdentities(routesOf(virtualService))];
  const found = routes.flatMap(([placed, identity]) => {
    const baseline = baselines.get(placeOf(placed));
    if (baseline === undefined) return [];
    const list = destinationsOf(placed.route);
    const written = baseline.written ?? fingerprints.get(list) ?? fingerprint(list);
    if (baseline.written === undefined) fingerprints.set(list, written);
    return [{ baseline, written, identity }];
  });
  return withAnnotation(virtualService, BASELINE, serializeBaseline(found));
}
