import type { RollbackIntent } from './intent.ts';
import { formatLabels } from '../../istio/labels.ts';
import { destinationsOf, namedDestinations, routesOf, subsetOf } from '../../istio/routes.ts';
import { buildKey, serviceIdentity } from '../../istio/service-identity.ts';
import type { Destination, DestinationRule, VirtualService } from '../../istio/types.ts';
import { readBaselines } from '../../plan/baseline.ts';
import type { ChangeDraft } from '../../plan/draft.ts';
import { finding, type Finding } from '../../base/findings.ts';
import { subsetNames } from '../../plan/names.ts';
import { type Change } from '../../plan/objects.ts';
import { subsetText } from '../../base/text.ts';
import { titleOf } from '../../base/title.ts';
import {
  ownBuilds,
  provenNames,
  referredBuilds,
  refutedNames,
  rulesOfService,
} from '../../plan/own-subsets.ts';
import { howToWiden, whyUnselected } from '../../intent/selection.ts';
import { isNarrowed, selectsRule, type Selection } from '../../istio/selection.ts';
import { inNamespace, selectVirtualServices } from '../../plan/select.ts';
import { stuckFindings, stuckOnBuild } from '../../plan/taken-back/stuck-routes.ts';
import { hasExactly, subsetKey } from '../../plan/subsets.ts';
import type { Snapshot } from '../../plan/types.ts';
import { leftByHand } from '../../plan/taken-back/left-by-hand.ts';
import { withoutBuilds } from '../../plan/taken-back/without-builds.ts';
import { beforePromotes } from '../../undo/previous.ts';
import { stillReached } from '../../plan/still-reached.ts';
import { keptFromWholeService } from '../../plan/whole-service.ts';

/**
 * Everything of this pod-selector goes: previews, shares, mirrors, the subset if we made it and nothing uses it.
 * Nothing to roll back is no fault, unless a route has nothing but the build.
 *
 * @throws TrafficError not-found, check-failed where a route would be left without a destination
 */
export function planRollback(snapshot: Snapshot, intent: RollbackIntent): ChangeDraft {
  const selected = selectVirtualServices(snapshot, intent);
  const isBuild = buildOf(snapshot, intent);
  const isOwn = ownBuildsOf(snapshot, intent);
  const { namespace } = snapshot;
  const isGone = (destination: Destination): boolean => {
    const subset = subsetOf(destination);
    return subset !== undefined && isBuild(serviceIdentity(destination.host, namespace), subset);
  };
  const promoted = beforePromotes(snapshot, selected, intent.podLabels);
  const taken = selected.map((before) => {
    const back = withoutBuilds(promoted.get(before)?.after ?? before, {
      isGone,
      isOwn: (destination) => isOwn(destination, namespace),
      keepsLast: false,
    });
    const kept = keptFromWholeService(snapshot, { before, after: back.value }, [intent.podLabels]);
    const stuck = [...back.stuck, ...stuckOnBuild(kept.value, isGone)];
    return { change: { before, after: kept.value }, stuck, findings: [...back.findings, ...kept.findings] };
  });
  const changes = taken.map(({ change }): Change<VirtualService> => change);
  const isChanged = changes.some(({ before, after }) => before !== after);
  const stuck = taken.flatMap((one) => one.stuck);
  const findings: Finding[] = [
    ...refutedNames(snapshot),
    ...[...promoted.values()].map(({ finding: told }) => told),
    ...taken.flatMap((one) => one.findings),
    ...stuckFindings({ snapshot, intent, stuck, isGone, isChanged }),
  ];
  const elsewhere = usedElsewhere(snapshot, intent, selected, { isOwn, isBuild });
  if (!isChanged && elsewhere.length === 0 && !hasLeftSubset(snapshot, intent)) {
    const message = `Nothing of ${formatLabels(intent.podLabels)} is left to roll back.`;
    findings.push(finding('nothing-to-roll-back', 'notice', message));
  }
  if (stuck.length === 0) findings.push(...changes.flatMap((change) => leftByHand(change, isGone)));
  findings.push(...elsewhere, ...changes.flatMap(({ after }) => stillReached(snapshot, after, intent)));
  const known = changes.filter(({ before, after }) => before !== after || refersTo(before, isGone));
  const [plain] = subsetNames(intent.podLabels);
  const existing = snapshot.destinationRules
    .filter(inNamespace(snapshot))
    .flatMap((rule) => rule.spec.subsets ?? [])
    .find((subset) => hasExactly(subset, intent.podLabels));
  return {
    subset: existing?.name ?? plain,
    virtualServices: isNarrowed(intent) ? changes : known,
    needed: [...promoted.values()].flatMap(({ needed }) => needed),
    ...(promoted.size > 0 && { isReturn: true as const }),
    released: (rule, subset) =>
      (selectsRule(intent, rule.metadata) ||
        sendsToService(selected, serviceIdentity(rule.spec.host, rule.metadata.namespace))) &&
      isReleased(rule, subset, intent),
    findings,
  };
}

/**
 * Which subsets are of this pod-selector: those of exactly its labels; where a host's DestinationRules have
 * none (it was removed by hand), those of the names that we would give it. So is one that we made and named for it,
 * and whose labels somebody has edited since.
 *
 * @returns a function of a host in any spelling that says its namespace, and a subset's name
 */
export function buildOf(
  snapshot: Snapshot,
  intent: RollbackIntent,
): (host: string, subset: string) => boolean {
  const ownNames = new Set(subsetNames(intent.podLabels));
  const known = new Map<string, boolean>();
  const isBuild = (host: string, name: string): boolean => {
    const rules = rulesOfService(snapshot, host, snapshot.namespace);
    const found = rules.flatMap((rule) => rule.spec.subsets ?? []).find((subset) => subset.name === name);
    if (found === undefined) return ownNames.has(name);
    if (hasExactly(found, intent.podLabels)) return true;
    return ownNames.has(name) && isEditedSubset(rules.filter(inNamespace(snapshot)), name);
  };
  return (host, name) => {
    const key = subsetKey(host, name);
    const answer = known.get(key) ?? isBuild(host, name);
    known.set(key, answer);
    return answer;
  };
}

/** As `ownBuilds`, and what we named for the pod-selector and somebody gave other labels since. */
export function ownBuildsOf(
  snapshot: Snapshot,
  intent: RollbackIntent,
): (destination: Destination, namespace: string) => boolean {
  const isOwn = ownBuilds(snapshot);
  const ownNames = new Set(subsetNames(intent.podLabels));
  return (destination, namespace) => {
    const { host, subset = '' } = destination;
    return (
      isOwn(destination, namespace) ||
      (ownNames.has(subset) &&
        isEditedSubset(rulesOfService(snapshot, host, namespace).filter(inNamespace(snapshot)), subset))
    );
  };
}

/** Has a subset that `istiops/subsets` names other labels than istiops would give that name? */
function isEditedSubset(rules: readonly DestinationRule[], name: string): boolean {
  return rules.some((rule) => provenNames(rule).refuted.includes(name));
}

/** A subset that no route refers to goes if it still has the labels that it is named for. */
function isReleased(rule: DestinationRule, name: string, { podLabels }: RollbackIntent): boolean {
  const found = rule.spec.subsets?.find((subset) => subset.name === name);
  return found === undefined ? subsetNames(podLabels).includes(name) : hasExactly(found, podLabels);
}

/** Is a subset left that we made for the build and that nothing uses? It goes although no route changes. */
function hasLeftSubset(snapshot: Snapshot, intent: RollbackIntent): boolean {
  const used = referredBuilds(snapshot.virtualServices);
  return snapshot.destinationRules.filter(inNamespace(snapshot)).some((rule) => {
    const { host } = rule.spec;
    const { namespace } = rule.metadata;
    return [...provenNames(rule).proven].some(
      (name) => isReleased(rule, name, intent) && !used.has(buildKey({ host, subset: name }, namespace)),
    );
  });
}

/** What isn't selected stays, and sends to the build: nobody may think that the build is out. */
function usedElsewhere(
  snapshot: Snapshot,
  selection: Selection,
  selected: readonly VirtualService[],
  {
    isOwn,
    isBuild,
  }: {
    readonly isOwn: (destination: Destination, namespace: string) => boolean;
    readonly isBuild: (host: string, subset: string) => boolean;
  },
): readonly Finding[] {
  const chosen = new Set(selected);
  return snapshot.virtualServices
    .filter((virtualService) => !chosen.has(virtualService))
    .flatMap((virtualService) => {
      const { namespace } = virtualService.metadata;
      const found = destinationsIn(virtualService).find((destination) => {
        const subset = subsetOf(destination);
        return (
          subset !== undefined &&
          isOwn(destination, namespace) &&
          isBuild(serviceIdentity(destination.host, namespace), subset)
        );
      });
      if (found === undefined) return [];
      const message =
        `${titleOf(virtualService)}, ${whyUnselected(selection)}, still sends to ${subsetText(found.subset ?? '')}: the build is not out of use, and its subset stays. ` +
        `Roll it back there as well${howToWiden(selection, ', or ')}.`;
      return [finding('used-elsewhere', 'warning', message, virtualService)];
    });
}

function destinationsIn(virtualService: VirtualService): readonly Destination[] {
  return routesOf(virtualService).flatMap(({ route }) => namedDestinations(route));
}

/** Does anything route to the build, or remember it? */
function refersTo(virtualService: VirtualService, isGone: (destination: Destination) => boolean): boolean {
  return (
    destinationsIn(virtualService).some(isGone) ||
    [...readBaselines(virtualService).byRoute.values()].some(({ requestedShares }) =>
      requestedShares.some(({ destination }) => isGone(destination)),
    )
  );
}

function sendsToService(virtualServices: readonly VirtualService[], service: string): boolean {
  return virtualServices.some((virtualService) =>
    routesOf(virtualService).some(({ route }) =>
      destinationsOf(route).some(
        ({ destination }) => serviceIdentity(destination.host, virtualService.metadata.namespace) === service,
      ),
    ),
  );
}
