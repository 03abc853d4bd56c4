/** From a memory to the list that it means, and back when somebody else has changed the list. */
import { relativeWeights } from '../istio/weights.ts';
import { isSameBuild } from '../istio/service-identity.ts';
import type { Destination, RouteDestination } from '../istio/types.ts';
import {
  addedBuilds,
  buildKey,
  isPinnable,
  pinned,
  sameSubset,
  type RequestedShare,
  type PendingBaseline,
  type Pin,
} from './baseline.ts';
import { sharesAfter, wholePercents } from './shares.ts';

/**
 * The list that a memory means: the remembered one when nothing is asked, else whole weights that add up to
 * 100, the last asked share exact. Builds that the list did not have come last, in the order they were asked.
 *
 * @param namespace of the VirtualService, which short hosts belong to
 */
export function listOf(memory: PendingBaseline, namespace: string): readonly RouteDestination[] {
  const base = pinned(memory, namespace);
  const last = memory.asks.at(-1);
  if (last === undefined) return base;
  const added = addedBuilds(memory, namespace);
  const entries: RouteDestination[] = [...base, ...added.map((destination) => ({ destination }))];
  const weights = relativeWeights(base);
  // No weight at all means the same for each that was there: a build that is asked for later is not one of them.
  const own = weights.every((weight) => weight === 0) ? weights.map(() => 1) : weights;
  const places = placesIn(entries, namespace);
  const shares = sharesAfter(
    [...own, ...added.map(() => 0)],
    memory.asks.map(({ destination, part, whole }) => ({ positions: places(destination), part, whole })),
  );
  const percents = wholePercents(shares, new Set(places(last.destination)));
  return entries.map((entry, i) => ({ ...entry, weight: percents[i] ?? 0 }));
}

/** Where a build stands in a list, looked up once for each of the thousand asks that there may be for it. */
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
        .filter(({ destination }) => sameSubset(destination, build, namespace))
        .map(({ i }) => i);
    known.set(build, found);
    return found;
  };
}

/** Where a build stands in a list; several entries may lead to it and differ in their headers only. */
export function positionsOf(
  list: readonly { readonly destination: Destination }[],
  build: Destination,
  namespace: string,
): Set<number> {
  return new Set(list.flatMap((entry, i) => (sameSubset(entry.destination, build, namespace) ? [i] : [])));
}

/** The memory with one more share asked. Asking the same build twice in a row is asking once. */
export function requestShare(
  memory: PendingBaseline,
  destination: Destination,
  percent: number,
  namespace: string,
): PendingBaseline {
  const asks = [...memory.asks, { destination, part: percent, whole: 100 }];
  return { ...rewritten(memory), asks: withoutRepeats(asks, namespace) };
}

/** The memory without anything that was asked for the builds that are `gone`. */
export function withoutRequests(
  memory: PendingBaseline,
  gone: (build: Destination) => boolean,
  namespace: string,
): PendingBaseline {
  const asks = memory.asks.filter(({ destination }) => !gone(destination));
  return { ...rewritten(memory), asks: withoutRepeats(asks, namespace) };
}

/** Of asks for one build in a row only the last counts. */
function withoutRepeats(asks: readonly RequestedShare[], namespace: string): readonly RequestedShare[] {
  return asks.filter((one, i) => {
    const next = asks[i + 1];
    return next === undefined || !sameSubset(one.destination, next.destination, namespace);
  });
}

/** The memory with whole-service destinations pinned. */
export function pin(memory: PendingBaseline, stable: Pin): PendingBaseline {
  return { ...rewritten(memory), stable };
}

/** A memory about to be written anew: what was written before says nothing any more. */
function rewritten({ written: _, ...memory }: PendingBaseline): PendingBaseline {
  return memory;
}

/**
 * What is remembered once somebody else has changed the list: what they wrote, less our builds, is the new
 * baseline, and our builds' shares are those that they left them.
 */
export function rebase(
  memory: PendingBaseline,
  list: readonly RouteDestination[],
  namespace: string,
): PendingBaseline {
  const ours = addedBuilds(memory, namespace);
  const own = pinned(memory, namespace);
  // A port that somebody moved makes no other build of it, unless the list had both from the start.
  const isOurs = ({ destination }: RouteDestination): boolean =>
    ours.some((build) => isSameBuild(build, destination, namespace)) &&
    !own.some((entry) => sameSubset(entry.destination, destination, namespace));
  const weights = relativeWeights(list);
  // Somebody may list a build twice: its entries have their share together.
  const shares = new Map<Destination, number>();
  for (const [i, entry] of list.entries()) {
    if (!isOurs(entry)) continue;
    const { destination } = entry;
    const known = [...shares.keys()].find((one) => sameSubset(one, destination, namespace)) ?? destination;
    shares.set(known, (shares.get(known) ?? 0) + (weights[i] ?? 0));
  }
  let running = list.reduce((sum, entry, i) => (isOurs(entry) ? sum : sum + (weights[i] ?? 0)), 0);
  const asks = [...shares].map(([destination, part]): RequestedShare => {
    running += part;
    return { destination, part, whole: running === 0 ? 100 : running };
  });
  const { partial: _, ...known } = rewritten(memory);
  return {
    ...known,
    list: unpinned(
      memory,
      list.filter((entry) => !isOurs(entry)),
      namespace,
    ),
    asks,
    ...(asks.length > 0 && { partial: true }),
  };
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
