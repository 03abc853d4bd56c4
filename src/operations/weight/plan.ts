import type { WeightIntent } from './intent.ts';
import { destinationsOf, placeOf } from '../../istio/routes.ts';
import type { Destination, RouteDestination, VirtualService } from '../../istio/types.ts';
import { relativeWeights } from '../../istio/weights.ts';
import { readBaselines, writeBaselines, type PendingBaseline } from '../../plan/baseline.ts';
import { isSameDestination } from '../../istio/service-identity.ts';
import { LIMITS } from '../../plan/baseline/format.ts';
import type { ChangeDraft, ServedRoutes } from '../../plan/draft.ts';
import { refuse } from '../../base/errors.ts';
import { keepIfSpecUnchanged, withDestinations } from '../../plan/objects.ts';
import { titleOf } from '../../base/title.ts';
import { currentBaseline } from '../../plan/current-baseline.ts';
import {
  changeServed,
  draftOf,
  neededFor,
  pinTo,
  prepareShift,
  targetDestination,
  type PreparedShift,
} from '../../plan/shift.ts';
import { previousBuildOf } from '../../undo/previous.ts';
import { requestShare, listOf, positionsOf } from '../../plan/split.ts';
import type { Target } from '../../plan/subsets.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { WithFindings } from '../../base/findings.ts';
import { pickOf } from '../../plan/route-picks.ts';

/**
 * The target subset gets a share of each base route, http, tls and tcp alike; the others share the rest in the
 * proportions that they have. At 100 they stay listed with 0, so that the way back is one write.
 *
 * @throws TrafficError not-found, ambiguous, check-failed
 */
export function planWeight(snapshot: Snapshot, intent: WeightIntent): ChangeDraft {
  const shift = prepareShift(snapshot, intent, 'share');
  const changes = changeServed(shift, (served) => withShares(served, intent.weight, shift));
  const isChanged = changes.value.some(({ before, after }) => before !== after);
  const previous = previousBuildOf(snapshot, shift);
  return {
    ...draftOf(shift, changes, isChanged ? neededFor(shift) : []),
    ...(previous !== undefined && { previous }),
  };
}

function withShares(
  { virtualService, routes }: ServedRoutes,
  percent: number,
  { target, stable }: PreparedShift,
): WithFindings<VirtualService> {
  const { namespace } = virtualService.metadata;
  const stored = readBaselines(virtualService).byRoute;
  const share = shareGiver(percent, target, stable, namespace);
  const given = routes.map((base) => {
    const current = currentBaseline(virtualService, base, stored.get(placeOf(base)));
    const route = share(destinationsOf(base.route), current.value);
    if (route.isAlone) {
      refuse(
        'no-other-destination',
        `${pickOf(base)} of ${titleOf(virtualService)} sends to ${target.name} alone: there is nothing that could get the other ${100 - percent} %. ` +
          'Give another build a `weight` first, or promote it.',
        virtualService,
      );
    }
    return { ...route, place: placeOf(base), findings: current.findings };
  });
  const changed = given.flatMap((one) => (one.list === undefined ? [] : [{ ...one, list: one.list }]));
  const after = withDestinations(virtualService, new Map(changed.map(({ place, list }) => [place, list])));
  const written = writeBaselines(
    after,
    new Map([...stored, ...changed.map(({ place, baseline }) => [place, baseline] as const)]),
  );
  const isKept = changed.some(({ isRemembered }) => isRemembered);
  return {
    value: isKept ? written : keepIfSpecUnchanged(virtualService, written),
    findings: given.flatMap((one) => one.findings),
  };
}

interface GivenShare {
  readonly baseline: PendingBaseline;
  /** Absent: the list stays as it is. */
  readonly list?: readonly RouteDestination[];
  /**
   * It has the share already, but by chance: after a rollback of other builds it would have another one. What was asked
   * is remembered all the same.
   */
  readonly isRemembered: boolean;
  /** The list sends to the target alone, so nobody could get the rest. */
  readonly isAlone: boolean;
}

/** Gives the target its share of one list after the other; routes that share list and baseline share the result. */
function shareGiver(
  percent: number,
  target: Target,
  stable: Target | undefined,
  namespace: string,
): (list: readonly RouteDestination[], known: PendingBaseline) => GivenShare {
  const results = new Map<string, GivenShare>();
  return (list, known) => {
    // A baseline that was made of the list itself adds nothing to the key.
    const key = JSON.stringify(known.list === list ? list : [list, known]);
    const result = results.get(key) ?? give(list, known);
    results.set(key, result);
    return result;
  };
  function give(list: readonly RouteDestination[], known: PendingBaseline): GivenShare {
    const destination = targetDestination(list, namespace, target);
    const baseline = pinTo(stable, known, namespace);
    const isUnlisted = percent === 0 && positionsOf(list, destination, namespace).size === 0;
    const isThere = baseline === known && percentOf(list, destination, namespace) === percent;
    const isRemembered = isThere && !isUnlisted && hadAnother(known, destination, percent, namespace);
    if (isUnlisted || (isThere && !isRemembered)) return { baseline: known, isRemembered, isAlone: false };
    const asked = requestShare(baseline, destination, percent, namespace);
    if (asked.requestedShares.length > LIMITS.requestedShares) {
      refuse(
        'too-many-shares',
        `More than ${LIMITS.requestedShares} shares were given in turn since the route was first changed, and each of them is remembered for the way back. ` +
          '`promote` a build, or roll builds back, then give the share.',
      );
    }
    const next = listOf(asked, namespace);
    const isAlone = percent < 100 && positionsOf(next, destination, namespace).size === next.length;
    return { baseline: asked, list: next, isRemembered, isAlone };
  }
}

/** The share of a build in percent, exactly; NaN where no weight is set at all. */
function percentOf(list: readonly RouteDestination[], destination: Destination, namespace: string): number {
  const weights = relativeWeights(list);
  const positions = positionsOf(list, destination, namespace);
  const part = weights.reduce((sum, weight, i) => (positions.has(i) ? sum + weight : sum), 0);
  return (part * 100) / weights.reduce((sum, weight) => sum + weight, 0);
}

/**
 * Has the build its share only because of what was asked for others since? When these are rolled back, it would have
 * the share that was asked for it before, or that it had at first.
 */
function hadAnother(
  baseline: PendingBaseline,
  destination: Destination,
  percent: number,
  namespace: string,
): boolean {
  if (baseline.requestedShares.length === 0) return false;
  const last = baseline.requestedShares.findLast((one) =>
    isSameDestination(one.destination, destination, namespace),
  );
  return last === undefined
    ? percentOf(baseline.list, destination, namespace) !== percent
    : last.part * 100 !== percent * last.whole;
}
