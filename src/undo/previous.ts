/** The build before: which one the base routes sent to before another one got every request, or go back to. */
import { resolveHost } from '../istio/hosts.ts';
import { formatLabels } from '../istio/labels.ts';
import { destinationsOf, routesOf, placeOf } from '../istio/routes.ts';
import type { Labels, RouteDestination, VirtualService } from '../istio/types.ts';
import { effectiveShares } from '../istio/weights.ts';
import { sameJson } from '../base/json.ts';
import { changeText } from '../plan/change-text.ts';
import { finding, type Finding } from '../base/findings.ts';
import { pinned, readBaselines, writeBaselines, type PendingBaseline } from '../plan/baseline.ts';
import type { ServedRoutes, Shift } from '../plan/draft.ts';
import { withDestinations } from '../plan/objects.ts';
import { titleOf } from '../base/title.ts';
import { withoutRequests, listOf } from '../plan/split.ts';
import { isTarget, subsetKey, type Target } from '../plan/subsets.ts';
import type { PreviousBuild, Snapshot } from '../plan/types.ts';
import { subsetLabels } from '../plan/views.ts';
import { applyUndo } from './apply.ts';
import { historyOf } from './history.ts';
import { provenUndo } from './proof.ts';
import type { RecordedChange, Undo } from './types.ts';
import type { UserRoute } from '../plan/user-routes.ts';

/**
 * What the undo of a promote goes back to: the VirtualService as it is, but where the build has every request of a
 * base route already, with the destinations that the route had before the build got any.
 *
 * @returns undefined where that is just what it is now
 */
export function wayBackOfPromote(
  { virtualService, routes }: ServedRoutes,
  target: Pick<Target, 'service' | 'name'>,
): VirtualService | undefined {
  const { namespace } = virtualService.metadata;
  const stored = readBaselines(virtualService).byRoute;
  const baselines = new Map<string, PendingBaseline>(stored);
  const lists = new Map<string, readonly RouteDestination[]>();
  for (const base of routes) {
    const baseline = stored.get(placeOf(base));
    if (baseline === undefined || !hasEverything(base, target, namespace)) continue;
    const left = withoutRequests(
      baseline,
      (destination) => isTarget(destination, namespace, target),
      namespace,
    );
    if (left.list.some(({ destination }) => isTarget(destination, namespace, target))) continue;
    lists.set(placeOf(base), listOf(left, namespace));
    // What was pinned stays so: the whole service includes the pods of the build that is left.
    if (left.requestedShares.length > 0 || left.stable !== undefined) baselines.set(placeOf(base), left);
    else baselines.delete(placeOf(base));
  }
  if (lists.size === 0) return undefined;
  return writeBaselines(withDestinations(virtualService, lists), baselines);
}

function hasEverything(
  { route }: UserRoute,
  target: Pick<Target, 'service' | 'name'>,
  namespace: string,
): boolean {
  const list = destinationsOf(route);
  const shares = effectiveShares(list);
  return list.every(({ destination }, i) => isTarget(destination, namespace, target) || shares[i] === 0);
}

/** A VirtualService as it was before a build was promoted. */
export interface BeforePromote {
  readonly after: VirtualService;
  /** Subsets that its routes send to, and that may have to be made again. */
  readonly needed: readonly Target[];
  readonly change: RecordedChange;
}

/**
 * The VirtualService as it was before the build was promoted, where its history tells, and nobody has
 * changed the routes since.
 *
 * @param podLabels of the build that was promoted
 */
function beforePromote(
  snapshot: Snapshot,
  virtualService: VirtualService,
  podLabels: Labels,
): BeforePromote | undefined {
  const { changes } = historyOf([virtualService]);
  const isOfBuild = ({ labels }: Pick<RecordedChange, 'labels'>): boolean =>
    labels !== null && sameJson(labels, podLabels);
  const last = changes.find((change) => isOfBuild(change) && change.summary.effects.includes('cuts-over'));
  const records = last?.parts.get(virtualService) ?? [];
  if (last === undefined || last.summary.isBack) return undefined;
  const proven = records.flatMap(({ undo }) =>
    undo === null ? [] : [provenUndo(snapshot, virtualService, undo, true)],
  );
  const [change] = records;
  if (change === undefined || proven.length < records.length) return undefined;
  const undos = proven.map(({ value }): Undo => value);
  const result = applyUndo(
    snapshot,
    undos.map(({ virtualServices }) => ({ virtualServices, destinationRules: [] })),
  );
  const conflicts = [...proven.flatMap((one) => one.conflicts), ...result.conflicts];
  const after = result.virtualServices.find(({ before }) => before === virtualService)?.after;
  if (after === undefined || conflicts.length > 0) return undefined;
  return { after, needed: undos.flatMap((undo) => removedTargets(snapshot, undo)), change };
}

/** `beforePromote` of those for which there is something, with a notice for each. */
export function beforePromotes(
  snapshot: Snapshot,
  virtualServices: readonly VirtualService[],
  podLabels: Labels,
): ReadonlyMap<VirtualService, BeforePromote & { readonly finding: Finding }> {
  return new Map(
    virtualServices.flatMap((virtualService) => {
      const found = beforePromote(snapshot, virtualService, podLabels);
      if (found === undefined) return [];
      const message = `${titleOf(virtualService)} goes back to what it was before ${changeText(found.change)}.`;
      return [
        [virtualService, { ...found, finding: finding('before-promote', 'notice', message, virtualService) }],
      ];
    }),
  );
}

function removedTargets(snapshot: Snapshot, { destinationRules }: Undo): Target[] {
  return destinationRules.flatMap(({ namespace, name, removed }) => {
    const rule = snapshot.destinationRules.find(
      ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
    );
    if (rule === undefined) return [];
    const host = resolveHost(rule.spec.host, namespace);
    return removed.map(({ subset: { name: subset, labels = {} } }): Target => ({
      service: { host },
      name: subset,
      labels,
      destinationRule: rule,
      exists: (rule.spec.subsets ?? []).some((one) => one.name === subset),
    }));
  });
}

/**
 * The build that the base routes would go back to without the target: of the others the one with the largest share in
 * the baseline. For a script that is to go back later, when nothing but `promote` of that build will do.
 *
 * @returns undefined where it is the whole service, or where the base routes don't agree
 */
export function previousBuildOf(
  snapshot: Snapshot,
  { target, served }: Pick<Shift, 'target' | 'served'>,
): PreviousBuild | undefined {
  const labels = subsetLabels(snapshot.destinationRules);
  const builds = served.flatMap(({ virtualService, routes }) => {
    const { namespace } = virtualService.metadata;
    const stored = readBaselines(virtualService).byRoute;
    const mains = routes.map((base) => {
      const baseline = stored.get(placeOf(base));
      const list = baseline === undefined ? destinationsOf(base.route) : pinned(baseline, namespace);
      return largest(list, target, namespace);
    });
    // Where the build is alone already, only the history knows.
    const isAlone = mains.includes(undefined);
    const before = isAlone ? beforePromote(snapshot, virtualService, target.labels)?.after : undefined;
    const old = new Map(
      (before === undefined ? [] : routesOf(before)).map((one) => [placeOf(one), one.route]),
    );
    return routes.map((base, i) => {
      const main = mains[i] ?? largest(old.get(placeOf(base))?.route ?? [], target, namespace);
      const { host, subset } = main?.destination ?? {};
      if (host === undefined || subset === undefined) return undefined;
      const found = labels.get(subsetKey(resolveHost(host, namespace), subset));
      return found === undefined ? undefined : { subset, podSelector: formatLabels(found) };
    });
  });
  const [first] = builds;
  return first !== undefined && builds.every((build) => sameJson(build, first)) ? first : undefined;
}

function largest(
  list: readonly RouteDestination[],
  target: Pick<Target, 'service' | 'name'>,
  namespace: string,
): RouteDestination | undefined {
  const shares = effectiveShares(list);
  return list
    .map((entry, i) => ({ entry, share: shares[i] ?? 0 }))
    .filter(({ entry }) => !isTarget(entry.destination, namespace, target))
    .reduce<{ readonly entry: RouteDestination; readonly share: number } | undefined>(
      (best, one) => (best === undefined || one.share > best.share ? one : best),
      undefined,
    )?.entry;
}
