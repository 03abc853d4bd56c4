/** From a baseline to the list that follows from it, and back when somebody else has changed the list. */
import { relativeWeights } from '../istio/weights.ts';
import { isSameBuild, isSameDestination, buildKey } from '../istio/service-identity.ts';
import type { Destination, RouteDestination } from '../istio/types.ts';
import {
  addedBuilds,
  isPinnable,
  pinned,
  type RequestedShare,
  type PendingBaseline,
  type Pin,
} from './baseline.ts';
import { sharesAfter, wholePercents } from './shares.ts';

/**
 * The list that follows from a baseline: its own list while no share is requested, else whole weights that add up to
 * 100, the last requested share exact. Builds that the list did not have come last, in the order of their requests.
 *
 * @param namespace of the VirtualService, which short hosts belong to
 */
export function listOf(baseline: PendingBaseline, namespace: string): readonly RouteDestination[] {
  const base = pinned(baseline, namespace);
  const last = baseline.requestedShares.at(-1);
  if (last === undefined) return base;
  const added = addedBuilds(baseline, namespace);
  const entries: RouteDestination[] = [...base, ...added.map((destination) => ({ destination }))];
  const weights = relativeWeights(base);
  // No weight at all means equal shares for those that were there: a build that is added later is not one of them.
  const own = weights.every((weight) => weight === 0) ? weights.map(() => 1) : weights;
  const places = placesIn(entries, namespace);
  const shares = sharesAfter(
    [...own, ...added.map(() => 0)],
    baseline.requestedShares.map(({ destination, part, whole }) => ({
      positions: places(destination),
      part,
      whole,
    })),
  );
  const percents = wholePercents(shares, new Set(places(last.destination)));
  return entries.map((entry, i) => ({ ...entry, weight: percents[i] ?? 0 }));
}

/** Where a build stands in a list, looked up once: there may be a thousand requests for one build. */
function placesIn(
  entries: readonly RouteDestination[],
  namespace: string,
): (build: Destination) => readonly number[] {
  const byBuild = Map.groupBy(
    entries.map(({ destination }, i) => ({ destination, i })),
    ({ destination }) => buildKey(destination, namespace),
  );
  const known = new Map<Destination, readonly number[]>();
  return (build) => {
    const found =
      known.get(build) ??
      (byBuild.get(buildKey(build, namespace)) ?? [])
        .filter(({ destination }) => isSameDestination(destination, build, namespace))
        .map(({ i }) => i);
    known.set(build, found);
    return found;
  };
}

/** Where a build stands in a list; several entries may send to it and differ in their headers only. */
export function positionsOf(
  list: readonly { readonly destination: Destination }[],
  build: Destination,
  namespace: string,
): Set<number> {
  return new Set(
    list.flatMap((entry, i) => (isSameDestination(entry.destination, build, namespace) ? [i] : [])),
  );
}

/** The baseline with one more requested share. Of two requests in a row for the same build the second counts. */
export function requestShare(
  baseline: PendingBaseline,
  destination: Destination,
  percent: number,
  namespace: string,
): PendingBaseline {
  const requestedShares = [...baseline.requestedShares, { destination, part: percent, whole: 100 }];
  return { ...rewritten(baseline), requestedShares: lastOfEachRun(requestedShares, namespace) };
}

/** The baseline without the requests for the builds that are `gone`. */
export function withoutRequests(
  baseline: PendingBaseline,
  gone: (build: Destination) => boolean,
  namespace: string,
): PendingBaseline {
  const requestedShares = baseline.requestedShares.filter(({ destination }) => !gone(destination));
  return { ...rewritten(baseline), requestedShares: lastOfEachRun(requestedShares, namespace) };
}

/** Of requests for one build in a row only the last counts. */
function lastOfEachRun(
  requestedShares: readonly RequestedShare[],
  namespace: string,
): readonly RequestedShare[] {
  return requestedShares.filter((one, i) => {
    const next = requestedShares[i + 1];
    return next === undefined || !isSameDestination(one.destination, next.destination, namespace);
  });
}

/** The baseline with whole-service destinations pinned. */
export function pin(baseline: PendingBaseline, stable: Pin): PendingBaseline {
  return { ...rewritten(baseline), stable };
}

/** A baseline of a list that is about to be written anew: the old list's fingerprint says nothing any more. */
function rewritten({ written: _, ...baseline }: PendingBaseline): PendingBaseline {
  return baseline;
}

/**
 * The baseline once somebody else has changed the list: what they wrote, less the builds that istiops added, is the
 * new list, and the builds' shares are those that they have in it. Where these have everything, the list says nothing
 * about the others' proportions, so those of the old baseline stay.
 */
export function rebase(
  baseline: PendingBaseline,
  list: readonly RouteDestination[],
  namespace: string,
): PendingBaseline {
  const added = addedBuilds(baseline, namespace);
  const own = pinned(baseline, namespace);
  // A port that somebody moved makes no other build of it, unless the list had both from the start.
  const isAdded = ({ destination }: RouteDestination): boolean =>
    added.some((build) => isSameBuild(build, destination, namespace)) &&
    !own.some((entry) => isSameDestination(entry.destination, destination, namespace));
  const weights = relativeWeights(list);
  // Somebody may list a build twice: its entries have their share together.
  const shares = new Map<Destination, number>();
  for (const [i, entry] of list.entries()) {
    if (!isAdded(entry)) continue;
    const { destination } = entry;
    const known =
      [...shares.keys()].find((one) => isSameDestination(one, destination, namespace)) ?? destination;
    shares.set(known, (shares.get(known) ?? 0) + (weights[i] ?? 0));
  }
  const first = list.reduce((sum, entry, i) => (isAdded(entry) ? sum : sum + (weights[i] ?? 0)), 0);
  let running = first;
  const requestedShares = [...shares].map(([destination, part]): RequestedShare => {
    running += part;
    return { destination, part, whole: running === 0 ? 100 : running };
  });
  const others = list.filter((entry) => !isAdded(entry));
  const hasEverything = first === 0 && running > 0 && others.length > 0;
  const { partial: _, ...known } = rewritten(baseline);
  return {
    ...known,
    list: unpinned(baseline, hasEverything ? withWeightsOf(own, others, namespace) : others, namespace),
    requestedShares: hasEverything
      ? withSharesOf(baseline.requestedShares, requestedShares, namespace)
      : requestedShares,
    ...(requestedShares.length > 0 && { partial: true }),
  };
}

/** The list with the weights that its destinations had in an old one; a new destination had none. */
function withWeightsOf(
  old: readonly RouteDestination[],
  list: readonly RouteDestination[],
  namespace: string,
): readonly RouteDestination[] {
  const weights = relativeWeights(old);
  const left = old.map(({ destination }, i) => ({ destination, weight: weights[i] ?? 0 }));
  return list.map((entry) => {
    const at = left.findIndex(({ destination }) =>
      isSameDestination(destination, entry.destination, namespace),
    );
    // Two entries of one destination differ in their headers alone: each has the weight of its own place.
    const [found] = at < 0 ? [] : left.splice(at, 1);
    return { ...entry, weight: found?.weight ?? 0 };
  });
}

/** A build without a share in the list has the one that was requested for it last, before those that have all. */
function withSharesOf(
  old: readonly RequestedShare[],
  shares: readonly RequestedShare[],
  namespace: string,
): readonly RequestedShare[] {
  const known = shares.map((one) => {
    const last = old.findLast(({ destination }) =>
      isSameDestination(destination, one.destination, namespace),
    );
    return one.part > 0 || last === undefined ? one : { ...last, destination: one.destination };
  });
  return [...known.filter((_, i) => shares[i]?.part === 0), ...known.filter((_, i) => shares[i]?.part !== 0)];
}

/** A pinned entry goes back to the whole service that it was, so that the pin can be taken off again. */
function unpinned(
  { stable, list: original }: PendingBaseline,
  list: readonly RouteDestination[],
  namespace: string,
): readonly RouteDestination[] {
  if (stable === undefined) return list;
  const isStable = ({ destination }: RouteDestination): boolean =>
    isSameBuild(destination, { host: stable.host, subset: stable.subset }, namespace);
  const wasWhole = original
    .filter((entry) => isStable(entry) || isPinnable(entry.destination, stable, namespace))
    .map((entry) => !isStable(entry));
  const isOrderKept = list.filter(isStable).length === wasWhole.length;
  // Which of them was the whole service can't be told any more: with the stable subset nobody gets more than before.
  if (!isOrderKept && wasWhole.includes(false)) return list;
  const queue = wasWhole.values();
  return list.map((entry) => {
    if (!isStable(entry) || !(queue.next().value ?? wasWhole.length > 0)) return entry;
    const { subset: _, ...destination } = entry.destination;
    return { ...entry, destination };
  });
}

/** The list with whole weights that add up to 100, in its own proportions. */
export function scaled(list: readonly RouteDestination[]): readonly RouteDestination[] {
  const weights = list.map(({ weight = list.length === 1 ? 100 : 0 }) => weight);
  if (weights.reduce((sum, weight) => sum + weight, 0) === 100) return list;
  const whole = wholePercents(weights.map(BigInt));
  return list.map((entry, i) => ({ ...entry, weight: whole[i] ?? 0 }));
}
