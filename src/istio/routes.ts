import { memoizedFor } from '../base/memoized.ts';
import {
  type Destination,
  type Route,
  type RouteDestination,
  type RouteKind,
  type VirtualService,
  ROUTE_KINDS,
} from './types.ts';
import { isList, isObject, type Json } from '../base/json.ts';

/** A route and where it stands in its VirtualService. */
export interface PlacedRoute {
  readonly kind: RouteKind;
  /** Position in its list, from 0. */
  readonly index: number;
  readonly route: Route;
}

/** All routes of a VirtualService, list by list, in their order. */
export const routesOf = memoizedFor((virtualService: VirtualService): readonly PlacedRoute[] =>
  ROUTE_KINDS.flatMap((kind) =>
    (virtualService.spec[kind] ?? []).map((route, index): PlacedRoute => ({ kind, index, route })),
  ),
);

/** Where a route sends; empty for a redirect, a direct response or a delegate. */
export function destinationsOf(route: Route): readonly RouteDestination[] {
  return route.route ?? [];
}

/**
 * Does a route answer its requests by itself? A delegate's may have destinations and inherit a `directResponse`: Istio
 * then looks at no destination.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go TranslateRoute
 */
export function answersItself({ redirect, directResponse }: Route): boolean {
  return isObject(redirect) || isObject(directResponse);
}

/**
 * The subset that a destination names. An empty text is none: to Istio it is the default value of the field, which
 * says nothing, so its webhook accepts it; typed writers and charts write it.
 *
 * @see https://github.com/istio/istio/blob/master/pkg/config/validation/validation.go `validateDestination`
 */
export function subsetOf({ subset }: Pick<Destination, 'subset'>): string | undefined {
  return subset === '' ? undefined : subset;
}

/** The name of a route. An empty text is none, as with a subset. */
export function nameOf({ name }: Pick<Route, 'name'>): string | undefined {
  return name === '' ? undefined : name;
}

/** A field of a route that names who gets copies of its requests. */
interface CopyField {
  readonly destinations: (value: Json) => readonly Destination[];
  /** What is left of the field's value; undefined: nothing, and the field goes. */
  readonly without: (value: Json, isOut: (destination: Destination) => boolean) => Json | undefined;
  /** Fields that mean nothing without it. */
  readonly companions: readonly string[];
}

/**
 * All of them: whoever looks for what sends to a build looks at these, too (`namedDestinations`), and whoever takes a
 * build back takes it out of them.
 */
const COPY_FIELDS = {
  mirror: {
    destinations: (value) => [value].filter(isDestination),
    without: (value, isOut) => (isDestination(value) && isOut(value) ? undefined : value),
    // How much is copied, in all the spellings that Istio has had.
    companions: ['mirrorPercentage', 'mirrorPercent', 'mirror_percent'],
  },
  mirrors: {
    destinations: (value) => entriesOf(value).map(destinationIn).filter(isDestination),
    without: (value, isOut) => {
      const left = entriesOf(value).filter((entry) => {
        const destination = destinationIn(entry);
        return !(isDestination(destination) && isOut(destination));
      });
      return left.length === 0 ? undefined : left;
    },
    companions: [],
  },
} satisfies Readonly<Record<string, CopyField>>;

const COPY_ENTRIES = Object.entries<CopyField>(COPY_FIELDS);

function entriesOf(value: Json): readonly Json[] {
  return isList(value) ? value : [];
}

function destinationIn(entry: Json): Json | undefined {
  return isObject(entry) ? entry['destination'] : undefined;
}

/** Where a route sends copies of its requests: `mirror` and `mirrors`. */
export function mirrorsOf(route: Route): readonly Destination[] {
  // Nearly every route has none, and every route is asked often.
  if (COPY_ENTRIES.every(([name]) => route[name] === undefined)) return [];
  return COPY_ENTRIES.flatMap(([name, { destinations }]) => {
    const value = route[name];
    return value === undefined ? [] : destinations(value);
  });
}

/**
 * Where copies of the requests go: as `mirrorsOf`, without those of 0 %, which get none.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go MirrorPercent
 */
export function copiesOf({
  mirror,
  mirrors,
  mirrorPercentage,
  mirrorPercent,
  mirror_percent,
}: Route): readonly Destination[] {
  const percent = isObject(mirrorPercentage)
    ? (mirrorPercentage['value'] ?? 0)
    : (mirrorPercent ?? mirror_percent);
  const list = entriesOf(mirrors ?? []);
  return [
    ...(isDestination(mirror) && percent !== 0 ? [mirror] : []),
    ...list.flatMap((entry): readonly Destination[] => {
      if (!isObject(entry) || !isDestination(entry['destination'])) return [];
      const { percentage } = entry;
      return isObject(percentage) && (percentage['value'] ?? 0) === 0 ? [] : [entry['destination']];
    }),
  ];
}

/** The route itself where none of its copies go there. */
export function withoutCopies(route: Route, isOut: (destination: Destination) => boolean): Route {
  let left = route;
  for (const [name, field] of COPY_ENTRIES) {
    const value = left[name];
    if (value === undefined || !field.destinations(value).some(isOut)) continue;
    const rest = field.without(value, isOut);
    const gone = rest === undefined ? [name, ...field.companions] : [];
    left = Object.fromEntries(
      Object.entries(left).flatMap(([key, old]) =>
        gone.includes(key) ? [] : [[key, key === name ? rest : old]],
      ),
    );
  }
  return left;
}

/** Everything that a route sends requests or copies of them to, by whichever field. */
export function namedDestinations(route: Route): readonly Destination[] {
  return [...destinationsOf(route).map(({ destination }) => destination), ...mirrorsOf(route)];
}

function isDestination(value: unknown): value is Destination {
  return isObject(value) && typeof value['host'] === 'string';
}

/** `http[0]`: which route of its VirtualService, preview routes counted. */
export function placeOf(placed: Pick<PlacedRoute, 'kind' | 'index'>): string {
  return `${placed.kind}[${placed.index}]`;
}
