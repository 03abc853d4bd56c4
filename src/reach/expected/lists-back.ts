/** What a list of destinations may be once builds are taken back: the others in the proportions that they had. */
import type { ListedRoute } from '../../istio/requests/kept-routes.ts';
import { destinationsOf, mirrorsOf } from '../../istio/routes.ts';
import { isSameBuild } from '../../istio/service-identity.ts';
import type { Destination, RouteDestination } from '../../istio/types.ts';
import { relativeWeights } from '../../istio/weights.ts';
import { sameShares, sharesOfRoute, type AnswerShare } from '../answers.ts';
import { namespaceOf } from '../listed.ts';
import type { Certainty, RemovalContext } from './gone.ts';
import { leavingOf, todayBack, type Leaving, type List } from './leaving.ts';
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
  const leaving = leavingOf(written, baseline, context, goes);
  if (baseline !== undefined) return backToBaseline(leaving, baseline, context);
  const { listed, entries, left } = leaving;
  const isTouched = left.length > 0 && left.length < entries.length;
  return [isTouched ? splitBack(leaving, left, [], [], ROUNDING) : unchanged(listed)];
}

function splitBack(
  { listed, namespace }: Leaving,
  list: List,
  requestedShares: readonly RequestedPercent[],
  pins: readonly StablePin[],
  tolerance: number,
): Expected {
  const shares =
    requestedShares.length === 0
      ? evenSplit(list, namespace, pins)
      : splitOf(list, requestedShares, namespace, pins);
  return sharesBack(listed, shares, tolerance);
}

function backToBaseline(
  leaving: Leaving,
  baseline: Remembered,
  context: RemovalContext,
): readonly Expected[] {
  const { listed, namespace, entries, left, goes, without } = leaving;
  const requestedShares = baseline.requestedShares.filter(({ destination }) => !goes(destination));
  const base = without(baseline.list);
  const isExplained = isExplainedBy(baseline, leaving);
  const { isKept, allowedPins } = pinning(
    pinsOf(baseline, namespace),
    context.previewsStay(listed.from),
    context,
  );
  const isLiteral =
    requestedShares.length === 0 &&
    !baseline.isPartial &&
    base.length === baseline.list.length &&
    baseline.isCurrent;
  const tolerance = isLiteral ? EXACT : ROUNDING;
  const pinsLeft = allowedPins(requestedShares);
  // A list without any weight comes back as it was, though no request gets through by it.
  const isWeightless = isLiteral && relativeWeights(base).every((weight) => weight === 0);
  const remembered =
    base.length === 0
      ? []
      : [
          ...pinsLeft.map((pins) => splitBack(leaving, base, requestedShares, pins, tolerance)),
          ...(isWeightless
            ? pinsLeft.map((pins) => sharesBack(listed, splitOf(base, [], namespace, pins), EXACT))
            : []),
        ];
  const today = todayBack(leaving, baseline);
  const todays =
    today.list.length === 0
      ? []
      : // Whether a share of which nothing is in the list any more keeps the stable subset, nobody can tell.
        [...new Set([...allowedPins(today.requestedShares), ...pinsLeft])].map((pins) =>
          splitBack(
            leaving,
            wholeAgain(today.list, baseline, namespace),
            today.requestedShares,
            pins,
            ROUNDING,
          ),
        );
  const isKnown = isExplained && baseline.isCurrent;
  const isTouched = requestedShares.length < baseline.requestedShares.length || left.length < entries.length;
  const isPinLeft = !isKept(requestedShares) && isKnown;
  // Where nothing else is left to send to, what is there stays.
  const isStuck = (left.length === 0 && !context.keepsLast) || base.length === 0;
  const stays = isStuck || !(isTouched || isPinLeft) ? [unchanged(listed)] : [];
  return [...(isExplained ? remembered : []), ...(isKnown && remembered.length > 0 ? [] : todays), ...stays];
}

/**
 * Only where the list follows from it, host by host and port by port, is the baseline followed: it may be forged. A list
 * without any weight that somebody else wrote has been given even shares while a build was there.
 */
function isExplainedBy(baseline: Remembered, { listed, namespace, entries }: Leaving): boolean {
  const pins = pinsOf(baseline, namespace);
  const meant = [
    splitOf(baseline.list, baseline.requestedShares, namespace, pins),
    ...(baseline.requestedShares.length === 0 ? [evenSplit(baseline.list, namespace, pins)] : []),
  ];
  const shares = sharesOfRoute(listed.route, namespace);
  return (
    hasRememberedBuilds(entries, baseline, namespace) &&
    meant.some((one) => sameShares(one, shares, ROUNDING))
  );
}

interface Pinning {
  /** May the pins stay where these shares are left? */
  readonly isKept: (left: readonly RequestedPercent[]) => boolean;
  readonly allowedPins: (left: readonly RequestedPercent[]) => readonly (readonly StablePin[])[];
}

/** Whether a route keeps to its stable subset, by what is left of the builds. */
function pinning(pins: readonly StablePin[], previews: Certainty, { knowsPods }: RemovalContext): Pinning {
  if (pins.length === 0) return { isKept: () => true, allowedPins: () => [[]] };
  const isLetGo = (left: readonly RequestedPercent[]): boolean => left.length === 0 && previews !== 'yes';
  const isKept = (left: readonly RequestedPercent[]): boolean =>
    !isLetGo(left) || previews === 'maybe' || knowsPods;
  return {
    isKept,
    allowedPins: (left) => [...(isLetGo(left) ? [[]] : []), ...(isKept(left) ? [pins] : [])],
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
function wholeAgain(list: List, baseline: Remembered | undefined, namespace: string): List {
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
