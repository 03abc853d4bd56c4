/**
 * What `istiops/baseline` says of a VirtualService's routes: a reading of the annotation that shares nothing with the
 * planner's. What can't be read is as if it weren't there: then what is there today is all that is known.
 */
import { memoizedFor } from '../../base/memoized.ts';
import type { ListedRoute } from '../../istio/requests/kept-routes.ts';
import { destinationsOf, routesOf } from '../../istio/routes.ts';
import { isSameBuild, serviceIdentity } from '../../istio/service-identity.ts';
import type { Destination, Route, RouteDestination, RouteKind, VirtualService } from '../../istio/types.ts';
import {
  canonicalJson,
  isCount,
  isObject,
  listIn,
  parseJson,
  type Json,
  type JsonObject,
} from '../../base/json.ts';
import { isStoredDestination } from '../../undo/shape.ts';
import { isPreview } from './ours.ts';
import { keyOfObject } from '../listed.ts';
import { hasRememberedBuilds } from './splits.ts';
import type { Remembered } from './remembered-route.ts';
import { digest } from '../../base/digest.ts';

/** By `http[0]`: kind and position. */
export const rememberedOf = memoizedFor(readAnnotation);

export function placeKey(kind: RouteKind, index: number): string {
  return `${kind}[${index}]`;
}

function readAnnotation(virtualService: VirtualService): ReadonlyMap<string, Remembered> {
  const text = virtualService.metadata.annotations?.['istiops/baseline'];
  const stored = text === undefined ? undefined : parsed(text);
  if (!isObject(stored) || stored['v'] !== 1) return new Map();
  const table = listIn(stored['destinations']);
  const groups = listIn(stored['routes']).flatMap((group) => groupOf(listIn(group), table) ?? []);
  // One part that can't be right, and somebody else wrote all of it.
  if (!table.every(isEntry) || groups.length < listIn(stored['routes']).length) return new Map();
  const byIdentity = new Map(groups.flatMap((group) => group.ids.map((id) => [id, group] as const)));
  const seen = new Map<string, number>();
  const placed = routesOf(virtualService).map(({ kind, index, route }) => {
    const own = digestOf([kind, route.name ?? null, route.match ?? []]);
    const twin = seen.get(own) ?? 0;
    seen.set(own, twin + 1);
    return { kind, index, route, identity: twin === 0 ? own : `${own}.${twin}` };
  });
  const there = new Set(placed.map(({ identity }) => identity));
  // Only what has lost a route of its own can be about one of another name or match; a copy is no such route.
  const lost = groups.filter(({ ids }) => ids.some((id) => !there.has(id)));
  return new Map(
    placed.flatMap(({ kind, index, route, identity }) => {
      const print = listPrint(destinationsOf(route));
      const group =
        byIdentity.get(identity) ??
        (isPreview(route)
          ? undefined
          : (lost.find(({ written }) => written === print) ??
            lost.find((one) => holdsBuildOf(one, route, virtualService))));
      if (group === undefined) return [];
      const { ids: _, written, ...baseline } = group;
      const isCurrent = written === print && isOfRoute(group, route, virtualService);
      return [[placeKey(kind, index), { ...baseline, isCurrent }] as const];
    }),
  );
}

/** A route that was renamed, and its list changed, is known by the builds that only istiops can have put there. */
function holdsBuildOf(
  { list, requestedShares }: Group,
  route: Route,
  { metadata: { namespace } }: VirtualService,
): boolean {
  const entries = destinationsOf(route);
  const isIn = (build: Destination, some: readonly RouteDestination[]): boolean =>
    some.some(({ destination }) => isSameBuild(destination, build, namespace));
  return (
    entries.length > 1 &&
    requestedShares.some(({ destination }) => !isIn(destination, list) && isIn(destination, entries))
  );
}

/**
 * What a route doesn't send to, istiops can't have found there: somebody else wrote that. What istiops added or pinned
 * is beside it, and the host may be spelled otherwise; every other field of a destination is as it was.
 */
function isOfRoute(group: Group, route: Route, { metadata: { namespace } }: VirtualService): boolean {
  const { list, stable } = group;
  const keyOf = ({ host, subset, ...rest }: Destination): string =>
    canonicalJson([serviceIdentity(host, namespace), subset === '' ? null : (subset ?? null), rest]);
  const there = new Set(destinationsOf(route).map(({ destination }) => keyOf(destination)));
  const isThere = (destination: Destination): boolean =>
    there.has(keyOf(destination)) ||
    (stable !== undefined &&
      (destination.subset ?? '') === '' &&
      there.has(keyOf({ ...destination, subset: stable.subset })));
  return (
    list.every(({ destination }) => isThere(destination)) &&
    hasRememberedBuilds(destinationsOf(route), group, namespace)
  );
}

interface Group extends Omit<Remembered, 'isCurrent'> {
  readonly written: string;
  readonly ids: readonly string[];
}

/** Undefined where istiops can't have written it: with a number out of range, or a share for no subset. */
function groupOf(
  [list, requestedShares, extras, written, ids]: readonly unknown[],
  table: readonly unknown[],
): Group | undefined {
  const entryAt = (index: unknown): RouteDestination | undefined => {
    const entry = typeof index === 'number' ? table[index] : undefined;
    return isEntry(entry) ? entry : undefined;
  };
  const entries = listIn(list).map((item) => {
    const [index, weight] = listIn(item);
    const entry = entryAt(index);
    if (weight === undefined || entry === undefined) return entry;
    return isCount(weight) && weight <= MAX_WEIGHT ? { ...entry, weight } : undefined;
  });
  const shares = listIn(requestedShares).map((item) => {
    const [index, part, whole = 100] = listIn(item);
    const destination = entryAt(index)?.destination;
    if (!isCount(part) || !isCount(whole) || whole === 0 || part > whole) return undefined;
    return (destination?.subset ?? '') === '' || destination === undefined
      ? undefined
      : { destination, percent: (100 * part) / whole };
  });
  const pin = pinIn(extras);
  if (
    entries.includes(undefined) ||
    shares.includes(undefined) ||
    shares.length > MOST_SHARES ||
    pin === undefined ||
    !isShortText(written) ||
    !listIn(ids).every(isShortText)
  )
    return undefined;
  return {
    list: entries.filter((entry) => entry !== undefined),
    requestedShares: shares.filter((share) => share !== undefined),
    ...pin,
    isPartial: isObject(extras) && extras['partial'] === true,
    written,
    ids: listIn(ids).map(String),
  };
}

/** Undefined where one of host and subset is missing. */
function pinIn(extras: unknown): Pick<Group, 'stable'> | undefined {
  const { host, subset } = isObject(extras) ? extras : {};
  if (host === undefined && subset === undefined) return {};
  const isPin = typeof host === 'string' && typeof subset === 'string' && host !== '' && subset !== '';
  return isPin ? { stable: { host, subset } } : undefined;
}

/** Fingerprints and identities of routes are short. */
function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 64;
}

/** `int32` in Istio's API. */
const MAX_WEIGHT = 2 ** 31 - 1;

/** Shares that are remembered for one list, at most. */
const MOST_SHARES = 2000;

/** Characters of all annotations of an object that Kubernetes allows. */
const LONGEST = 256 * 1024;

/** Brackets inside each other: a destination's own fields are the deepest. */
const DEEPEST = 32;

function parsed(text: string): Json | undefined {
  return text.length > LONGEST || isTooDeep(text) ? undefined : parseJson(text);
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    if (depth > DEEPEST) return true;
  }
  return false;
}

function isEntry(value: unknown): value is RouteDestination & JsonObject {
  return isObject(value) && value['weight'] === undefined && isStoredDestination(value['destination']);
}

/** As istiops writes a list: among several each has a weight, alone none; an empty subset is none. */
const listPrint = memoizedFor((list: readonly RouteDestination[]): string =>
  digestOf(
    list.map(({ weight = 0, destination: { subset, ...destination }, ...entry }) => ({
      ...entry,
      destination: subset === undefined || subset === '' ? destination : { ...destination, subset },
      ...((list.length > 1 || (weight !== 0 && weight !== 100)) && { weight }),
    })),
  ),
);

function digestOf(value: unknown): string {
  return digest(canonicalJson(value));
}

/** Of a route of a list, by the VirtualService that it is written in. */
export function rememberedFor(
  virtualServices: readonly VirtualService[],
  { from, fromIndex }: ListedRoute,
): Remembered | undefined {
  const written = objectsByKey(virtualServices).get(keyOfObject(from));
  return written === undefined ? undefined : rememberedOf(written).get(placeKey('http', fromIndex));
}

const objectsByKey = memoizedFor(
  (virtualServices: readonly VirtualService[]): ReadonlyMap<string, VirtualService> =>
    new Map(virtualServices.map((one) => [keyOfObject(one), one])),
);

/** Of a route of whatever kind, by its place. */
export function rememberedAt(
  virtualServices: readonly VirtualService[],
  virtualService: VirtualService,
  kind: RouteKind,
  index: number,
): Remembered | undefined {
  const written = objectsByKey(virtualServices).get(keyOfObject(virtualService));
  return written === undefined ? undefined : rememberedOf(written).get(placeKey(kind, index));
}
