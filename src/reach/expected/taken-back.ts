/**
 * Rollback and clear: nobody gets the builds through what istiops made, the others' proportions come back, and what a
 * person wrote stays as it was.
 */
import { resolveHost } from '../../istio/hosts.ts';
import { matchesSelector } from '../../istio/labels.ts';
import type { HttpRequest } from '../../istio/requests/request.ts';
import type { ListedRoute } from '../../istio/requests/route-list.ts';
import { destinationsOf, mirrorsOf } from '../../istio/routes.ts';
import type { Destination, RouteKind, VirtualService } from '../../istio/types.ts';
import { isSameBuild, serviceIdentity } from '../../istio/service-identity.ts';
import { isObject, type Json } from '../../base/json.ts';
import { relativeWeights } from '../../istio/weights.ts';
import type { Snapshot } from '../../plan/types.ts';
import { sameShares, sharesOfRoute, type Share } from '../answers.ts';
import type { Asked } from '../asking.ts';
import { keyOfObject, namespaceOf, type Taken } from '../listed.ts';
import { takenBy } from '../samples.ts';
import { aboutFirst, aboutPreviews } from './about.ts';
import { goneBy, type Answer, type BuildChoice } from './gone.ts';
import { isEditedSubset, isGoBuild, isGoPreview, isMadeByUs, isPreviewRoute } from './ours.ts';
import type { Records, Story } from './records.ts';
import { memoryAt, memoryOf, placeKey, rememberedOf, type Remembered } from './remembered.ts';
import { withFieldsOf } from './restored.ts';
import { connectionAt, unchanged, type Known } from './shift.ts';
import { evenSplit, pinsOf, ROUNDING, sameBuild, splitOf, type Pin, type Wanted } from './splits.ts';
import type { Expected, GuardRule } from './types.ts';

/** Weights have two decimals at most: nothing is rounded where a list comes back as it was. */
const EXACT = 0.011;

/** The VirtualServices that a rollback or a clear may write. */
export function meantBy(
  { namespace, virtualServices }: Snapshot,
  { selector }: BuildChoice,
): readonly VirtualService[] {
  return virtualServices.filter(
    ({ metadata }) =>
      metadata.namespace === namespace &&
      (selector === undefined || matchesSelector(selector, metadata.labels)),
  );
}

/** @param promotes what a rollback goes back to first, where the build was promoted */
export function takenBackRule(
  snapshot: Snapshot,
  known: Known,
  intent: BuildChoice,
  promotes: Records,
): GuardRule {
  const rules = snapshot.destinationRules;
  // istiops writes in no other namespace, so what others say there proves nothing.
  const own = rules.filter(({ metadata }) => metadata.namespace === snapshot.namespace);
  const isGone = goneBy(snapshot, intent, rules);
  const meant = new Set(meantBy(snapshot, intent).map(keyOfObject));
  const isMeant = (virtualService: VirtualService): boolean => meant.has(keyOfObject(virtualService));
  const context: Context = {
    withGo: intent.operation === 'clear',
    keepsLast: intent.operation === 'clear',
    answerFor: ({ host, subset }, namespace) => isGone(resolveHost(host, namespace), subset ?? null),
    isProven: ({ host, subset = '' }, namespace) => {
      const full = resolveHost(host, namespace);
      return (
        isMadeByUs(own, full, subset) ||
        (intent.operation === 'rollback' && isEditedSubset(own, full, subset, intent.podLabels))
      );
    },
  };
  const goesAs =
    (...answers: readonly Answer[]) =>
    (listed: ListedRoute): boolean =>
      isMeant(listed.from) && answers.includes(previewAnswer(listed, context));

  const ofRoute = (listed: Taken, kind: RouteKind, memory: Remembered | undefined): readonly Expected[] => {
    if (listed === undefined || !isMeant(listed.from)) return [unchanged(listed)];
    if (isPreviewRoute(listed)) return previewBack(listed, context);
    const [story] = promotes.stories.get(keyOfObject(listed.from)) ?? [];
    const promoted = story && beforePromote(listed, kind, story);
    if (promoted === undefined) return listsBack(listed, memory, context);
    const back = listsBack(promoted.listed, promoted.memory, context);
    return story?.mayStay === false ? back : [...back, ...listsBack(listed, memory, context)];
  };
  const knownOf = new Map<Taken, readonly Expected[]>();
  /** One list of routes is asked about thousands of requests. */
  const back = (listed: Taken): readonly Expected[] => {
    const found =
      knownOf.get(listed) ?? ofRoute(listed, 'http', listed && memoryOf(known.virtualServices, listed));
    knownOf.set(listed, found);
    return found;
  };

  return {
    isMeant,
    mustReach: null,
    allowed(request: HttpRequest, before: Asked) {
      const certain = takenBy(before.ask(request, goesAs('yes')));
      const possible = takenBy(before.ask(request, goesAs('yes', 'maybe')));
      const stays = certain === possible ? [certain] : [certain, possible];
      return { answers: stays.flatMap(back), isAsked: false };
    },
    about(before) {
      const remembered = before.list.filter(
        (listed) =>
          !isPreviewRoute(listed) &&
          isMeant(listed.from) &&
          (memoryOf(known.virtualServices, listed) !== undefined || sendsToOurs(listed, context)),
      );
      return [...aboutFirst(remembered, false), ...aboutPreviews(before, goesAs('yes'))];
    },
    ofConnection: (virtualService, kind, index) =>
      ofRoute(
        connectionAt(virtualService, kind, index),
        kind,
        memoryAt(known.virtualServices, virtualService, kind, index),
      ),
  };
}

/** The route as it was before the build was promoted; undefined where it was the same. */
function beforePromote(
  listed: ListedRoute,
  kind: RouteKind,
  { restored }: Story,
): { readonly listed: ListedRoute; readonly memory: Remembered | undefined } | undefined {
  const place = restored.places.get(placeKey(kind, listed.fromIndex));
  const now = listed.from.spec[kind]?.[listed.fromIndex];
  const then = typeof place === 'number' ? restored.virtualService.spec[kind]?.[place] : undefined;
  if (typeof place !== 'number' || now === undefined || then === undefined || now === then) return undefined;
  return {
    listed: withFieldsOf(listed, now, then),
    memory: rememberedOf(restored.virtualService).get(placeKey(kind, place)),
  };
}

/** Does a destination that goes have a subset that istiops made? */
function sendsToOurs(listed: ListedRoute, { answerFor, isProven }: Context): boolean {
  const namespace = namespaceOf(listed);
  return destinationsOf(listed.route).some(
    ({ destination }) => isProven(destination, namespace) && answerFor(destination, namespace) === 'yes',
  );
}

interface Context {
  /** What the Go istiops left goes as well. */
  readonly withGo: boolean;
  /** A build that is all that a route has is what the route keeps. */
  readonly keepsLast: boolean;
  readonly answerFor: (destination: Destination, namespace: string) => Answer;
  /** Does a DestinationRule prove that istiops made its subset? */
  readonly isProven: (destination: Destination, namespace: string) => boolean;
}

function previewAnswer(listed: ListedRoute, context: Context): Answer {
  const { withGo, answerFor } = context;
  const namespace = namespaceOf(listed);
  const answers = isPreviewRoute(listed)
    ? destinationsOf(listed.route).map(({ destination }) => previewEntry(listed, destination, context))
    : destinationsOf(listed.route).map(({ destination }) => answerFor(destination, namespace));
  if (isPreviewRoute(listed)) {
    // One that somebody gave other destinations loses the build alone.
    const certain = answers.find((one) => one !== 'no') ?? 'no';
    return certain === 'yes' && answers.includes('no') ? 'maybe' : certain;
  }
  if (!withGo || !isGoPreview(listed.route, namespace)) return 'no';
  return answers.includes('no') ? 'no' : answers.includes('maybe') ? 'maybe' : 'yes';
}

/** Of a preview's destinations those go that it is named for or that istiops made; others are somebody else's. */
function previewEntry(
  { route: { name = '' }, ...listed }: Pick<ListedRoute, 'route' | 'from'>,
  destination: Destination,
  { isProven, answerFor }: Context,
): Answer {
  const { subset = '' } = destination;
  const { namespace } = listed.from.metadata;
  const isNamed = name === `istiops-${subset}` || name.startsWith(`istiops-${subset}-`);
  return isNamed || isProven(destination, namespace) ? answerFor(destination, namespace) : 'no';
}

/** A preview that stays keeps what is not of the builds. */
function previewBack(listed: ListedRoute, context: Context): readonly Expected[] {
  const namespace = namespaceOf(listed);
  const entries = destinationsOf(listed.route);
  const left = entries.filter(({ destination }) => previewEntry(listed, destination, context) === 'no');
  const kept = withoutMirrors(listed, (destination) => previewEntry(listed, destination, context) !== 'no');
  return left.length === 0 || left.length === entries.length
    ? [unchanged(kept)]
    : [shared(kept, evenSplit(left, namespace), ROUNDING)];
}

/** The route without the mirrors that go. */
function withoutMirrors(listed: ListedRoute, goes: (destination: Destination) => boolean): ListedRoute {
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

/** What a route's list may be afterwards: more than one thing only where nobody knows which builds are meant. */
function listsBack(
  written: ListedRoute,
  memory: Remembered | undefined,
  context: Context,
): readonly Expected[] {
  const namespace = namespaceOf(written);
  const builds = [...destinationsOf(written.route), ...(memory?.list ?? []), ...(memory?.asks ?? [])].map(
    ({ destination }) => destination,
  );
  const isDoubtful =
    builds.some((one) => context.answerFor(one, namespace) === 'maybe') ||
    mirrorsOf(written.route).some((one) => context.answerFor(one, namespace) === 'maybe');
  const hasGo = context.withGo && builds.some(({ host, subset }) => isGoBuild(host, subset, namespace));
  const answers: readonly (readonly Answer[])[] = isDoubtful
    ? [['yes', 'maybe'], ['yes']]
    : [['yes', 'maybe']];
  return answers.flatMap((some) =>
    (hasGo ? [true, false] : [false]).flatMap((withGo) => {
      const goes = (destination: Destination): boolean =>
        some.includes(context.answerFor(destination, namespace));
      return listBack(written, memory, { ...context, withGo }, goes);
    }),
  );
}

function listBack(
  written: ListedRoute,
  memory: Remembered | undefined,
  context: Context,
  goes: (destination: Destination) => boolean,
): readonly Expected[] {
  const namespace = namespaceOf(written);
  const isIn = (build: Destination, list: Remembered['list']): boolean =>
    list.some(({ destination }) => isSameBuild(destination, build, namespace));
  const added = (memory?.asks ?? []).filter(({ destination }) => !isIn(destination, memory?.list ?? []));
  const isAdded = (destination: Destination): boolean =>
    added.some((one) => isSameBuild(one.destination, destination, namespace));
  const isProven = (destination: Destination): boolean =>
    context.isProven(destination, namespace) ||
    (context.withGo && isGoBuild(destination.host, destination.subset, namespace));
  const isOut = (destination: Destination): boolean =>
    goes(destination) && (isProven(destination) || isAdded(destination));
  const listed = withoutMirrors(written, isOut);
  const entries = destinationsOf(listed.route);
  const left = entries.filter(({ destination }) => !isOut(destination));
  const as = (
    list: Remembered['list'],
    asks: readonly Wanted[],
    some: readonly Pin[],
    tolerance: number,
  ): Expected =>
    shared(
      listed,
      asks.length === 0 ? evenSplit(list, namespace, some) : splitOf(list, asks, namespace, some),
      tolerance,
    );
  if (memory === undefined) {
    if (left.length === entries.length) return [unchanged(listed)];
    return left.length === 0 ? [unchanged(listed)] : [as(left, [], [], ROUNDING)];
  }
  const pins = pinsOf(memory, namespace);
  const eachPin = pins.length === 0 ? [[]] : [[], pins];
  const asks = memory.asks.filter(({ destination }) => !goes(destination));
  // A memory that was lost and begun again holds the build itself.
  const without = (list: Remembered['list']): Remembered['list'] => {
    const rest = list.filter(({ destination }) => !(goes(destination) && isProven(destination)));
    // `clear` leaves a promoted build where it is all that a route has.
    return rest.length === 0 && context.keepsLast && isOneBuild(list, namespace) ? list : rest;
  };
  const base = without(memory.list);
  // Only where the list follows from it, host by host and port by port, is the memory followed: it may be forged.
  const isExplained = sameShares(
    splitOf(memory.list, memory.asks, namespace, pins),
    sharesOfRoute(listed.route, namespace),
    ROUNDING,
  );
  const tolerance =
    asks.length === 0 && !memory.isPartial && base.length === memory.list.length && memory.isCurrent
      ? EXACT
      : ROUNDING;
  // A list without any weight comes back as it was, though no request gets through by it.
  const isWeightless = tolerance === EXACT && relativeWeights(base).every((weight) => weight === 0);
  const literal = isWeightless
    ? eachPin.map((some) => shared(listed, splitOf(base, [], namespace, some), EXACT))
    : [];
  const remembered =
    base.length === 0 ? [] : [...eachPin.map((some) => as(base, asks, some, tolerance)), ...literal];
  const today = todayBack(entries, { isAdded, without, goes }, namespace);
  const todays =
    today.list.length === 0
      ? []
      : [today.list, wholeAgain(today.list, memory, namespace)].flatMap((list) =>
          eachPin.map((some) => as(list, today.asks, some, ROUNDING)),
        );
  // Where nothing else is left to send to, what is there stays.
  const stays = (left.length === 0 && !context.keepsLast) || base.length === 0 ? [unchanged(listed)] : [];
  const isTouched = asks.length < memory.asks.length || left.length < entries.length;
  if (!isTouched) stays.push(unchanged(listed));
  const isKnown = isExplained && memory.isCurrent;
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
): { readonly list: Remembered['list']; readonly asks: readonly Wanted[] } {
  const weights = relativeWeights(entries);
  const own = entries.filter(({ destination }) => !isAdded(destination));
  const sum = (some: Remembered['list']): number =>
    some.reduce((total, entry) => total + (weights[entries.indexOf(entry)] ?? 0), 0);
  let running = sum(own);
  const builds: Destination[] = [];
  const asks: Wanted[] = [];
  for (const { destination } of entries) {
    if (!isAdded(destination) || builds.some((one) => sameBuild(one, destination, namespace))) continue;
    builds.push(destination);
    const part = sum(entries.filter((entry) => sameBuild(entry.destination, destination, namespace)));
    running += part;
    asks.push({ destination, percent: running === 0 ? 0 : (100 * part) / running });
  }
  return {
    list: without(own),
    asks: asks.filter(({ destination }) => !goes(destination)),
  };
}

function shared(like: ListedRoute, shares: readonly Share[], tolerance: number): Expected {
  return { kind: 'shares', like, shares, tolerance, ...(tolerance !== EXACT && { isLoose: true as const }) };
}

/** What was pinned to the stable subset sends to the whole service again. */
function wholeAgain(
  list: Remembered['list'],
  memory: Remembered | undefined,
  namespace: string,
): Remembered['list'] {
  return list.map((entry) => {
    const { subset, ...destination } = entry.destination;
    return subset !== undefined &&
      subset === memory?.stable?.subset &&
      serviceIdentity(destination.host, namespace) === serviceIdentity(memory.stable.host, namespace)
      ? { ...entry, destination }
      : entry;
  });
}
