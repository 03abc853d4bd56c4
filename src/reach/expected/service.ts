/**
 * Which requests are those of the service: the ones that today get what a plain request gets. A plain request has a
 * path that nobody names, no header and no query, so only routes that match everything get it; a route that a person
 * pinned to another build by hand gets other destinations, and its requests are nobody else's.
 */
import type { ShiftIntent } from '../../intent/types.ts';
import { isDestinationOf, resolveHost, type Service } from '../../istio/hosts.ts';
import { selects } from '../../istio/selection.ts';
import { meets } from '../../istio/requests/meets.ts';
import type { HttpRequest } from '../../istio/requests/request.ts';
import { isSameBuild } from '../../istio/service-identity.ts';
import { requiresNothing } from '../../istio/matches.ts';
import { answersItself, destinationsOf, routesOf, type PlacedRoute } from '../../istio/routes.ts';
import type { Match, RouteKind, VirtualService } from '../../istio/types.ts';
import { respelledShares, sameShares, sharesOfRoute, type AnswerShare } from '../answers.ts';
import { blocksOf, keyOfObject } from '../listed.ts';
import { isGoPreview, isPreview } from './ours.ts';
import { placeKey, rememberedOf } from './remembered.ts';

/** What says which requests are meant: no build. */
export type RequestsChoice = Omit<ShiftIntent, 'podLabels' | 'createRule'>;

export interface ServiceRequests {
  /** Undefined: no single service is meant, so no request is. */
  readonly service: Service | undefined;
  readonly isMeant: (virtualService: VirtualService) => boolean;
  /** Is a written route one of the service's, so that its requests are meant? All others are somebody else's. */
  readonly isOfService: (virtualService: VirtualService, kind: RouteKind, index: number) => boolean;
}

/** A route that a person wrote, and its number among those. */
interface WrittenRoute extends PlacedRoute {
  readonly number: number;
}

/** @param intent the selected VirtualServices, and which service of theirs is meant */
export function serviceRequests(
  virtualServices: readonly VirtualService[],
  namespace: string,
  intent: RequestsChoice,
): ServiceRequests {
  const isMeant = (one: VirtualService): boolean =>
    one.metadata.namespace === namespace && selects(intent, one.metadata);
  const meant = virtualServices.filter(isMeant);
  const service = serviceOf(meant, namespace, intent);
  const tables = new Map(
    service === undefined
      ? []
      : meant.map((one) => [keyOfObject(one), placesOfService(one, service, intent)] as const),
  );
  return {
    service,
    isMeant: (one) => (tables.get(keyOfObject(one))?.size ?? 0) > 0,
    isOfService: (one, kind, index) => tables.get(keyOfObject(one))?.has(placeKey(kind, index)) === true,
  };
}

function serviceOf(
  meant: readonly VirtualService[],
  namespace: string,
  { hostname, port, routes: picks }: RequestsChoice,
): Service | undefined {
  const withPort = port === undefined ? {} : { port };
  if (hostname !== undefined) return { host: resolveHost(hostname, namespace), ...withPort };
  const hosts = new Set(
    meant.flatMap((one) => {
      const written = writtenRoutes(one);
      const plain = written.filter((route) => matchesPlainRequest(route, one));
      const sends = plain.some(({ route }) => destinationsOf(route).length > 0);
      const chosen =
        picks.length > 0
          ? written.filter((route) => isPickedRoute(route, one, picks))
          : sends
            ? plain
            : written;
      return chosen.flatMap(({ route }) =>
        destinationsOf(route)
          .filter(({ destination }) => port === undefined || (destination.port?.number ?? port) === port)
          .map(({ destination }) => resolveHost(destination.host, namespace)),
      );
    }),
  );
  const [host, ...others] = hosts;
  return host === undefined || others.length > 0 ? undefined : { host, ...withPort };
}

/** The places of the service's routes. */
function placesOfService(
  virtualService: VirtualService,
  service: Service,
  { routes: picks }: RequestsChoice,
): ReadonlySet<string> {
  const { namespace } = virtualService.metadata;
  const leading = writtenRoutes(virtualService).filter(
    ({ route }) =>
      !answersItself(route) &&
      destinationsOf(route).some(({ destination }) => isDestinationOf(destination, namespace, service)),
  );
  const placesOf = (routes: readonly WrittenRoute[]): ReadonlySet<string> =>
    new Set(routes.map(({ kind, index }) => placeKey(kind, index)));
  if (picks.length > 0)
    return placesOf(leading.filter((route) => isPickedRoute(route, virtualService, picks)));
  const texts = new Map<string, string>();
  const textOf = ({ kind, index, route }: WrittenRoute, withPort: boolean): string => {
    const key = `${placeKey(kind, index)} ${withPort}`;
    const text = texts.get(key) ?? destinationsText(route, namespace, withPort);
    texts.set(key, text);
    return text;
  };
  const plain = leading.filter((route) => matchesPlainRequest(route, virtualService));
  if (plain.length === 0) {
    const distinct = new Set(leading.map((route) => textOf(route, true)));
    return distinct.size === 1 ? placesOf(leading) : new Set();
  }
  const isPlainRoute = new Set(plain);
  const kinds = new Set(plain.map(({ kind }) => kind));
  const exact = Map.groupBy(plain, (route) => textOf(route, true));
  const alike = Map.groupBy(plain, (route) => textOf(route, false));
  // Ports differ between http and tcp by nature: there, hosts and subsets decide.
  return placesOf(
    leading.filter((route) => {
      if (isPlainRoute.has(route)) return true;
      const models = kinds.has(route.kind) ? exact.get(textOf(route, true)) : alike.get(textOf(route, false));
      return models !== undefined && !models.every((model) => isOtherSplit(virtualService, model, route));
    }),
  );
}

/**
 * A route that nothing is remembered of has had its builds from a user. Where a plain route got one of the same builds
 * from istiops, and splits otherwise, the two are alike by chance. So they are where istiops only keeps the plain route
 * to the subset that the user has sent the other one to.
 */
function isOtherSplit(virtualService: VirtualService, model: WrittenRoute, route: WrittenRoute): boolean {
  const { namespace } = virtualService.metadata;
  const remembered = rememberedOf(virtualService);
  const known = remembered.get(placeKey(model.kind, model.index));
  if (known === undefined || remembered.has(placeKey(route.kind, route.index))) return false;
  const { list, stable } = known;
  const given = destinationsOf(model.route).filter(
    ({ destination }) => !list.some((entry) => isSameBuild(entry.destination, destination, namespace)),
  );
  if (given.length === 0) return false;
  const isKept = given.every(
    ({ destination }) => stable !== undefined && isSameBuild(stable, destination, namespace),
  );
  const sharesIn = (one: WrittenRoute): readonly AnswerShare[] =>
    respelledShares(sharesOfRoute(one.route, namespace));
  return isKept || !sameShares(sharesIn(model), sharesIn(route), SAME_SHARE);
}

/** Percentage points. */
const SAME_SHARE = 0.011;

function writtenRoutes(virtualService: VirtualService): readonly WrittenRoute[] {
  const counts = new Map<RouteKind, number>();
  return routesOf(virtualService).flatMap((placed): readonly WrittenRoute[] => {
    if (isPreview(placed.route)) return [];
    const number = counts.get(placed.kind) ?? 0;
    counts.set(placed.kind, number + 1);
    return isGoPreview(placed.route, virtualService.metadata.namespace) ? [] : [{ ...placed, number }];
  });
}

function isPickedRoute(
  { kind, number, route }: WrittenRoute,
  { metadata }: VirtualService,
  picks: ShiftIntent['routes'],
): boolean {
  return picks.some(
    ({ virtualService, at }) =>
      (virtualService === undefined || virtualService === metadata.name) &&
      ('name' in at ? at.name === route.name : at.kind === kind && at.index === number),
  );
}

const PLAIN: HttpRequest = {
  method: 'GET',
  scheme: 'http',
  authority: 'plain.example',
  path: '/~!$9/plain',
  headers: {},
  gateway: 'mesh',
  port: 80,
  sourceLabels: {},
};

/** Does a plain request (or connection) match, whatever port, gateway and pod it comes by? */
function matchesPlainRequest({ kind, route }: WrittenRoute, { spec }: VirtualService): boolean {
  return blocksOf(route).some((block) => {
    const { port: _p, gateways: _g, sourceLabels: _l, sourceNamespace: _n, ...asked } = block;
    switch (kind) {
      case 'http':
        return isAskedNothing(asked) && meets(asked, PLAIN).state === 'met';
      case 'tls':
        return isOpenName(asked.sniHosts ?? [], spec.hosts ?? []) && asksNoAddress(asked);
      case 'tcp':
        return asksNoAddress(asked);
    }
  });
}

/** A method that a plain request happens to have, or a header that it happens to lack, is something asked all the same. */
function isAskedNothing({ method, scheme, authority, withoutHeaders, uri, ...rest }: Match): boolean {
  if (method ?? scheme ?? authority) return false;
  if (Object.keys(withoutHeaders ?? {}).length > 0) return false;
  if (
    uri !== undefined &&
    uri.prefix !== '/' &&
    uri.prefix !== '' &&
    uri.regex !== '.*' &&
    uri.regex !== '.+'
  )
    return false;
  const known = new Set(['headers', 'queryParams', 'name', 'statPrefix', 'ignoreUriCase']);
  return Object.entries(rest).every(([field, value]) => known.has(field) || requiresNothing(value));
}

function isOpenName(sniHosts: readonly string[], hosts: readonly string[]): boolean {
  return (
    sniHosts.length === 0 ||
    sniHosts.includes('*') ||
    (hosts.length > 0 && hosts.every((host) => sniHosts.includes(host)))
  );
}

function asksNoAddress({ sniHosts: _s, ...rest }: Match): boolean {
  return Object.values(rest).every(requiresNothing);
}

/** Where a route sends, weights aside, whatever the order and the spelling. */
function destinationsText(route: PlacedRoute['route'], namespace: string, withPort: boolean): string {
  return destinationsOf(route)
    .map(({ destination: { host, subset = '', port } }) =>
      JSON.stringify([resolveHost(host, namespace), subset, withPort ? (port?.number ?? null) : null]),
    )
    .sort()
    .join();
}
