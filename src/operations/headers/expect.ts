/**
 * Only requests that have the headers, and that today get what a plain request of the service gets (or one of our
 * previews), may change: they go to the build alone and are treated otherwise the same.
 */
import type { Snapshot } from '../../plan/types.ts';
import { expectShift, type ExpectedChange } from '../../reach/expected/change.ts';
import type { HeadersIntent } from './intent.ts';
import type { HeaderMatch } from '../../intent/types.ts';
import { isDestinationOf, resolveHost, type Service } from '../../istio/hosts.ts';
import { meets } from '../../istio/requests/meets.ts';
import type { HttpRequest } from '../../istio/requests/request.ts';
import type { ListedRoute } from '../../istio/requests/kept-routes.ts';
import { destinationsOf } from '../../istio/routes.ts';
import type { Match, Route, VirtualService } from '../../istio/types.ts';
import { canonicalJson } from '../../base/json.ts';
import { memoized } from '../../base/memoized.ts';
import type { Asked } from '../../reach/asking.ts';
import { PLAIN_ENTRY, treatmentKey } from '../../reach/answers.ts';
import { blocksOf, namespaceOf, type Taken } from '../../reach/listed.ts';
import { takenBy } from '../../reach/samples.ts';
import { bothMatches } from '../../reach/expected/both-matches.ts';
import { aboutMatching, aboutPreviews } from '../../reach/expected/about.ts';
import type { Certainty } from '../../reach/expected/gone.ts';
import { bridgedBase, bridgedRoute } from './expect-bridge.ts';
import { isPreview, isPreviewRoute, linkTo } from '../../reach/expected/ours.ts';
import { isLinkRoute, linkAnswers, wrongLinks } from './expect-links.ts';
import {
  wrongOfBuild,
  wrongOfOthers,
  type PreviewBase,
  type WrongPreview,
} from '../../reach/expected/previews.ts';
import { rememberedAt, rememberedFor } from '../../reach/expected/remembered.ts';
import { type Remembered } from '../../reach/expected/remembered-route.ts';
import {
  isPreviewTo,
  routeAt,
  routeSendsTo,
  shiftedBy,
  unchanged,
  writtenTaker,
  type Known,
  type Shifted,
} from '../../reach/expected/shift.ts';
import { isWhole, knownSplits, ROUNDING, splitOf } from '../../reach/expected/splits.ts';
import type { AboutClass, Allowed, Expected, GuardRule } from '../../reach/expected/types.ts';

export function expectHeaders(_snapshot: Snapshot, intent: HeadersIntent): ExpectedChange {
  return expectShift(intent, (known) => headersRule(known, intent), intent.alternatives);
}

function headersRule(known: Known, intent: HeadersIntent): GuardRule {
  const shifted = shiftedBy(known, intent);
  const { subset: name, isTarget, isOfService, isOfServiceAt } = shifted;
  const { alternatives } = intent;
  const isGone = (listed: ListedRoute): boolean => isPreviewTo(listed, isTarget);
  const isGoneOrLink = (listed: ListedRoute): boolean => isGone(listed) || isLinkRoute(listed);
  const bridged = memoized((base: ListedRoute) => bridgedBase(base, intent));
  const meant = known.virtualServices.filter(shifted.isMeant);

  const allowed = (request: HttpRequest, before: Asked): Allowed => {
    const found = allowedBeside(request, before, isGone);
    // The requests of a link that goes get what is below, and a link that comes may stand above everything.
    const isLinked = before
      .near(request)
      .flatMap((index) => before.list[index] ?? [])
      .some(isLinkRoute);
    const below = isLinked ? allowedBeside(request, before, isGoneOrLink).answers : [];
    const links = linkAnswers(request, writtenTaker(request, before), meant, name ?? '', intent.link);
    return { ...found, answers: [...links, ...found.answers, ...below] };
  };

  const allowedBeside = (
    request: HttpRequest,
    before: Asked,
    isLeft: (listed: ListedRoute) => boolean,
  ): Allowed => {
    const base = writtenTaker(request, before);
    const stays = takenBy(before.ask(request, isLeft));
    const isAsked = base !== undefined && isOfService(base) && hasAsked(base, request, before, alternatives);
    const same =
      stays === undefined
        ? [unchanged(stays)]
        : keptToStable(shifted, stays, isOfService(stays), rememberedFor(known.virtualServices, stays));
    if (base === undefined || !isAsked) return { answers: same, isAsked: false };
    const target: Expected = {
      kind: 'alone',
      like: bridged(base),
      name: name ?? 'the build',
      isIn: isTarget,
      entries: new Set([PLAIN_ENTRY]),
    };
    const isCertain = before.met(request, base).some(isAskedToo(request, alternatives));
    const isOthers = stays !== undefined && isPreviewRoute(stays) && hasRivals(request, before, base, isLeft);
    return { answers: isCertain && !isOthers ? [target] : [target, ...same], isAsked };
  };

  return {
    isMeant: shifted.isMeant,
    mustReach: 'preview-unreachable',
    isTarget,
    allowed,
    about(before, after) {
      const bases = before.list.filter((listed) => !isPreviewRoute(listed) && isOfService(listed));
      const asked = bases.flatMap((route) =>
        blocksOf(route.route).flatMap((block) =>
          alternatives
            .filter((headers) => !asksOtherwise(block, headers))
            .map((headers): AboutClass => {
              const blocks = [block, { headers }];
              return { blocks, first: route, among: 'written', route, isAsked: true };
            }),
        ),
      );
      // A path that somebody else's route matches first is no link.
      const links = after.list.filter(
        ({ route }) => intent.link !== undefined && linkTo(route) === (name ?? ''),
      );
      return [...asked, ...aboutMatching(links, true), ...aboutPreviews(before, isGone)];
    },
    ofRoute: (virtualService, kind, index) =>
      keptToStable(
        shifted,
        routeAt(virtualService, kind, index),
        isOfServiceAt(virtualService, kind, index),
        rememberedAt(known.virtualServices, virtualService, kind, index),
      ),
    wrongPreviews: (before, after) =>
      shifted.isMeant(before) ? wrongPreviewsOf(before, after, shifted, intent) : [],
  };
}

/** A route of the service that sends to the whole of it keeps to the stable subset. */
function keptToStable(
  { service, stable }: Shifted,
  listed: Taken,
  isMember: boolean,
  baseline: Remembered | undefined,
): readonly Expected[] {
  if (listed === undefined || stable === undefined || service === undefined || !isMember)
    return [unchanged(listed)];
  const namespace = namespaceOf(listed);
  const isBroad = destinationsOf(listed.route).some(
    ({ destination }) => isWhole(destination) && isDestinationOf(destination, namespace, service),
  );
  if (!isBroad) return [unchanged(listed)];
  return knownSplits(listed, baseline).map(({ list, requestedShares, pins }): Expected => {
    const all = [{ host: service.host, subset: stable }, ...pins];
    return {
      kind: 'shares',
      like: listed,
      shares: splitOf(list, requestedShares, namespace, all),
      tolerance: ROUNDING,
    };
  });
}

/** Previews and links that aren't copies of their base route for these headers, or are somebody else's. */
function wrongPreviewsOf(
  before: VirtualService,
  after: VirtualService,
  { service, subset: name = '', isTarget, isOfServiceAt }: Shifted,
  { alternatives, bridge, link }: HeadersIntent,
): readonly WrongPreview[] {
  const { namespace } = before.metadata;
  const isOurs = (route: Route): boolean => isPreview(route) && routeSendsTo(route, namespace, isTarget);
  const matches = new Set(
    (after.spec.http ?? []).filter(isOurs).map(({ match }) => canonicalJson(match ?? [])),
  );
  const baseAt = (index: number): PreviewBase => {
    const base = before.spec.http?.[index] ?? {};
    const ports = portsOf(base, namespace, service);
    return {
      isMember: isOfServiceAt(before, 'http', index),
      treatment: treatmentKey(bridgedRoute(base, before, bridge)),
      fits: (preview) =>
        destinationsOf(preview).every(
          ({ destination: { host, subset, port }, weight: _, ...entry }) =>
            isTarget(resolveHost(host, namespace), subset ?? null) &&
            ports.has(port?.number) &&
            Object.keys(entry).length === 0,
        ),
    };
  };
  // Another build's preview of the very same match is repointed.
  const goes = (route: Route): Certainty =>
    isOurs(route) || linkTo(route) !== undefined || matches.has(canonicalJson(route.match ?? []))
      ? 'maybe'
      : 'no';
  return [
    ...wrongOfBuild(before, after, alternatives, baseAt, isOurs),
    ...wrongOfOthers(before, after, goes, (route) => isOurs(route) || linkTo(route) !== undefined),
    ...wrongLinks(before, after, name, link, isOurs),
  ];
}

/** The ports by which a route sends to the service. */
function portsOf(
  route: Route,
  namespace: string,
  service: Service | undefined,
): ReadonlySet<number | undefined> {
  return new Set(
    destinationsOf(route)
      .filter(({ destination }) => service !== undefined && isDestinationOf(destination, namespace, service))
      .map(({ destination }) => destination.port?.number),
  );
}

function hasAsked(
  listed: ListedRoute,
  request: HttpRequest,
  before: Asked,
  alternatives: readonly HeaderMatch[],
): boolean {
  return (
    before.met(request, listed).length > 0 &&
    alternatives.some((headers) => meets({ headers }, request).state === 'met')
  );
}

function isAskedToo(request: HttpRequest, alternatives: readonly HeaderMatch[]): (block: Match) => boolean {
  return (block) =>
    alternatives.some(
      (headers) => meets({ headers }, request).state === 'met' && !asksOtherwise(block, headers),
    );
}

/** A block that matches the same header in a way that can't be had with it: the copy leaves it out. */
function asksOtherwise({ headers }: Match, alternative: HeaderMatch): boolean {
  return Object.entries(alternative).some(([name, asked]) =>
    Object.entries(headers ?? {}).some(
      ([key, own]) => key.toLowerCase() === name && bothMatches(own, asked) === undefined,
    ),
  );
}

/** Do previews of other builds match the request from farther above? Which one is first is left to the planner. */
function hasRivals(
  request: HttpRequest,
  before: Asked,
  base: ListedRoute,
  isGone: (listed: ListedRoute) => boolean,
): boolean {
  const end = before.positionOf(base) ?? -1;
  const above = before
    .near(request)
    .filter((index) => index < end)
    .flatMap((index) => before.list[index] ?? [])
    .filter((listed) => isPreviewRoute(listed) && before.met(request, listed).length > 0);
  const first = above.find((listed) => !isGone(listed));
  if (first === undefined) return false;
  const between = before.list.slice(before.positionOf(first), end);
  return above.length > 1 || between.some((listed) => !isPreviewRoute(listed));
}
