import { leavingChoice, type LeavingChoice } from './builds.ts';
import type { RollbackIntent } from './intent.ts';
import { destinationsOf, namedDestinations, routesOf } from '../../istio/routes.ts';
import { buildKey, serviceIdentity } from '../../istio/service-identity.ts';
import type { Destination, VirtualService } from '../../istio/types.ts';
import { readBaselines } from '../../plan/baseline.ts';
import type { ChangeDraft } from '../../plan/draft.ts';
import { finding, type Finding } from '../../base/findings.ts';
import { type Change } from '../../plan/objects.ts';
import { subsetText } from '../../base/text.ts';
import { titleOf } from '../../base/title.ts';
import { provenNames, referredBuilds, refutedNames } from '../../plan/own-subsets.ts';
import { howToWiden, whyUnselected } from '../../intent/selection.ts';
import { isNarrowed, selectsRule, type Selection } from '../../istio/selection.ts';
import { keepIfOnlyOwnersDiffer } from '../../plan/preview-owners.ts';
import { inNamespace, selectVirtualServices } from '../../plan/select.ts';
import { stuckFindings, stuckOnBuild } from '../../plan/taken-back/stuck-routes.ts';
import type { Snapshot } from '../../plan/types.ts';
import { leftByHand } from '../../plan/taken-back/left-by-hand.ts';
import { withoutBuilds } from '../../plan/taken-back/without-builds.ts';
import { beforePromotes } from '../../undo/previous.ts';
import { stillReached } from '../../plan/still-reached.ts';
import { keptFromWholeService } from '../../plan/whole-service.ts';

/**
 * Everything of this pod-selector, or of the builds that these requests get by a preview, goes: previews, shares,
 * mirrors, the subset if we made it and nothing uses it. Nothing to roll back is no fault, unless a route has nothing but the build.
 *
 * @throws TrafficError not-found, check-failed where a route would be left without a destination
 */
export function planRollback(snapshot: Snapshot, intent: RollbackIntent): ChangeDraft {
  const selected = selectVirtualServices(snapshot, intent);
  const { namespace } = snapshot;
  const choice = leavingChoice(snapshot, selected, intent);
  const isGone = (destination: Destination): boolean => choice.isGone(destination, namespace);
  const promotes = 'podLabels' in intent ? beforePromotes(snapshot, selected, intent.podLabels) : NO_PROMOTES;
  const taken = selected.map((before) => {
    const back = withoutBuilds(promotes.get(before)?.after ?? before, {
      isGone,
      isOwn: (destination) => choice.isOwn(destination, namespace),
      keepsLast: choice.keepsLast,
    });
    const kept = keptFromWholeService(snapshot, { before, after: back.value }, choice.labels);
    // What was there before a promote and is of the build goes, too: often that is what is there now.
    const after = keepIfOnlyOwnersDiffer(before, kept.value);
    const stuck = choice.keepsLast ? back.stuck : [...back.stuck, ...stuckOnBuild(after, isGone)];
    return { change: { before, after }, stuck, findings: [...back.findings, ...kept.findings] };
  });
  const changes = taken.map(({ change }): Change<VirtualService> => change);
  const isChanged = changes.some(({ before, after }) => before !== after);
  const reverted = changes.flatMap(({ before, after }) =>
    before === after ? [] : (promotes.get(before) ?? []),
  );
  const stuck = taken.flatMap((one) => one.stuck);
  const findings: Finding[] = [
    ...refutedNames(snapshot),
    ...choice.findings,
    ...reverted.map(({ finding: told }) => told),
    ...taken.flatMap((one) => one.findings),
    ...stuckFindings({ snapshot, selection: intent, build: choice.words, stuck, isGone, isChanged }),
  ];
  const elsewhere = usedElsewhere(snapshot, intent, selected, choice);
  if (!isChanged && elsewhere.length === 0 && !hasLeftSubset(snapshot, choice)) {
    const message = `Nothing of ${choice.words} is left to roll back.`;
    findings.push(finding('nothing-to-roll-back', 'notice', message));
  }
  if (stuck.length === 0) findings.push(...changes.flatMap((change) => leftByHand(change, isGone)));
  findings.push(
    ...elsewhere,
    ...choice.labels.flatMap((podLabels) =>
      changes.flatMap(({ after }) => stillReached(snapshot, after, { podLabels })),
    ),
  );
  const known = changes.filter(({ before, after }) => before !== after || refersTo(before, isGone));
  const [labels, ...others] = choice.labels;
  return {
    subset: choice.subset,
    virtualServices: isNarrowed(intent) ? changes : known,
    needed: reverted.flatMap(({ needed }) => needed),
    ...(reverted.length > 0 && { isReturn: true as const }),
    ...(labels !== undefined && others.length === 0 && { labels }),
    released: (rule, subset) =>
      (selectsRule(intent, rule.metadata) ||
        sendsToService(selected, serviceIdentity(rule.spec.host, rule.metadata.namespace))) &&
      choice.isReleased(rule, subset),
    findings,
  };
}

/** Who asks by headers wants a preview away: a build that was promoted meanwhile stays. */
const NO_PROMOTES: ReturnType<typeof beforePromotes> = new Map();

/** Is a subset left that we made for the build and that nothing uses? It goes although no route changes. */
function hasLeftSubset(snapshot: Snapshot, { isReleased }: LeavingChoice): boolean {
  const used = referredBuilds(snapshot.virtualServices);
  return snapshot.destinationRules.filter(inNamespace(snapshot)).some((rule) => {
    const { host } = rule.spec;
    const { namespace } = rule.metadata;
    return [...provenNames(rule).proven].some(
      (name) => isReleased(rule, name) && !used.has(buildKey({ host, subset: name }, namespace)),
    );
  });
}

/** What isn't selected stays, and sends to the build: nobody may think that the build is out. */
function usedElsewhere(
  snapshot: Snapshot,
  selection: Selection,
  selected: readonly VirtualService[],
  { isOwn, isGone }: LeavingChoice,
): readonly Finding[] {
  const chosen = new Set(selected);
  return snapshot.virtualServices
    .filter((virtualService) => !chosen.has(virtualService))
    .flatMap((virtualService) => {
      const { namespace } = virtualService.metadata;
      const found = destinationsIn(virtualService).find(
        (destination) => isOwn(destination, namespace) && isGone(destination, namespace),
      );
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
