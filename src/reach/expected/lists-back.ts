/** What a list of destinations may be once builds are taken back: the others in the proportions that they had. */
import type { ListedRoute } from '../../istio/requests/route-list.ts';
import { destinationsOf, mirrorsOf } from '../../istio/routes.ts';
import { isSameBuild, isSameDestination } from '../../istio/service-identity.ts';
import type { Destination, RouteDestination } from '../../istio/types.ts';
import { relativeWeights } from '../../istio/weights.ts';
import { isObject, type Json } from '../../base/json.ts';
import { sameShares, sharesOfRoute, type AnswerShare } from '../answers.ts';
import { namespaceOf } from '../listed.ts';
import type { Certainty, RemovalContext } from './gone.ts';
import { isGoBuild } from './ours.ts';
import type { Remembered } from './remembered-route.ts';
import { unchanged } from './shift.ts';
import {
  evenSplit,
  hasRememberedBuilds,
  isWhole,
  pinsOf,
  ROUNDING,
  splitOf,
  type StablePin,
  type RequestedPercent,
} from './splits.ts';
import type { Expected } from './types.ts';

/** Weights have two decimals at most: nothing is rounded where a list comes back as it was. */
const EXACT = 0.011;

/** What a route's list may be afterwards: more than one thing only where nobody knows which builds are meant. */
export function listsBack(
  written: ListedRoute,
  baseline: Remembered | undefined,
  context: RemovalContext,
): readonly Expected[] {
  const namespace = namespaceOf(written);
  const builds = [
    ...destinationsOf(written.route),
    ...(baseline?.list ?? []),
    ...(baseline?.requestedShares ?? []),
  ].map(({ destination }) => destination);
  const isDoubtful =
    builds.some((one) => context.answerFor(one, namespace) === 'maybe') ||
    mirrorsOf(written.route).some((one) => context.answerFor(one, namespace) === 'maybe');
  const hasGo = context.withGo && builds.some(({ host, subset }) => isGoBuild(host, subset, namespace));
  const answers: readonly (readonly Certainty[])[] = isDoubtful
    ? [['yes', 'maybe'], ['yes']]
    : [['yes', 'maybe']];
  return answers.flatMap((some) =>
    (hasGo ? [true, false] : [false]).flatMap((withGo) => {
      const goes = (destination: Destination): boolean =>
        some.includes(context.answerFor(destination, namespace));
      return listBack(written, baseline, { ...context, withGo }, goes);
    }),
  );
}

function listBack(
  written: ListedRoute,
  baseline: Remembered | undefined,
  context: RemovalContext,
  goes: (destination: Destination) => boolean,
): readonly Expected[] {
  const namespace = namespaceOf(written);
  const isIn = (build: Destination, list: Remembered['list']): boolean =>
    list.some(({ destination }) => isSameBuild(destination, build, namespace));
  const added = (baseline?.requestedShares ?? []).filter(
    ({ destination }) => !isIn(destination, baseline?.list ?? []),
  );
  const isAdded = (destination: Destination): boolean =>
    added.some((one) => isSameBuild(one.destination, destination, namespace));
  const isProven = (destination: Destination): boolean =>
    context.isProven(destination, namespace) ||
    (context.withGo && isGoBuild(destination.host, destination.subset, namespace));
  const isOut = (destination: Destination): boolean =>
    goes(destination) && (isProven(destination) || isAdded(destination));
  // A share is known to be ours by the baseline; of a mirror only the subset tells that nobody wrote it by hand.
  const listed = withoutMirrorsTo(written, (destination) => goes(destination) && isProven(destination));
  const entries = destinationsOf(listed.route);
  const left = entries.filter(({ destination }) => !isOut(destination));
  const as = (
    list: Remembered['list'],
    requestedShares: readonly RequestedPercent[],
    some: readonly StablePin[],
    tolerance: number,
  ): Expected =>
    sharesBack(
      listed,
      requestedShares.length === 0
        ? evenSplit(list, namespace, some)
        : splitOf(list, requestedShares, namespace, some),
      tolerance,
    );
  if (baseline === undefined) {
    if (left.length === entries.length) return [unchanged(listed)];
    return left.length === 0 ? [unchanged(listed)] : [as(left, [], [], ROUNDING)];
  }
  const pins = pinsOf(baseline, namespace);
  const requestedShares = baseline.requestedShares.filter(({ destination }) => !goes(destination));
  // A baseline that was lost and begun again holds the build itself.
  const without = (list: Remembered['list']): Remembered['list'] => {
    const rest = list.filter(({ destination }) => !(goes(destination) && isProven(destination)));
    // `clear` leaves a promoted build where it is all that a route has.
    return rest.length === 0 && context.keepsLast && isOneBuild(list, namespace) ? list : rest;
  };
  const base = without(baseline.list);
  // Only where the list follows from it, host by host and port by port, is the baseline followed: it may be forged.
  // A list without any weight that somebody else wrote has been given even shares while a build was there.
  const meant = [
    splitOf(baseline.list, baseline.requestedShares, namespace, pins),
    ...(baseline.requestedShares.length === 0 ? [evenSplit(baseline.list, namespace, pins)] : []),
  ];
  const shares = sharesOfRoute(listed.route, namespace);
  const isExplained =
    hasRememberedBuilds(entries, baseline, namespace) &&
    meant.some((one) => sameShares(one, shares, ROUNDING));
  const tolerance =
    requestedShares.length === 0 &&
    !baseline.isPartial &&
    base.length === baseline.list.length &&
    baseline.isCurrent
      ? EXACT
      : ROUNDING;
  const previews = context.previewsStay(written.from);
  const isLetGo = (left: readonly RequestedPercent[]): boolean => left.length === 0 && previews !== 'yes';
  const isKept = (left: readonly RequestedPercent[]): boolean =>
    !isLetGo(left) || previews === 'maybe' || context.knowsPods;
  const allowedPins = (left: readonly RequestedPercent[]): readonly (readonly StablePin[])[] =>
    pins.length === 0 ? [[]] : [...(isLetGo(left) ? [[]] : []), ...(isKept(left) ? [pins] : [])];
  // A list without any weight comes back as it was, though no request gets through by it.
  const isWeightless = tolerance === EXACT && relativeWeights(base).every((weight) => weight === 0);
  const literal = isWeightless
    ? allowedPins(requestedShares).map((some) =>
        sharesBack(listed, splitOf(base, [], namespace, some), EXACT),
      )
    : [];
  const remembered =
    base.length === 0
      ? []
      : [
          ...allowedPins(requestedShares).map((some) => as(base, requestedShares, some, tolerance)),
          ...literal,
        ];
  const today = todayBack(entries, { isAdded, without, goes }, namespace);
  const todays =
    today.list.length === 0
      ? []
      : // Whether a share of which nothing is in the list any more keeps the stable subset, nobody can tell.
        [...new Set([...allowedPins(today.requestedShares), ...allowedPins(requestedShares)])].map((some) =>
          as(wholeAgain(today.list, baseline, namespace), today.requestedShares, some, ROUNDING),
        );
  // Where nothing else is left to send to, what is there stays.
  const stays = (left.length === 0 && !context.keepsLast) || base.length === 0 ? [unchanged(listed)] : [];
  const isTouched = requestedShares.length < baseline.requestedShares.length || left.length < entries.length;
  const isPinLeft = pins.length > 0 && !isKept(requestedShares) && isExplained && baseline.isCurrent;
  if (!isTouched && !isPinLeft) stays.push(unchanged(listed));
  const isKnown = isExplained && baseline.isCurrent;
  return [...(isExplained ? remembered : []), ...(isKnown && remembered.length > 0 ? [] : todays), ...stays];
}

function isOneBuild(list: Remembered['list'], namespace: string): boolean {
  const [first] = list;
  return (
    first !== undefined &&
    list.every(({ destination }) => isSameBuild(destination, first.destination, namespace))
  );
}

/**
 * What somebody else wrote, less what goes: it is the new baseline, and the builds that istiops added have the shares
 * that they were left, each of what stands before it.
 */
function todayBack(
  entries: Remembered['list'],
  {
    isAdded,
    without,
    goes,
  }: {
    readonly isAdded: (destination: Destination) => boolean;
    readonly without: (list: Remembered['list']) => Remembered['list'];
    readonly goes: (destination: Destination) => boolean;
  },
  namespace: string,
): { readonly list: Remembered['list']; readonly requestedShares: readonly RequestedPercent[] } {
  const weights = relativeWeights(entries);
  const own = entries.filter(({ destination }) => !isAdded(destination));
  const sum = (some: Remembered['list']): number =>
    some.reduce((total, entry) => total + (weights[entries.indexOf(entry)] ?? 0), 0);
  let running = sum(own);
  const builds: Destination[] = [];
  const requestedShares: RequestedPercent[] = [];
  for (const { destination } of entries) {
    if (!isAdded(destination) || builds.some((one) => isSameDestination(one, destination, namespace)))
      continue;
    builds.push(destination);
    const part = sum(entries.filter((entry) => isSameDestination(entry.destination, destination, namespace)));
    running += part;
    requestedShares.push({ destination, percent: running === 0 ? 0 : (100 * part) / running });
  }
  return {
    list: without(own),
    requestedShares: requestedShares.filter(({ destination }) => !goes(destination)),
  };
}

/**
 * @param shares in percent
 * @param tolerance points that a share may be off; above `EXACT`, the spelling of destinations may differ as well
 */
export function sharesBack(like: ListedRoute, shares: readonly AnswerShare[], tolerance: number): Expected {
  return { kind: 'shares', like, shares, tolerance, ...(tolerance !== EXACT && { isLoose: true as const }) };
}

/**
 * What was pinned to the stable subset sends to the whole service again: entries of that subset that were remembered as
 * such stay, told apart by their order. Where that is not kept, nobody can tell, and all stay.
 */
function wholeAgain(
  list: Remembered['list'],
  baseline: Remembered | undefined,
  namespace: string,
): Remembered['list'] {
  const { stable } = baseline ?? {};
  if (baseline === undefined || stable === undefined) return list;
  const isStable = ({ destination }: RouteDestination): boolean =>
    isSameBuild(destination, stable, namespace);
  const isOfHost = ({ destination }: RouteDestination): boolean =>
    isWhole(destination) && isSameBuild({ host: destination.host }, { host: stable.host }, namespace);
  const were = baseline.list.filter((entry) => isStable(entry) || isOfHost(entry)).map(isOfHost);
  const are = list.filter(isStable);
  if (are.length !== were.length && were.includes(false)) return list;
  const pinned = new Set(are.filter((_, i) => were[i] ?? were.length > 0));
  return list.map((entry) => {
    if (!pinned.has(entry)) return entry;
    const { subset: _, ...destination } = entry.destination;
    return { ...entry, destination };
  });
}

/** The route without the mirrors that go. */
export function withoutMirrorsTo(
  listed: ListedRoute,
  goes: (destination: Destination) => boolean,
): ListedRoute {
  const { route } = listed;
  const { mirror, mirrors, mirrorPercentage, mirrorPercent, ...rest } = route;
  const goesAway = (one: Json | undefined): boolean =>
    one !== undefined && mirrorsOf({ mirror: one }).some(goes);
  if (!mirrorsOf(route).some(goes)) return listed;
  const others = Array.isArray(mirrors)
    ? mirrors.filter((one) => !(isObject(one) && goesAway(one['destination'])))
    : [];
  const kept =
    mirror === undefined || goesAway(mirror)
      ? {}
      : {
          mirror,
          ...(mirrorPercentage !== undefined && { mirrorPercentage }),
          ...(mirrorPercent !== undefined && { mirrorPercent }),
        };
  return { ...listed, route: { ...rest, ...kept, ...(others.length > 0 && { mirrors: others }) } };
}
