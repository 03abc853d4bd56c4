/**
 * What an operation was asked for, said a second time and in another way than `plan/` says it: not which routes to
 * write, but what a request shall get that a route of today gets. The planner's result is held against this, so
 * nothing of it goes in here; what goes in is the intent, the snapshot, and which routes and builds it means.
 */
import type { ChangeIntent, HeadersIntent, TakeBackIntent, UndoIntent } from '../intent/types.ts';
import { leadsTo } from '../istio/hosts.ts';
import { takesEverything } from '../istio/matches.ts';
import { destinationsOf, mirrorsOf } from '../istio/routes.ts';
import { serviceIdentity } from '../istio/service-identity.ts';
import type {
  Destination,
  Labels,
  Match,
  Route,
  RouteDestination,
  RouteKind,
  VirtualService,
} from '../istio/types.ts';
import { sameJson } from '../json.ts';
import { handRoutes, type HandRoute } from '../plan/base-routes.ts';
import { keyOf as placeKeyOf, readMemories, type Memory } from '../plan/baseline.ts';
import { staleness } from '../plan/clear.ts';
import { isGoRoute, isGoSubset, previewSubset } from '../plan/names.ts';
import { titleOf } from '../plan/objects.ts';
import { ownBuilds } from '../plan/own-subsets.ts';
import { buildOf, ownBuildsOf } from '../plan/rollback.ts';
import { isSelected } from '../plan/select.ts';
import { prepareShift, type PreparedShift } from '../plan/shift.ts';
import { isTarget } from '../plan/subsets.ts';
import type { Snapshot } from '../plan/types.ts';
import { parseHistory } from '../undo/format.ts';
import { sharesOf, type Share } from './answers.ts';
import { isMet } from './met.ts';
import type { Sample } from './samples.ts';
import { evened, proportions, splitOf, undone } from './splits.ts';
import { blocksOf } from './takers.ts';

/** What a request shall get. */
export type Expected =
  /** Just what this route gives; undefined: no route. */
  | { readonly kind: 'route'; readonly route: Route | undefined }
  /** Treated as by this route, and split so. */
  | {
      readonly kind: 'shares';
      readonly route: Route;
      readonly shares: readonly Share[];
      /** Percentage points that weights are off by rounding. */
      readonly tolerance: number;
      /** What these get together is exact. */
      readonly exact?: { readonly isIn: (destination: Destination) => boolean; readonly share: number };
    }
  /** One of these, by what isn't known of requests: the pods. */
  | { readonly kind: 'either'; readonly of: readonly Expected[] }
  /** Whatever it was before a change that is taken back: the record of that change says it, not the intent. */
  | { readonly kind: 'any' }
  /** Treated as by this route, and sent to the target alone. */
  | {
      readonly kind: 'alone';
      readonly route: Route;
      readonly name: string;
      readonly isIn: (destination: Destination) => boolean;
    };

/** Of one VirtualService. */
export interface Expectation {
  /** The operation is about this VirtualService. */
  readonly isMeant: boolean;
  /** What the requests of a route of today shall get, once those in `gone` are away. */
  readonly ofRoute: (kind: RouteKind, index: number) => Expected;
  /** Positions of http routes that shall not be there any more. */
  readonly gone: ReadonlySet<number>;
  /** Requests that the operation is about: what they get is judged even where nothing changes for them. */
  readonly about: readonly { readonly blocks: readonly Match[]; readonly before?: number }[];
  /** Of `headers`: what a request shall get that the headers asked for are in; the first is the best. */
  readonly asked?: (sample: Sample) => readonly Expected[] | undefined;
}

/**
 * @throws TrafficError as the planner does where the intent means nothing in the snapshot
 */
export function expectationsOf(
  snapshot: Snapshot,
  intent: ChangeIntent,
): (virtualService: VirtualService) => Expectation {
  switch (intent.operation) {
    case 'headers':
    case 'weight':
    case 'promote': {
      const shift = prepareShift(snapshot, intent);
      const led = new Map(
        shift.led.map(({ virtualService, routes }) => [titleOf(virtualService), routes] as const),
      );
      return (virtualService) => {
        const bases = led.get(titleOf(virtualService));
        if (bases === undefined) return nothing(virtualService);
        if (intent.operation === 'weight') return weighted(virtualService, bases, shift, intent.weight);
        const gone = previewsTo(virtualService, shift);
        return intent.operation === 'promote'
          ? promoted(virtualService, bases, shift, gone)
          : previewed(virtualService, bases, shift, gone, intent);
      };
    }
    case 'rollback': {
      const isBuild = buildOf(snapshot, intent);
      const isOwn = ownBuildsOf(snapshot, intent);
      return (virtualService) =>
        isMeant(virtualService, snapshot, intent.selector)
          ? takenBack(virtualService, isBuild, isOwn, false, wasPromoted(virtualService, intent.podLabels))
          : nothing(virtualService);
    }
    case 'clear': {
      const isStale = intent.mode === 'stale' ? staleness(snapshot) : () => true;
      const isOwn = ownBuilds(snapshot);
      return (virtualService) =>
        isMeant(virtualService, snapshot, intent.selector)
          ? takenBack(virtualService, isStale, isOwn, true)
          : nothing(virtualService);
    }
    case 'undo':
    case 'take-back':
      return (virtualService) =>
        isRecorded(virtualService, snapshot, intent)
          ? { isMeant: true, ofRoute: () => ({ kind: 'any' }), gone: new Set(), about: [] }
          : nothing(virtualService);
  }
}

/** Did the change that is to be taken back write it? All others stay as they are. */
function isRecorded(
  virtualService: VirtualService,
  snapshot: Snapshot,
  intent: UndoIntent | TakeBackIntent,
): boolean {
  if (intent.operation === 'undo')
    return (
      isMeant(virtualService, snapshot, intent.selector) && parseHistory(virtualService).changes.length > 0
    );
  const { name, namespace } = virtualService.metadata;
  return intent.step.undo.virtualServices.some((back) => back.name === name && back.namespace === namespace);
}

function isMeant(
  virtualService: VirtualService,
  { namespace }: Snapshot,
  selector: HeadersIntent['selector'] | undefined,
): boolean {
  return (
    virtualService.metadata.namespace === namespace &&
    (selector === undefined || isSelected(selector)(virtualService))
  );
}

/** A VirtualService that the operation is not about. */
function nothing(virtualService: VirtualService): Expectation {
  return { isMeant: false, ofRoute: sameAs(virtualService), gone: new Set(), about: [] };
}

function sameAs({ spec }: VirtualService): Expectation['ofRoute'] {
  return (kind, index) => ({ kind: 'route', route: spec[kind]?.[index] });
}

function previewsTo(virtualService: VirtualService, { target }: PreparedShift): ReadonlySet<number> {
  const { namespace } = virtualService.metadata;
  return httpPositions(
    virtualService,
    (route) =>
      previewSubset(route) !== undefined &&
      destinationsOf(route).some(({ destination }) => isTarget(destination, namespace, target)),
  );
}

function httpPositions(
  { spec }: VirtualService,
  isWanted: (route: Route, index: number) => boolean,
): ReadonlySet<number> {
  return new Set((spec.http ?? []).flatMap((route, index) => (isWanted(route, index) ? [index] : [])));
}

function byPlace(bases: readonly HandRoute[]): (kind: RouteKind, index: number) => HandRoute | undefined {
  const map = new Map(bases.map((base) => [placeKeyOf(base), base]));
  return (kind, index) => map.get(placeKeyOf({ kind, index }));
}

function aboutBases(bases: readonly HandRoute[]): Expectation['about'] {
  return bases
    .filter(({ kind }) => kind === 'http')
    .flatMap(({ route, index }) => blocksOf(route).map((block) => ({ blocks: [block], before: index })));
}

function aboutGone({ spec }: VirtualService, gone: ReadonlySet<number>): Expectation['about'] {
  return [...gone].flatMap((index) =>
    blocksOf(spec.http?.[index] ?? {}).map((block) => ({ blocks: [block], before: index })),
  );
}

/** The base routes give the target its share, the others share the rest in proportion. */
function weighted(
  virtualService: VirtualService,
  bases: readonly HandRoute[],
  shift: PreparedShift,
  weight: number,
): Expectation {
  const { namespace } = virtualService.metadata;
  const memories = readMemories(virtualService).byRoute;
  const baseAt = byPlace(bases);
  const same = sameAs(virtualService);
  const isIn = (destination: Destination): boolean => isTarget(destination, namespace, shift.target);
  return {
    isMeant: true,
    ofRoute(kind, index) {
      const base = baseAt(kind, index);
      if (base === undefined) return same(kind, index);
      const isListed = destinationsOf(base.route).some(({ destination }) => isIn(destination));
      if (weight === 0 && !isListed) return same(kind, index);
      const shares = splitOf(
        base.route,
        memories.get(placeKeyOf(base)),
        { namespace, service: shift.service, ...(shift.stable && { stable: shift.stable.name }) },
        { subset: shift.target.name, percent: weight },
      );
      return { kind: 'shares', route: base.route, shares, tolerance: 2, exact: { isIn, share: weight } };
    },
    gone: new Set(),
    about: aboutBases(bases),
  };
}

/** The base routes lead to the target alone, and its previews are away. */
function promoted(
  virtualService: VirtualService,
  bases: readonly HandRoute[],
  { target }: PreparedShift,
  gone: ReadonlySet<number>,
): Expectation {
  const { namespace } = virtualService.metadata;
  const baseAt = byPlace(bases);
  const same = sameAs(virtualService);
  const isIn = (destination: Destination): boolean => isTarget(destination, namespace, target);
  return {
    isMeant: true,
    ofRoute(kind, index) {
      const base = baseAt(kind, index);
      if (base === undefined) return same(kind, index);
      return { kind: 'alone', route: base.route, name: target.name, isIn };
    },
    gone,
    about: [...aboutBases(bases), ...aboutGone(virtualService, gone)],
  };
}

/**
 * Requests of a base route that have the headers go to the target alone, treated as by the base route. Which of two
 * previews gets a request that both ask for is left to the planner.
 */
function previewed(
  virtualService: VirtualService,
  bases: readonly HandRoute[],
  shift: PreparedShift,
  gone: ReadonlySet<number>,
  { alternatives }: HeadersIntent,
): Expectation {
  const { namespace } = virtualService.metadata;
  const http = virtualService.spec.http ?? [];
  const memories = readMemories(virtualService).byRoute;
  const baseAt = byPlace(bases);
  const same = sameAs(virtualService);
  const isIn = (destination: Destination): boolean => isTarget(destination, namespace, shift.target);
  const isPreview = (index: number): boolean => previewSubset(http[index] ?? {}) !== undefined;
  const asksOtherwise = ({ headers }: Match, alternative: Match['headers']): boolean =>
    Object.entries(alternative ?? {}).some(([name, asked]) => {
      const own = Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];
      return own !== undefined && !sameJson(own, asked);
    });
  const ofRoute: Expectation['ofRoute'] = (kind, index) => {
    const base = baseAt(kind, index);
    const isPinned = destinationsOf(base?.route ?? {}).some(
      ({ destination }) => destination.subset === undefined && leadsTo(destination, namespace, shift.service),
    );
    if (base === undefined || shift.stable === undefined || !isPinned) return same(kind, index);
    const shares = splitOf(base.route, memories.get(placeKeyOf(base)), {
      namespace,
      service: shift.service,
      stable: shift.stable.name,
    });
    return { kind: 'shares', route: base.route, shares, tolerance: 2 };
  };
  return {
    isMeant: true,
    ofRoute,
    gone,
    about: [
      ...aboutGone(virtualService, gone),
      ...aboutBases(bases).flatMap(({ blocks }) =>
        alternatives.map((headers) => ({ blocks: [...blocks, { headers }] })),
      ),
    ],
    asked({ request, before }) {
      const index = before.find((one) => !isPreview(one));
      const base = index === undefined ? undefined : baseAt('http', index);
      if (index === undefined || base === undefined) return undefined;
      const takes = (block: Match): boolean => isMet(block, request, namespace);
      const isAsked = blocksOf(base.route)
        .filter(takes)
        .some((block) =>
          alternatives.some((headers) => takes({ headers }) && !asksOtherwise(block, headers)),
        );
      if (!isAsked) return undefined;
      const target: Expected = { kind: 'alone', route: base.route, name: shift.target.name, isIn };
      const [first] = before;
      const rivals = before.slice(0, before.indexOf(index)).filter(isPreview);
      const isOthers = first !== undefined && isPreview(first) && !gone.has(first);
      const isApart = isOthers && http.slice(first, index).some((_, i) => !isPreview(first + i));
      return isOthers && (rivals.length > 1 || isApart)
        ? [target, { kind: 'route', route: http[first] }]
        : [target];
    },
  };
}

/** Does its history say that the build was promoted? Then its rollback goes back to the build before. */
function wasPromoted(virtualService: VirtualService, podLabels: Labels): boolean {
  return parseHistory(virtualService).changes.some(
    ({ change: { deed, labels } }) => deed.operation === 'promote' && sameJson(labels, podLabels),
  );
}

/** Previews and shares of some builds are taken back; what was asked for the others stays. */
function takenBack(
  virtualService: VirtualService,
  isBuild: (host: string, subset: string) => boolean,
  isOwn: (destination: Destination, namespace: string) => boolean,
  withGo: boolean,
  isReturn = false,
): Expectation {
  const { namespace } = virtualService.metadata;
  const isGone = ({ host, subset }: Destination): boolean =>
    subset !== undefined && isBuild(serviceIdentity(host, namespace), subset);
  const isOut = (destination: Destination): boolean => isGone(destination) && isOwn(destination, namespace);
  const isOutPreview = (route: Route): boolean => {
    const subset = previewSubset(route);
    return (
      subset !== undefined &&
      destinationsOf(route).some(
        ({ destination }) => isGone(destination) && (destination.subset === subset || isOut(destination)),
      )
    );
  };
  const leftOfPreview = (route: Route): readonly RouteDestination[] =>
    destinationsOf(route).filter(
      ({ destination }) =>
        !isGone(destination) || (destination.subset !== previewSubset(route) && !isOut(destination)),
    );
  const isGoneRoute = (route: Route): boolean =>
    (isOutPreview(route) && leftOfPreview(route).length === 0) ||
    (withGo &&
      isGoRoute(route, namespace) &&
      destinationsOf(route).every(({ destination }) => isGone(destination)));
  const gone = httpPositions(virtualService, isGoneRoute);
  const previewsStay = (virtualService.spec.http ?? []).some(
    (route, index) => previewSubset(route) !== undefined && !gone.has(index) && !isOutPreview(route),
  );
  const memories: ReadonlyMap<string, Memory> = readMemories(virtualService).byRoute;
  const hands = handRoutes(virtualService);
  const handAt = byPlace(hands);
  const same = sameAs(virtualService);
  const ofMemory = (hand: HandRoute): Expected => {
    const memory = memories.get(placeKeyOf(hand));
    if (memory === undefined) {
      const left = destinationsOf(hand.route).filter(({ destination }) => !isOut(destination));
      if (left.length === 0 || left.length === destinationsOf(hand.route).length)
        return { kind: 'route', route: hand.route };
      return { kind: 'shares', route: hand.route, shares: evened(left, namespace), tolerance: 2 };
    }
    const shares = undone(hand.route, memory, namespace, { isGone, isOut, keepsLast: withGo }, previewsStay);
    if (shares === undefined) return { kind: 'route', route: hand.route };
    const back: Expected = { kind: 'shares', route: hand.route, ...shares };
    const pinned =
      memory.stable && undone(hand.route, memory, namespace, { isGone, isOut, keepsLast: withGo }, true);
    // Pods that the whole service would take in keep a list with its stable subset.
    if (memory.stable === undefined) return back;
    const kept: Expected =
      pinned === undefined
        ? { kind: 'route', route: hand.route }
        : { kind: 'shares', route: hand.route, ...pinned };
    return { kind: 'either', of: [back, kept] };
  };
  const ofRoute: Expectation['ofRoute'] = (kind, index) => {
    const hand = handAt(kind, index);
    const preview = kind === 'http' ? virtualService.spec.http?.[index] : undefined;
    if (hand === undefined && preview !== undefined && isOutPreview(preview))
      return {
        kind: 'shares',
        route: preview,
        shares: evened(leftOfPreview(preview), namespace),
        tolerance: 2,
      };
    if (hand === undefined) return same(kind, index);
    // What the build before got says the history, not the intent.
    const list = destinationsOf(hand.route);
    if (isReturn && list.length > 0 && list.every(({ destination }) => isGone(destination)))
      return { kind: 'any' };
    const expected = ofMemory(hand);
    return withGo && takesEverything(kind, hand.route, virtualService.spec.hosts ?? [])
      ? withoutGoBuilds(hand.route, expected, namespace, isGone)
      : expected;
  };
  const bare = (expected: Expected): Expected => {
    if (expected.kind === 'either') return { kind: 'either', of: expected.of.map(bare) };
    if (expected.kind === 'any' || expected.route === undefined) return expected;
    return { ...expected, route: withoutMirrorsTo(expected.route, isOut) };
  };
  return {
    isMeant: memories.size > 0 || gone.size > 0,
    ofRoute: (kind, index) => bare(ofRoute(kind, index)),
    gone,
    about: [
      ...aboutBases(hands.filter((hand) => memories.has(placeKeyOf(hand)))),
      ...aboutGone(virtualService, gone),
    ],
  };
}

/** A mirror to a build that goes is no treatment that stays. */
function withoutMirrorsTo(route: Route, isOut: (destination: Destination) => boolean): Route {
  if (!mirrorsOf(route).some(isOut)) return route;
  const { mirror, mirrors, ...rest } = route;
  const { mirrorPercentage: _, mirror_percent: _old, mirrorPercent: _older, ...bare } = rest;
  const left = (Array.isArray(mirrors) ? mirrors : []).filter(
    (one: unknown) => !mirrorsOf({ mirrors: [one] } as Route).some(isOut),
  );
  const isMirrorOut = mirrorsOf({ mirror }).some(isOut);
  return {
    ...(isMirrorOut ? bare : { ...rest, ...(mirror !== undefined && { mirror }) }),
    ...(left.length > 0 && { mirrors: left }),
  };
}

function withoutGoBuilds(
  route: Route,
  expected: Expected,
  namespace: string,
  isGone: (destination: Destination) => boolean,
): Expected {
  const shares = expected.kind === 'shares' ? expected.shares : sharesOf(route, namespace);
  const left = shares.filter(
    ({ destination }) =>
      !(isGone(destination) && isGoSubset(destination.subset ?? '', destination.host, namespace)),
  );
  if (left.length === shares.length) return expected;
  return { kind: 'shares', route, shares: proportions(left), tolerance: 2 };
}
