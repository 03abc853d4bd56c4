/**
 * Links to previews: a path that sets the cookie which a preview requires and redirects to `/`, and one that removes
 * the cookie. Both stand in VirtualServices that are bound to a gateway, above all previews of a base route, because a
 * preview would answer the path itself.
 *
 * - A path, never a query parameter: Envoy keeps the query on a redirect, so that would redirect for ever.
 * - 302, because browsers keep a 301 for ever.
 * - `SameSite=Lax`, because with `Strict` the cookie would not be sent after a click on another site.
 */
import { sameJson } from '../base/json.ts';
import { refuse } from '../base/errors.ts';
import { titleOf } from '../base/title.ts';
import { gatewaysOf } from '../istio/gateways.ts';
import { meets } from '../istio/requests/meets.ts';
import type { Match, Route, VirtualService } from '../istio/types.ts';
import { isLink, LINK_PREFIX, linkCookie, linkSubset, OFF_NAME } from './link-names.ts';
import { previewSubset } from './names.ts';
import { withRoutes } from './objects.ts';
import { pickOf } from './route-picks.ts';
import { userRoutes } from './user-routes.ts';

/** Seconds that a browser keeps the cookie. */
const A_DAY = 86_400;

/** What a link does. */
export interface LinkTarget {
  readonly path: string;
  readonly offPath: string;
  readonly cookie: { readonly name: string; readonly value: string };
  readonly scheme?: 'http' | 'https';
}

/** Is the VirtualService one of a gateway, where browsers come in? */
export function hasGateway(virtualService: VirtualService): boolean {
  return gatewaysOf(virtualService).some((gateway) => gateway !== 'mesh');
}

/** The gateways of the block that only they shall match: without the mesh, where no browser is. */
function scopeOf({ spec: { gateways = [] } }: VirtualService): Pick<Match, 'gateways'> {
  return gateways.includes('mesh') ? { gateways: gateways.filter((gateway) => gateway !== 'mesh') } : {};
}

function linkRoute(virtualService: VirtualService, subset: string, target: LinkTarget): Route {
  const { name, value } = target.cookie;
  return cookieRoute(virtualService, target, {
    name: `${LINK_PREFIX}${subset}`,
    path: target.path,
    cookie: `${name}=${value}`,
    seconds: A_DAY,
  });
}

/** A cookie of no age is removed. */
function offRoute(virtualService: VirtualService, target: LinkTarget): Route {
  return cookieRoute(virtualService, target, {
    name: OFF_NAME,
    path: target.offPath,
    cookie: `${target.cookie.name}=`,
    seconds: 0,
  });
}

interface SetCookie {
  /** Of the route. */
  readonly name: string;
  readonly path: string;
  /** `istiops=web-pr-10` */
  readonly cookie: string;
  /** How long a browser keeps it. */
  readonly seconds: number;
}

/** A redirect to `/` that sets a cookie. */
function cookieRoute(
  virtualService: VirtualService,
  { scheme }: LinkTarget,
  { name, path, cookie, seconds }: SetCookie,
): Route {
  const secure = scheme === 'http' ? '' : ' Secure;';
  return {
    name,
    match: [{ uri: { exact: path }, ...scopeOf(virtualService) }],
    redirect: { uri: '/', redirectCode: 302, ...(scheme === 'https' && { scheme }) },
    headers: {
      response: {
        add: { 'set-cookie': `${cookie}; Path=/; Max-Age=${seconds}; HttpOnly;${secure} SameSite=Lax` },
      },
    },
  };
}

/**
 * The VirtualService with a link to the preview of a subset, which it must have, and with the path that ends it.
 *
 * @throws TrafficError check-failed where the path, or the cookie's name, is taken
 */
export function withLink(virtualService: VirtualService, subset: string, target: LinkTarget): VirtualService {
  refuseIfTaken(virtualService, target);
  const link = linkRoute(virtualService, subset, target);
  const off = offRoute(virtualService, target);
  const routes = virtualService.spec.http ?? [];
  // A link of the same path is of a build that had these requests before.
  const isReplaced = (route: Route): boolean => linkSubset(route) === subset || hasPath(route, target.path);
  const old = routes.findIndex((route) => isLink(route) && isReplaced(route));
  const others = routes.filter((route) => !(isLink(route) && isReplaced(route)));
  const place = old >= 0 && !isBelowPreview(routes, old) ? old : topOf(others);
  const linked = others.toSpliced(place, 0, link);
  const isOff = (route: Route): boolean => linkSubset(route) === null;
  const http = linked.some(isOff)
    ? linked.map((route) => (isOff(route) ? off : route))
    : linked.toSpliced(linked.indexOf(link) + 1, 0, off);
  return sameJson(http, routes) ? virtualService : withRoutes(virtualService, 'http', http);
}

/** Above the first previews, and the links that stand there. */
function topOf(routes: readonly Route[]): number {
  let top = routes.findIndex((route) => isLink(route) || previewSubset(route) !== undefined);
  while (top > 0 && isLink(routes[top - 1] ?? {})) top -= 1;
  return Math.max(0, top);
}

/** Is a preview above it that may answer its path? One above a written route has no more requests than that route. */
function isBelowPreview(routes: readonly Route[], index: number): boolean {
  const above = routes.slice(0, index).findLast((route) => !isLink(route));
  return above !== undefined && previewSubset(above) !== undefined;
}

function hasPath({ match = [] }: Route, path: string): boolean {
  return match.some(({ uri }) => uri?.exact === path);
}

function refuseIfTaken(virtualService: VirtualService, { path, offPath, cookie }: LinkTarget): void {
  const [gateway = 'mesh'] = gatewaysOf(virtualService).filter((one) => one !== 'mesh');
  for (const wanted of [path, offPath]) {
    const request = {
      method: 'GET',
      scheme: 'https' as const,
      authority: virtualService.spec.hosts?.[0] ?? '',
      path: wanted,
      headers: {},
      gateway,
      sourceLabels: {},
    };
    const taker = userRoutes(virtualService).find(({ kind, route: { match = [] } }) => {
      const blocks = match.map(
        ({ gateways: _g, port: _p, sourceLabels: _l, sourceNamespace: _n, ...block }) => block,
      );
      return (
        kind === 'http' &&
        blocks.some((block) => isSpecific(block) && meets(block, request).state !== 'unmet')
      );
    });
    if (taker === undefined) continue;
    refuse(
      'link-path-taken',
      `${pickOf(taker)} of ${titleOf(virtualService)} accepts ${wanted} already, and the link would take these requests away from it. ` +
        'Give another `link-path`.',
      virtualService,
    );
  }
  const other = (virtualService.spec.http ?? []).find(
    (route) =>
      linkSubset(route) === null && linkCookie(route['headers'])?.startsWith(`${cookie.name}=`) !== true,
  );
  if (other === undefined) return;
  const [name = ''] = linkCookie(other['headers'])?.split('=') ?? [];
  refuse(
    'link-cookie-taken',
    `The links of ${titleOf(virtualService)} set the cookie ${name}, and ${offPath} can remove only one: use that one for this preview too, in place of ${cookie.name}.`,
    virtualService,
  );
}

/** It matches certain paths, not every one. */
function isSpecific({ uri }: Match): boolean {
  if (uri === undefined) return false;
  return uri.prefix !== '/' && uri.regex !== '.*' && uri.regex !== '.+';
}

/**
 * Without the links of subsets that have no preview in the VirtualService any more, and without the path that ends them
 * where no link is left.
 *
 * @param isDropped also those of these subsets
 */
export function withoutIdleLinks(
  virtualService: VirtualService,
  isDropped: (subset: string) => boolean = () => false,
): VirtualService {
  const routes = virtualService.spec.http ?? [];
  if (!routes.some(isLink)) return virtualService;
  const previewed = new Set(routes.map(previewSubset));
  const kept = routes.filter((route) => {
    const subset = linkSubset(route);
    return typeof subset !== 'string' || (previewed.has(subset) && !isDropped(subset));
  });
  const hasLinks = kept.some((route) => typeof linkSubset(route) === 'string');
  const http = hasLinks ? kept : kept.filter((route) => linkSubset(route) !== null);
  return http.length === routes.length ? virtualService : withRoutes(virtualService, 'http', http);
}
