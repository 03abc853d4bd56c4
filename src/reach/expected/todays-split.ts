/** What somebody else has left in a list: it is the new baseline, less the builds that istiops added. */
import { isSameBuild, isSameDestination } from '../../istio/service-identity.ts';
import type { Destination, RouteDestination } from '../../istio/types.ts';
import { relativeWeights } from '../../istio/weights.ts';
import type { Remembered } from './remembered-route.ts';

/** A list, and the shares of the builds beside it. */
export type TodaysSplit = Pick<Remembered, 'list' | 'requestedShares'>;

/** Did istiops add the build to the list, as far as the baseline knows? */
export function isAddedBy(
  baseline: Remembered | undefined,
  namespace: string,
): (destination: Destination) => boolean {
  const isIn = (build: Destination, list: Remembered['list']): boolean =>
    list.some(({ destination }) => isSameBuild(destination, build, namespace));
  const added = (baseline?.requestedShares ?? []).filter(
    ({ destination }) => !isIn(destination, baseline?.list ?? []),
  );
  return (destination) => added.some((one) => isSameBuild(one.destination, destination, namespace));
}

/**
 * The builds that istiops added have the shares that they were left, each of what stands before it. Where they have
 * everything, the list says nothing about the others' proportions: these are what is remembered.
 */
export function todaysSplit(
  entries: readonly RouteDestination[],
  baseline: Remembered | undefined,
  namespace: string,
): TodaysSplit {
  const isAdded = isAddedBy(baseline, namespace);
  const weights = relativeWeights(entries);
  const list = entries.filter(({ destination }) => !isAdded(destination));
  const sum = (some: readonly RouteDestination[]): number =>
    some.reduce((total, entry) => total + (weights[entries.indexOf(entry)] ?? 0), 0);
  const first = sum(list);
  let running = first;
  const builds: Destination[] = [];
  const requestedShares: Remembered['requestedShares'][number][] = [];
  for (const { destination } of entries) {
    if (!isAdded(destination) || builds.some((one) => isSameDestination(one, destination, namespace)))
      continue;
    builds.push(destination);
    const part = sum(entries.filter((entry) => isSameDestination(entry.destination, destination, namespace)));
    running += part;
    requestedShares.push({ destination, percent: running === 0 ? 0 : (100 * part) / running });
  }
  const today = { list, requestedShares };
  return baseline !== undefined && list.length > 0 && first === 0 && running > 0
    ? withRememberedProportions(today, baseline, namespace)
    : today;
}

function withRememberedProportions(
  { list, requestedShares }: TodaysSplit,
  { list: old, requestedShares: asked, stable }: Remembered,
  namespace: string,
): TodaysSplit {
  const isPinned = (is: Destination, was: Destination): boolean =>
    stable !== undefined &&
    isSameBuild(was, { host: stable.host }, namespace) &&
    isSameBuild(is, stable, namespace);
  const weights = relativeWeights(old);
  const left = old.map(({ destination }, i) => ({ destination, weight: weights[i] ?? 0 }));
  const weighted = list.map((entry) => {
    const at = left.findIndex(
      (one) =>
        isSameDestination(one.destination, entry.destination, namespace) ||
        isPinned(entry.destination, one.destination),
    );
    const [found] = at < 0 ? [] : left.splice(at, 1);
    return { ...entry, weight: found?.weight ?? 0 };
  });
  // A build that the others left nothing has what was asked for it last.
  const squeezed = requestedShares
    .filter(({ percent }) => percent === 0)
    .map(
      (one) =>
        asked.findLast(({ destination }) => isSameDestination(destination, one.destination, namespace)) ??
        one,
    );
  return {
    list: weighted,
    requestedShares: [...squeezed, ...requestedShares.filter(({ percent }) => percent > 0)],
  };
}
