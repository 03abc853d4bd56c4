/** Which routes carry the service's ordinary traffic: the ones that a preview copies and a weight splits. */
import { TrafficError } from '../base/errors.ts';
import type { RoutePick } from '../intent/types.ts';
import { isDestinationOf, resolveHost, type Service } from '../istio/hosts.ts';
import { isCatchAll } from '../istio/matches.ts';
import { delegateOf } from '../istio/requests/delegates.ts';
import { answersItself, destinationsOf, nameOf, subsetOf } from '../istio/routes.ts';
import type { VirtualService } from '../istio/types.ts';
import { isSplitByHand } from './hand-splits.ts';
import { titleOf } from '../base/title.ts';
import { joinFirst } from './select.ts';
import { pickOf, pickText, isPicked } from './route-picks.ts';
import { userRoutes, type UserRoute } from './user-routes.ts';

/**
 * The service that is meant: the given hostname, else the one host that the default routes send to (where there is
 * none, the one that all routes send to; with `picks`, the one that these send to).
 *
 * @throws TrafficError ambiguous, with the hosts to choose from; not-found where no route sends anywhere
 */
export function resolveService(
  virtualServices: readonly VirtualService[],
  asked: { readonly hostname?: string; readonly port?: number; readonly routes: readonly RoutePick[] },
  namespace: string,
): Service {
  const port = asked.port === undefined ? {} : { port: asked.port };
  if (asked.hostname !== undefined) return { host: resolveHost(asked.hostname, namespace), ...port };
  const all = virtualServices.map((virtualService) => ({
    virtualService,
    routes: userRoutes(virtualService),
  }));
  const chosen = all.map(({ virtualService, routes }) => {
    const hosts = virtualService.spec.hosts ?? [];
    if (asked.routes.length > 0) {
      return {
        virtualService,
        routes: routes.filter((route) => asked.routes.some((pick) => isPicked(pick, virtualService, route))),
      };
    }
    const defaults = routes.filter(({ kind, route }) => isCatchAll(kind, route, hosts));
    return {
      virtualService,
      routes: defaults.some(({ route }) => destinationsOf(route).length > 0) ? defaults : routes,
    };
  });
  const hosts = new Set(
    chosen.flatMap(({ virtualService, routes }) =>
      routes.flatMap(({ route }) =>
        destinationsOf(route)
          .filter(
            ({ destination }) =>
              asked.port === undefined || (destination.port?.number ?? asked.port) === asked.port,
          )
          .map(({ destination }) => resolveHost(destination.host, virtualService.metadata.namespace)),
      ),
    ),
  );
  const [host, ...others] = hosts;
  const where = joinFirst(virtualServices.map(titleOf));
  if (host === undefined) {
    throw new TrafficError(
      'not-found',
      `No route of ${where} sends to a service${asked.port === undefined ? '' : ` at port ${asked.port}`}, so there is no traffic to shift. ` +
        whereInstead(virtualServices),
    );
  }
  if (others.length > 0) {
    throw new TrafficError(
      'ambiguous',
      `The routes of ${where} send to several services: ${joinFirst([...hosts])}. Give one of them as \`hostname\`.`,
    );
  }
  return { host, ...port };
}

function whereInstead(virtualServices: readonly VirtualService[]): string {
  const delegates = virtualServices.flatMap(({ metadata, spec }) =>
    (spec.http ?? []).flatMap((route) => delegateOf(route, metadata.namespace) ?? []),
  );
  if (delegates.length === 0)
    return 'Give `hostname` (and `port`) of the service, or select another VirtualService.';
  const names = new Set(delegates.map(({ namespace, name }) => `${namespace}/${name}`));
  return `Its routes delegate to VirtualService ${joinFirst([...names])}: select the one that sends to the service.`;
}

/**
 * The base routes of a service in a VirtualService; empty where it doesn't send to the service at all.
 *
 * - Picked by hand: these.
 * - A default route sends to the service: every default route that does, and every other user route that
 *   sends to exactly the same destinations, unless it does so by chance (`hand-splits.ts`). Of another kind (tcp beside http) the ports differ by nature, so
 *   there the hosts and subsets decide.
 * - No default route does: every user route that sends to the service, if all send to the same.
 *
 * @throws TrafficError ambiguous, with the candidates by name and index
 */
export function baseRoutes(
  virtualService: VirtualService,
  service: Service,
  picks: readonly RoutePick[] = [],
): readonly UserRoute[] {
  const { namespace } = virtualService.metadata;
  const hosts = virtualService.spec.hosts ?? [];
  const routes = userRoutes(virtualService);
  const serves = ({ route }: UserRoute): boolean =>
    !answersItself(route) &&
    destinationsOf(route).some(({ destination }) => isDestinationOf(destination, namespace, service));
  if (picks.length > 0) return pickedRoutes(virtualService, service, picks, routes, serves);
  const serving = routes.filter(serves);
  const defaults = new Set(serving.filter(({ kind, route }) => isCatchAll(kind, route, hosts)));
  if (defaults.size > 0) {
    const same = Map.groupBy(defaults, (route) => signature(route, namespace, true));
    const kinds = new Set([...defaults].map(({ kind }) => kind));
    const alike = Map.groupBy(defaults, (route) => signature(route, namespace, false));
    return serving.filter((route) => {
      if (defaults.has(route)) return true;
      const bases = kinds.has(route.kind)
        ? same.get(signature(route, namespace, true))
        : alike.get(signature(route, namespace, false));
      return bases !== undefined && !isSplitByHand(virtualService, route, bases);
    });
  }
  const signatures = new Set(serving.map((route) => signature(route, namespace, true)));
  if (signatures.size > 1) {
    throw new TrafficError(
      'ambiguous',
      `${titleOf(virtualService)} has no default route that sends to ${service.host}, and its routes send to different destinations: ` +
        `${joinFirst(serving.map((route) => `${pickOf(route)} → ${destinationText(route)}`))}. ` +
        `Pick those to shift with \`routes\`, for example ${exampleOf(serving)}.`,
    );
  }
  return serving;
}

/** Names are recommended: a position is another route's as soon as one is inserted by hand. */
function exampleOf([first]: readonly UserRoute[]): string {
  if (first === undefined) return '';
  const name = nameOf(first.route);
  if (name !== undefined) return `\`routes: ${name}\``;
  return `\`routes: ${pickText(first)}\` (${first.kind}#1 is the first hand-written ${first.kind} route)`;
}

function pickedRoutes(
  virtualService: VirtualService,
  service: Service,
  picks: readonly RoutePick[],
  routes: readonly UserRoute[],
  serves: (route: UserRoute) => boolean,
): readonly UserRoute[] {
  const picked = routes.filter((route) => picks.some((pick) => isPicked(pick, virtualService, route)));
  const astray = picked.find((route) => !serves(route));
  if (astray !== undefined) {
    throw new TrafficError(
      'not-found',
      `${pickOf(astray)} of ${titleOf(virtualService)}, picked by \`routes\`, does not send to ${service.host}` +
        `${service.port === undefined ? '' : ` at port ${service.port}`}: it sends to ${destinationText(astray) || 'nothing'}. ` +
        `Change \`routes\` or \`hostname\`.`,
    );
  }
  return picked;
}

/** What a route sends to, weights aside, whatever the order and the spelling of hosts. */
function signature({ route }: UserRoute, namespace: string, withPort: boolean): string {
  return destinationsOf(route)
    .map(({ destination: { host, subset, port } }) =>
      [resolveHost(host, namespace), subset ?? '', withPort ? (port?.number ?? '') : ''].join('|'),
    )
    .sort()
    .join(' ');
}

function destinationText({ route }: UserRoute): string {
  return destinationsOf(route)
    .map(({ destination }) =>
      [
        destination.host,
        ...(subsetOf(destination) === undefined ? [] : [` subset ${subsetOf(destination) ?? ''}`]),
        ...(destination.port?.number === undefined ? [] : [`:${destination.port.number}`]),
      ].join(''),
    )
    .join(' + ');
}
