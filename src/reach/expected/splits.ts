/**
 * Shares as they are to be, in plain percentages: the remembered proportions, and each asked share applied in order.
 * Nothing is rounded here, so what is planned in whole numbers is compared with a tolerance.
 */
import { resolveHost } from '../../istio/hosts.ts';
import { isSameDestination, serviceIdentity } from '../../istio/service-identity.ts';
import type { ListedRoute } from '../../istio/requests/kept-routes.ts';
import { destinationsOf } from '../../istio/routes.ts';
import type { Destination, RouteDestination } from '../../istio/types.ts';
import { relativeWeights } from '../../istio/weights.ts';
import { merged, entryShare, type AnswerShare } from '../answers.ts';
import { namespaceOf } from '../listed.ts';
import type { Remembered } from './remembered-route.ts';
import { todaysSplit } from './todays-split.ts';

/** Points that a share may be off: it is rounded once, and what others lose by an exact share, too. */
export const ROUNDING = 2;

/** A share of some destinations together. */
export interface RequestedPercent {
  readonly destination: Destination;
  readonly percent: number;
}

/** Destinations of the whole service of this host are to keep to this subset. */
export interface StablePin {
  /** Resolved. */
  readonly host: string;
  readonly subset: string;
}

interface ShareEntry extends RouteDestination {
  readonly first: number;
  readonly share: number;
}

/** The shares of a list after some shares were requested, in order. */
export function splitOf(
  list: readonly RouteDestination[],
  requestedShares: readonly RequestedPercent[],
  namespace: string,
  pins: readonly StablePin[] = [],
): readonly AnswerShare[] {
  const weights = relativeWeights(list);
  let entries: readonly ShareEntry[] = list.map((entry, i) => ({
    ...entry,
    destination: pinnedTo(entry.destination, pins, namespace),
    first: weights[i] ?? 0,
    share: weights[i] ?? 0,
  }));
  for (const [i, { destination, percent }] of requestedShares.entries()) {
    // A build whose share was requested twice in a row counts once: what the first had squeezed away is there again.
    const next = requestedShares[i + 1];
    if (next !== undefined && isSameDestination(next.destination, destination, namespace)) continue;
    entries = given(entries, destination, percent, namespace);
  }
  const total = entries.reduce((sum, { share }) => sum + share, 0);
  return merged(
    entries.map(({ first: _, share, ...entry }) =>
      entryShare(entry, total === 0 ? 0 : (share * 100) / total, namespace),
    ),
  );
}

/** The proportions of a list that nobody has worked out; where no weight is set, the same for each. */
export function evenSplit(
  list: readonly RouteDestination[],
  namespace: string,
  pins: readonly StablePin[] = [],
): readonly AnswerShare[] {
  const isEmpty = relativeWeights(list).every((weight) => weight === 0);
  return splitOf(isEmpty ? list.map((entry) => ({ ...entry, weight: 1 })) : list, [], namespace, pins);
}

function pinnedTo(destination: Destination, pins: readonly StablePin[], namespace: string): Destination {
  if (!isWhole(destination)) return destination;
  const host = serviceIdentity(destination.host, namespace);
  const pin = pins.find((one) => serviceIdentity(one.host, namespace) === host);
  return pin === undefined ? destination : { ...destination, subset: pin.subset };
}

/** Without a subset, or with an empty one, which is none. */
export function isWhole({ subset }: Destination): boolean {
  return subset === undefined || subset === '';
}

/** The pins of what is remembered. */
export function pinsOf({ stable }: Pick<Remembered, 'stable'>, namespace: string): readonly StablePin[] {
  return stable === undefined ? [] : [{ host: resolveHost(stable.host, namespace), subset: stable.subset }];
}

function given(
  entries: readonly ShareEntry[],
  build: Destination,
  percent: number,
  namespace: string,
): readonly ShareEntry[] {
  const isIn = (entry: ShareEntry): boolean => isSameDestination(entry.destination, build, namespace);
  const all = entries.some(isIn) ? entries : [...entries, { destination: build, first: 0, share: 0 }];
  const inside = spreadShare(all.filter(isIn), percent);
  const outside = spreadShare(
    all.filter((entry) => !isIn(entry)),
    100 - percent,
  );
  if (outside.size === 0) return all;
  return all.map((entry) => ({ ...entry, share: inside.get(entry) ?? outside.get(entry) ?? 0 }));
}

/** In the proportions that they have; where all are 0, in those that they had at first; else the same for each. */
function spreadShare(entries: readonly ShareEntry[], percent: number): ReadonlyMap<ShareEntry, number> {
  const sum = (of: (entry: ShareEntry) => number): number =>
    entries.reduce((total, entry) => total + of(entry), 0);
  const proportion = [(entry: ShareEntry) => entry.share, (entry: ShareEntry) => entry.first, () => 1].find(
    (of) => sum(of) > 0,
  );
  if (proportion === undefined) return new Map();
  const total = sum(proportion);
  return new Map(entries.map((entry) => [entry, (proportion(entry) * percent) / total]));
}

/**
 * Has a list just the builds that are remembered of it? A share may be rounded away, so shares alone
 * don't tell.
 */
export function hasRememberedBuilds(
  list: readonly RouteDestination[],
  baseline: Pick<Remembered, 'list' | 'requestedShares' | 'stable'>,
  namespace: string,
): boolean {
  const pins = pinsOf(baseline, namespace);
  const keyOf = (destination: Destination): string => {
    const { host, subset = '' } = pinnedTo(destination, pins, namespace);
    return `${serviceIdentity(host, namespace)}|${subset}`;
  };
  const is = new Set(list.map(({ destination }) => keyOf(destination)));
  const was = new Set(baseline.list.map(({ destination }) => keyOf(destination)));
  const added = new Set(baseline.requestedShares.map(({ destination }) => keyOf(destination)));
  return [...was].every((key) => is.has(key)) && [...is].every((key) => was.has(key) || added.has(key));
}

export interface KnownSplit {
  readonly list: readonly RouteDestination[];
  readonly requestedShares: readonly RequestedPercent[];
  readonly pins: readonly StablePin[];
}

/**
 * What a route's list may be worked out from: what is remembered, where nobody else has changed the list since; else
 * what they have left in it, of which a destination of the whole service may have been pinned before.
 */
export function knownSplits(listed: ListedRoute, baseline: Remembered | undefined): readonly KnownSplit[] {
  const list = destinationsOf(listed.route);
  if (baseline === undefined) return [{ list, requestedShares: [], pins: [] }];
  const pins = pinsOf(baseline, namespaceOf(listed));
  if (baseline.isCurrent) return [{ list: baseline.list, requestedShares: baseline.requestedShares, pins }];
  const today = todaysSplit(list, baseline, namespaceOf(listed));
  return (pins.length === 0 ? [pins] : [[], pins]).map((some) => ({ ...today, pins: some }));
}
