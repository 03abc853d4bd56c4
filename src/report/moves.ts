import type { DestinationView } from '../plan/view-types.ts';

/** A destination with the share that it had and the one that it has, in percent; null: it was, or is, not listed. */
export interface DestinationMove {
  readonly to: DestinationView;
  readonly was: number | null;
  readonly now: number | null;
}

/**
 * The destinations of a route before and after, one by one; those that are gone last. Entries that differ in headers
 * only have the same name: they are told apart by their order.
 */
export function movesOf(
  before: readonly DestinationView[],
  after: readonly DestinationView[],
): readonly DestinationMove[] {
  const waiting = new Map<string, DestinationView[]>();
  for (const to of before) {
    const key = destinationKey(to);
    waiting.set(key, [...(waiting.get(key) ?? []), to]);
  }
  const moves = after.map((to) => {
    const was = waiting.get(destinationKey(to))?.shift();
    return { to, was: was?.share ?? null, now: to.share };
  });
  const gone = [...waiting.values()].flat().map((to) => ({ to, was: to.share, now: null }));
  return [...moves, ...gone];
}

/** What makes two destinations the same one, as text. */
export function destinationKey({ host, subset, port }: DestinationView): string {
  return JSON.stringify([host, subset, port]);
}
