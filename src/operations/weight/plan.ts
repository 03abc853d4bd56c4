import type { WeightIntent } from './intent.ts';
import { destinationsOf } from '../../istio/routes.ts';
import type { Destination, RouteDestination, VirtualService } from '../../istio/types.ts';
import { relativeWeights } from '../../istio/weights.ts';
import {
  keyOf,
  readBaselines,
  sameSubset,
  writeBaselines,
  type PendingBaseline,
} from '../../plan/baseline.ts';
import { LIMITS } from '../../plan/baseline/format.ts';
import { pickOf } from '../../plan/base-routes.ts';
import type { ChangeDraft, ServedRoutes } from '../../plan/draft.ts';
import { refuse } from '../../base/errors.ts';
import { mapRoutes, keepIfSpecUnchanged, type Change } from '../../plan/objects.ts';
import { titleOf } from '../../base/title.ts';
import { currentBaseline } from '../../plan/recall.ts';
import { previousBuildOf } from '../../undo/previous.ts';
import { pinTo, prepareShift, targetDestination, type PreparedShift } from '../../plan/shift.ts';
import { requestShare, listOf, positionsOf } from '../../plan/split.ts';
import type { Target } from '../../plan/subsets.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { Finding } from '../../base/findings.ts';

/**
 * The target subset gets a share of each base route, http, tls and tcp alike; the others share the rest in the
 * proportions that they have. At 100 they stay listed with 0, so that the way back is one write.
 *
 * @throws TrafficError not-found, ambiguous, check-failed
 */
export function planWeight(snapshot: Snapshot, intent: WeightIntent): ChangeDraft {
  const shift = prepareShift(snapshot, intent);
  const findings: Finding[] = [...shift.findings];
  const changes = shift.selected.map((virtualService): Change<VirtualService> => {
    const led = shift.led.find((one) => one.virtualService === virtualService);
    const after = led === undefined ? virtualService : withShares(led, intent.weight, shift, findings);
    return { before: virtualService, after };
  });
  const isChanged = changes.some(({ before, after }) => before !== after);
  const previous = previousBuildOf(snapshot, shift);
  return {
    subset: shift.target.name,
    virtualServices: changes,
    needed: isChanged ? [shift.target, ...(shift.stable === undefined ? [] : [shift.stable])] : [],
    released: () => false,
    findings,
    shift,
    ...(previous !== undefined && { previous }),
  };
}

function withShares(
  { virtualService, routes }: ServedRoutes,
  percent: number,
  { target, stable }: PreparedShift,
  findings: Finding[],
): VirtualService {
  const { namespace } = virtualService.metadata;
  const remembered = readBaselines(virtualService).byRoute;
  const memories = new Map<string, PendingBaseline>(remembered);
  const lists = new Map<string, readonly RouteDestination[]>();
  const share = shareGiver(percent, target, stable, namespace);
  let isRemembered = false;
  for (const base of routes) {
    const known = currentBaseline(virtualService, base, remembered.get(keyOf(base)), findings);
    const given = share(destinationsOf(base.route), known);
    if (given.alone) {
      refuse(
        'no-other-destination',
        `${pickOf(base)} of ${titleOf(virtualService)} sends to ${target.name} alone: there is nothing that could get the other ${100 - percent} %. ` +
          'Give another build a `weight` first, or `promote` it.',
        virtualService,
      );
    }
    if (given.list === undefined) continue;
    isRemembered ||= given.isRemembered;
    memories.set(keyOf(base), given.memory);
    lists.set(keyOf(base), given.list);
  }
  const after = mapRoutes(virtualService, (kind, route, index) => {
    const list = lists.get(keyOf({ kind, index }));
    return list === undefined ? route : { ...route, route: list };
  });
  const written = writeBaselines(after, memories);
  return isRemembered ? written : keepIfSpecUnchanged(virtualService, written);
}

interface Given {
  readonly memory: PendingBaseline;
  /** Absent: the list stays as it is. */
  readonly list?: readonly RouteDestination[];
  /** It has the share already, but another one would come back later: what was asked is written down in any case. */
  readonly isRemembered: boolean;
  /** Nobody is left for the rest. */
  readonly alone: boolean;
}

/** Gives the target its share of one list after the other; routes that share list and memory share the result. */
function shareGiver(
  percent: number,
  target: Target,
  stable: Target | undefined,
  namespace: string,
): (list: readonly RouteDestination[], known: PendingBaseline) => Given {
  const results = new Map<string, Given>();
  return (list, known) => {
    // A memory made from the list itself says nothing that the list doesn't.
    const key = JSON.stringify(known.list === list ? list : [list, known]);
    const result = results.get(key) ?? give(list, known);
    results.set(key, result);
    return result;
  };
  function give(list: readonly RouteDestination[], known: PendingBaseline): Given {
    const destination = targetDestination(list, namespace, target);
    const memory = pinTo(stable, known, namespace);
    const isUnlisted = percent === 0 && positionsOf(list, destination, namespace).size === 0;
    const isThere = memory === known && percentOf(list, destination, namespace) === percent;
    const isRemembered = isThere && !isUnlisted && hadAnother(known, destination, percent, namespace);
    if (isUnlisted || (isThere && !isRemembered)) return { memory: known, isRemembered, alone: false };
    const asked = requestShare(memory, destination, percent, namespace);
    if (asked.asks.length > LIMITS.asks) {
      refuse(
        'too-many-shares',
        `More than ${LIMITS.asks} shares were given in turn since the route was first changed, and each of them is remembered for the way back. ` +
          '`promote` a build, or roll builds back, then give the share.',
      );
    }
    const next = listOf(asked, namespace);
    const alone = percent < 100 && positionsOf(next, destination, namespace).size === next.length;
    return { memory: asked, list: next, isRemembered, alone };
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
  memory: PendingBaseline,
  destination: Destination,
  percent: number,
  namespace: string,
): boolean {
  if (memory.asks.length === 0) return false;
  const last = memory.asks.findLast((one) => sameSubset(one.destination, destination, namespace));
  return last === undefined
    ? percentOf(memory.list, destination, namespace) !== percent
    : last.part * 100 !== percent * last.whole;
}
