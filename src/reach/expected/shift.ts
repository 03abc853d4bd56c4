/** What headers, weight and promote have in common: a build of some labels, and the requests of a service. */
import type { AddingIntent } from '../../intent/types.ts';
import { resolveHost, type Service } from '../../istio/hosts.ts';
import type { HttpRequest } from '../../istio/requests/request.ts';
import type { ListedRoute } from '../../istio/requests/kept-routes.ts';
import { destinationsOf, routesOf } from '../../istio/routes.ts';
import type { DestinationRule, Labels, Route, RouteKind, VirtualService } from '../../istio/types.ts';
import type { Asked } from '../asking.ts';
import { namespaceOf, type Taken } from '../listed.ts';
import { takenBy } from '../samples.ts';
import { hasLabelsIn, isPreviewRoute, linkTo, previewedSubset, subsetOfLabels } from './ours.ts';
import { serviceRequests } from './service.ts';
import { isWhole } from './splits.ts';
import type { Allowed, Expected, IsBuild } from './types.ts';

/** All that is known of the objects: as they are, and as they shall be. */
export interface Known {
  readonly namespace: string;
  readonly virtualServices: readonly VirtualService[];
  /** Those after the change, then those before: a subset that goes still has its labels. */
  readonly rules: readonly DestinationRule[];
}

export interface Shifted {
  readonly service: Service | undefined;
  /** The name of the build's subset; undefined: no rule has one. */
  readonly subset: string | undefined;
  /** The same of the pods that base routes are to keep to; undefined where none are named as well. */
  readonly stable: string | undefined;
  readonly isMeant: (virtualService: VirtualService) => boolean;
  /** Of the build that is asked for: a subset of the service with exactly its labels. */
  readonly isTarget: IsBuild;
  /** Is a written route one of the service's? */
  readonly isOfService: (listed: ListedRoute) => boolean;
  readonly isOfServiceAt: (virtualService: VirtualService, kind: RouteKind, index: number) => boolean;
}

/** What the guard itself finds of the build and the service, without a look at the plan. */
export function shiftedBy(known: Known, intent: AddingIntent): Shifted {
  const requests = serviceRequests(known.virtualServices, known.namespace, intent);
  const { service } = requests;
  return {
    service,
    subset: subsetNameOf(known, service, intent.podLabels),
    stable: intent.stableLabels && subsetNameOf(known, service, intent.stableLabels),
    isMeant: requests.isMeant,
    isTarget: isBuildOf(known.rules, service, intent.podLabels),
    isOfService: ({ from, fromIndex }) => requests.isOfService(from, 'http', fromIndex),
    isOfServiceAt: requests.isOfService,
  };
}

/**
 * Does any route of the service send to the whole of it today? Only then is `stable-pod-selector` for something.
 */
export function sendsToWholeService(
  { virtualServices }: Known,
  { service, isMeant, isOfServiceAt }: Pick<Shifted, 'service' | 'isMeant' | 'isOfServiceAt'>,
): boolean {
  return virtualServices
    .filter(isMeant)
    .some((one) =>
      routesOf(one).some(
        ({ kind, index, route }) =>
          isOfServiceAt(one, kind, index) &&
          destinationsOf(route).some(
            ({ destination }) =>
              isWhole(destination) && resolveHost(destination.host, one.metadata.namespace) === service?.host,
          ),
      ),
    );
}

function isBuildOf(rules: readonly DestinationRule[], service: Service | undefined, labels: Labels): IsBuild {
  const answers = new Map<string, boolean>();
  return (host, subset) => {
    if (host !== service?.host || subset === null) return false;
    const known = answers.get(subset) ?? hasLabelsIn(rules, host, subset, labels);
    answers.set(subset, known);
    return known;
  };
}

/** The route that gets a request when no preview does: what a person wrote. */
export function writtenTaker(request: HttpRequest, before: Asked): Taken {
  return takenBy(before.ask(request, isPreviewRoute));
}

/** Does a preview send to the build? A link does where it is one of such previews. */
export function isPreviewTo(listed: ListedRoute, isBuild: IsBuild): boolean {
  if (!isPreviewRoute(listed)) return false;
  const { from, route } = listed;
  return linkTo(route) === undefined
    ? sendsTo(listed, isBuild)
    : isLinkOf(route, from, (preview) => routeSendsTo(preview, from.metadata.namespace, isBuild));
}

/** Is it a link of these previews alone? The path that ends previews is one of all. */
export function isLinkOf(
  link: Route,
  { spec: { http = [] } }: VirtualService,
  isTheirs: (preview: Route) => boolean,
): boolean {
  const subset = linkTo(link);
  const linked = new Set(http.map(linkTo).filter((one) => typeof one === 'string'));
  return http
    .filter((route) => {
      const own = previewedSubset(route);
      return own !== undefined && (subset === null ? linked.has(own) : own === subset);
    })
    .every(isTheirs);
}

export function sendsTo(listed: ListedRoute, isBuild: IsBuild): boolean {
  return routeSendsTo(listed.route, namespaceOf(listed), isBuild);
}

/** @param namespace that the short hosts of the route belong to */
export function routeSendsTo(route: Route, namespace: string, isBuild: IsBuild): boolean {
  return destinationsOf(route).some(({ destination: { host, subset } }) =>
    isBuild(resolveHost(host, namespace), subset ?? null),
  );
}

/** A route as it is in its VirtualService. */
export function routeAt(virtualService: VirtualService, kind: RouteKind, index: number): Taken {
  const route = virtualService.spec[kind]?.[index];
  if (route === undefined) return undefined;
  return { virtualService, from: virtualService, index, fromIndex: index, route };
}

export function unchanged(listed: Taken): Expected {
  return { kind: 'as', listed };
}

/**
 * What a request may get by an operation that changes hand-written routes alone: what the operation makes of its route,
 * where that is one of the service's; all other requests get what they get today.
 *
 * @param listed the route that gets it today, without previews that go
 */
export function allowedOf(
  { isOfService }: Shifted,
  listed: Taken,
  made: (listed: ListedRoute, isMember: boolean) => readonly Expected[],
): Allowed {
  if (listed === undefined || isPreviewRoute(listed)) return { answers: [unchanged(listed)], isAsked: false };
  const isAsked = isOfService(listed);
  return { answers: made(listed, isAsked), isAsked };
}

/** The name of the service's subset of exactly these labels; undefined: no rule has one. */
function subsetNameOf({ rules }: Known, service: Service | undefined, labels: Labels): string | undefined {
  return service === undefined ? undefined : subsetOfLabels(rules, service.host, labels);
}
