/** A list of destinations that builds leave: which entries go, and what lists are without them. */
import type { ListedRoute } from '../../istio/requests/kept-routes.ts';
import { destinationsOf, mirrorsOf } from '../../istio/routes.ts';
import { isSameBuild } from '../../istio/service-identity.ts';
import type { Destination } from '../../istio/types.ts';
import { isObject, type Json } from '../../base/json.ts';
import { namespaceOf } from '../listed.ts';
import type { RemovalContext } from './gone.ts';
import { isGoBuild } from './ours.ts';
import type { Remembered } from './remembered-route.ts';
import { isAddedBy, todaysSplit, type TodaysSplit } from './todays-split.ts';

/** Destinations with their weights. */
export type List = Remembered['list'];

/** The list of one route. */
export interface Leaving {
  /** The route without its mirrors to the builds. */
  readonly listed: ListedRoute;
  readonly namespace: string;
  readonly entries: List;
  /** The entries that stay, and no more than these. */
  readonly left: List;
  readonly goes: (destination: Destination) => boolean;
  /** A remembered list less the builds. */
  readonly without: (list: List) => List;
}

/** @param goes is a build one of those that leave? */
export function leavingOf(
  written: ListedRoute,
  baseline: Remembered | undefined,
  context: RemovalContext,
  goes: (destination: Destination) => boolean,
): Leaving {
  const namespace = namespaceOf(written);
  const isAdded = isAddedBy(baseline, namespace);
  const isProven = (destination: Destination): boolean =>
    context.isProven(destination, namespace) ||
    (context.withGo && isGoBuild(destination.host, destination.subset, namespace));
  const goesProven = (destination: Destination): boolean => goes(destination) && isProven(destination);
  // A share is known to be ours by the baseline; of a mirror only the subset tells that nobody wrote it by hand.
  const listed = withoutMirrorsTo(written, goesProven);
  const entries = destinationsOf(listed.route);
  return {
    listed,
    namespace,
    entries,
    left: entries.filter(
      ({ destination }) => !goes(destination) || !(isProven(destination) || isAdded(destination)),
    ),
    goes,
    // A baseline that was lost and begun again holds the build itself.
    without(list) {
      const rest = list.filter(({ destination }) => !goesProven(destination));
      // `clear` leaves a promoted build where it is all that a route has.
      return rest.length === 0 && context.keepsLast && isOneBuild(list, namespace) ? list : rest;
    },
  };
}

function isOneBuild(list: List, namespace: string): boolean {
  const [first] = list;
  return (
    first !== undefined &&
    list.every(({ destination }) => isSameBuild(destination, first.destination, namespace))
  );
}

/** What somebody else wrote, less what goes. */
export function todayBack(
  { namespace, entries, goes, without }: Leaving,
  baseline: Remembered | undefined,
): TodaysSplit {
  const { list, requestedShares } = todaysSplit(entries, baseline, namespace);
  return {
    list: without(list),
    requestedShares: requestedShares.filter(({ destination }) => !goes(destination)),
  };
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
