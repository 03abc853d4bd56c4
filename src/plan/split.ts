/** From a memory to the list that it means, and back when somebody else has changed the list. */
import { relativeWeights } from '../istio/weights.ts';
import type { Destination, RouteDestination } from '../istio/types.ts';
import { addedBuilds, pinned, sameSubset, type Ask, type Draft, type Pin } from './baseline.ts';
import { give, wholePercents } from './shares.ts';

/**
 * The list that a memory means: the remembered one when nothing is asked, else whole weights that add up to
 * 100, the last asked share exact. Builds that the list did not have come last, in the order they were asked.
 */
export function listOf(memory: Draft): readonly RouteDestination[] {
  const base = pinned(memory);
  const last = memory.asks.at(-1);
  if (last === undefined) return base;
  const added = memory.asks
    .map((ask) => ask.destination)
    .filter((destination, i, all) => all.findIndex((other) => sameSubset(other, destination)) === i)
    .filter((destination) => !base.some((entry) => sameSubset(entry.destination, destination)));
  const entries: RouteDestination[] = [...base, ...added.map((destination) => ({ destination }))];
  const weights = relativeWeights(base);
  // No weight at all means the same for each that was there: a build that is asked for later is not one of them.
  const own = weights.every((weight) => weight === 0) ? weights.map(() => 1) : weights;
  const first = [...own, ...added.map(() => 0)].map(BigInt);
  const shares = memory.asks.reduce<readonly bigint[]>(
    (current, ask) => give(current, positionsOf(entries, ask.destination), ask, first),
    first,
  );
  const percents = wholePercents(shares, positionsOf(entries, last.destination));
  return entries.map((entry, i) => ({ ...entry, weight: percents[i] ?? 0 }));
}

/** Where a build stands in a list; several entries may lead to it and differ in their headers only. */
export function positionsOf(
  list: readonly { readonly destination: Destination }[],
  build: Destination,
): Set<number> {
  return new Set(list.flatMap((entry, i) => (sameSubset(entry.destination, build) ? [i] : [])));
}

/** The memory with one more share asked. Asking the same build twice in a row is asking once. */
export function ask(memory: Draft, destination: Destination, percent: number): Draft {
  const last = memory.asks.at(-1);
  const earlier =
    last !== undefined && sameSubset(last.destination, destination) ? memory.asks.slice(0, -1) : memory.asks;
  return { ...rewritten(memory), asks: [...earlier, { destination, part: percent, whole: 100 }] };
}

/** The memory without anything that was asked for the builds that are `gone`. */
export function forget(memory: Draft, gone: (build: Destination) => boolean): Draft {
  return { ...rewritten(memory), asks: memory.asks.filter(({ destination }) => !gone(destination)) };
}

/** The memory with whole-service destinations pinned. */
export function pin(memory: Draft, stable: Pin): Draft {
  return { ...rewritten(memory), stable };
}

/** A memory about to be written anew: what was written before says nothing any more. */
function rewritten({ written: _, ...memory }: Draft): Draft {
  return memory;
}

/**
 * What is remembered once somebody else has changed the list: what they wrote, less our builds, is the new
 * baseline, and our builds' shares are those that they left them.
 */
export function adopt(memory: Draft, list: readonly RouteDestination[]): Draft {
  const ours = addedBuilds(memory);
  const isOurs = (entry: RouteDestination): boolean =>
    ours.some((build) => sameSubset(build, entry.destination));
  const weights = relativeWeights(list);
  const asks: Ask[] = [];
  let running = list.reduce((sum, entry, i) => (isOurs(entry) ? sum : sum + (weights[i] ?? 0)), 0);
  for (const [i, entry] of list.entries()) {
    if (!isOurs(entry)) continue;
    const part = weights[i] ?? 0;
    running += part;
    asks.push({ destination: entry.destination, part, whole: running === 0 ? 100 : running });
  }
  const { partial: _, ...known } = rewritten(memory);
  return {
    ...known,
    list: unpinned(
      memory,
      list.filter((entry) => !isOurs(entry)),
    ),
    asks,
    ...(asks.length > 0 && { partial: true }),
  };
}

/** A pinned entry goes back to the whole service that it was, so that the pin can be taken off again. */
function unpinned(memory: Draft, list: readonly RouteDestination[]): readonly RouteDestination[] {
  if (memory.stable === undefined) return list;
  const pins = pinned(memory).map((entry, i) => ({ entry, original: memory.list[i] ?? entry }));
  return list.map((entry) => {
    const pin = pins.find(({ entry: candidate }) => sameSubset(candidate.destination, entry.destination));
    return pin === undefined ? entry : { ...entry, destination: pin.original.destination };
  });
}

/** The list with whole weights that add up to 100, in its own proportions. */
export function scaled(list: readonly RouteDestination[]): readonly RouteDestination[] {
  const weights = list.map(({ weight = list.length === 1 ? 100 : 0 }) => weight);
  if (weights.reduce((sum, weight) => sum + weight, 0) === 100) return list;
  const whole = wholePercents(weights.map(BigInt));
  return list.map((entry, i) => ({ ...entry, weight: whole[i] ?? 0 }));
}
