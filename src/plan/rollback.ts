import type { RollbackIntent } from '../intent/types.ts';
import { resolveHost } from '../istio/hosts.ts';
import { formatLabels } from '../istio/labels.ts';
import { takesEverything } from '../istio/matches.ts';
import { destinationsOf, routesOf } from '../istio/routes.ts';
import type { Destination, VirtualService } from '../istio/types.ts';
import { handRoutes, pickOf } from './base-routes.ts';
import { readMemories } from './baseline.ts';
import type { Draft } from './draft.ts';
import { finding, refuse } from './findings.ts';
import { subsetNames } from './names.ts';
import { titleOf, type Change } from './objects.ts';
import { inNamespace, isSelected, rulesFor, selectVirtualServices } from './select.ts';
import { hasExactly, ownSubsets, referencedSubsets, subsetKey } from './subsets.ts';
import type { Finding, Snapshot } from './types.ts';
import { beforePromotes } from '../undo/previous.ts';
import { sharesByHand, undoBuilds } from './undo-builds.ts';

/**
 * Everything of this pod-selector goes: previews, shares that were asked for it, the subset if we made it and
 * nothing uses it. Nothing to roll back is no fault, unless the build has all the traffic.
 *
 * @throws TrafficError not-found, check-failed where a route would be left without a destination
 */
export function planRollback(snapshot: Snapshot, intent: RollbackIntent): Draft {
  const selected = selectVirtualServices(snapshot, intent.selector);
  const isBuild = buildOf(snapshot, intent);
  const { namespace } = snapshot;
  const isGone = (destination: Destination): boolean =>
    destination.subset !== undefined && isBuild(resolveHost(destination.host, namespace), destination.subset);
  const findings: Finding[] = [];
  const promoted = beforePromotes(snapshot, selected, intent.podLabels);
  const changes = selected.map((before): Change<VirtualService> => ({
    before,
    after: undoBuilds(promoted.get(before)?.after ?? before, isGone, findings),
  }));
  findings.push(...[...promoted.values()].map(({ finding: told }) => told));
  if (changes.every(({ before, after }) => before === after)) {
    for (const { before } of changes) refuseIfAlone(before, isGone, intent);
    if (!hasLeftSubset(snapshot, isBuild)) {
      const message = `Nothing of ${formatLabels(intent.podLabels)} is left to roll back.`;
      findings.push(finding('nothing-to-roll-back', 'notice', message));
    }
  }
  findings.push(...changes.flatMap(({ after }) => sharesByHand(after, isGone)));
  const known = changes.filter(({ before, after }) => before !== after || refersTo(before, isGone));
  const [plain] = subsetNames(intent.podLabels);
  const existing = snapshot.destinationRules
    .filter(inNamespace(snapshot))
    .flatMap((rule) => rule.spec.subsets ?? [])
    .find((subset) => hasExactly(subset, intent.podLabels));
  return {
    subset: existing?.name ?? plain,
    virtualServices: intent.selector === undefined ? known : changes,
    needed: [...promoted.values()].flatMap(({ needed }) => needed),
    ...(promoted.size > 0 && { isReturn: true as const }),
    released: (rule, subset) =>
      (intent.selector === undefined ||
        isSelected(intent.selector)(rule) ||
        leadToHost(selected, resolveHost(rule.spec.host, namespace))) &&
      isBuild(resolveHost(rule.spec.host, namespace), subset),
    findings,
  };
}

/**
 * Which subsets are of this pod-selector: those of exactly its labels; where a host's DestinationRules have
 * none (it was removed by hand), those of the names that we would give it.
 */
export function buildOf(
  snapshot: Snapshot,
  intent: RollbackIntent,
): (host: string, subset: string) => boolean {
  const ownNames = new Set(subsetNames(intent.podLabels));
  return (host, name) => {
    const found = rulesFor(snapshot, host)
      .flatMap((rule) => rule.spec.subsets ?? [])
      .find((subset) => subset.name === name);
    return found === undefined ? ownNames.has(name) : hasExactly(found, intent.podLabels);
  };
}

/** Is a subset left that we made for the build and that nothing uses? It goes although no route changes. */
function hasLeftSubset(snapshot: Snapshot, isBuild: (host: string, subset: string) => boolean): boolean {
  const used = referencedSubsets(snapshot.virtualServices);
  return snapshot.destinationRules.filter(inNamespace(snapshot)).some((rule) => {
    const host = resolveHost(rule.spec.host, rule.metadata.namespace);
    return ownSubsets(rule).some((name) => isBuild(host, name) && !used.has(subsetKey(host, name)));
  });
}

/** Is there anything that leads to the build, or that remembers it? */
function refersTo(virtualService: VirtualService, isGone: (destination: Destination) => boolean): boolean {
  return (
    routesOf(virtualService).some(({ route }) =>
      destinationsOf(route).some(({ destination }) => isGone(destination)),
    ) ||
    [...readMemories(virtualService).byRoute.values()].some(({ asks }) =>
      asks.some(({ destination }) => isGone(destination)),
    )
  );
}

function leadToHost(virtualServices: readonly VirtualService[], host: string): boolean {
  return virtualServices.some((virtualService) =>
    routesOf(virtualService).some(({ route }) =>
      destinationsOf(route).some(
        ({ destination }) => resolveHost(destination.host, virtualService.metadata.namespace) === host,
      ),
    ),
  );
}

/** The build that has all the traffic has nothing to go back to: saying "done" would be a lie. */
function refuseIfAlone(
  virtualService: VirtualService,
  isGone: (destination: Destination) => boolean,
  intent: RollbackIntent,
): void {
  const hosts = virtualService.spec.hosts ?? [];
  const alone = handRoutes(virtualService).find(({ kind, route }) => {
    const list = destinationsOf(route);
    return (
      list.length > 0 &&
      list.every(({ destination }) => isGone(destination)) &&
      takesEverything(kind, route, hosts)
    );
  });
  if (alone === undefined) return;
  refuse(
    'no-destination-left',
    `${pickOf(alone)} of ${titleOf(virtualService)} sends to ${formatLabels(intent.podLabels)} alone: rolled back, it would be left without a destination. ` +
      'To go back to another build, `promote` that one.',
    virtualService,
  );
}
