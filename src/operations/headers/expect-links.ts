/** What `headers` may do to links, said a second time: which routes, and which requests they take. */
import { canonicalJson } from '../../base/json.ts';
import { meets } from '../../istio/requests/meets.ts';
import type { HttpRequest } from '../../istio/requests/request.ts';
import type { ListedRoute } from '../../istio/requests/kept-routes.ts';
import type { Route, VirtualService } from '../../istio/types.ts';
import { describeMatch } from '../../intent/describe-match.ts';
import { blocksOf, type Taken } from '../../reach/listed.ts';
import { linkTo, previewedSubset } from '../../reach/expected/ours.ts';
import type { WrongPreview } from '../../reach/expected/previews.ts';
import type { Expected } from '../../reach/expected/types.ts';
import type { LinkIntent } from './entry-points.ts';

/** The link of a build, and the path that ends it, as one VirtualService is to have them. */
function expectedLinks(
  { spec: { gateways = [] } }: VirtualService,
  subset: string,
  { path, offPath, cookie, scheme }: LinkIntent,
): readonly Route[] {
  const outside = gateways.filter((gateway) => gateway !== 'mesh');
  if (outside.length === 0) return [];
  const scope = outside.length < gateways.length ? { gateways: outside } : {};
  const secure = scheme === 'http' ? '' : 'Secure; ';
  const route = (name: string, exact: string, text: string): Route => ({
    name,
    match: [{ uri: { exact }, ...scope }],
    redirect: { uri: '/', redirectCode: 302, ...(scheme === 'https' && { scheme }) },
    headers: { response: { add: { 'set-cookie': text } } },
  });
  const rest = (age: number): string => `; Path=/; Max-Age=${age}; HttpOnly; ${secure}SameSite=Lax`;
  return [
    route(`istiops-link-${subset}`, path, `${cookie.name}=${cookie.value}${rest(86_400)}`),
    route('istiops-link-off', offPath, `${cookie.name}=${rest(0)}`),
  ];
}

/** Requests of a link: they are redirected, unless somebody else's route is for just such paths. */
export function linkAnswers(
  request: HttpRequest,
  written: Taken,
  virtualServices: readonly VirtualService[],
  subset: string,
  link: LinkIntent | undefined,
): readonly Expected[] {
  if (link === undefined || isForPaths(written, request)) return [];
  return virtualServices.flatMap((virtualService) =>
    expectedLinks(virtualService, subset, link).flatMap((route): readonly Expected[] => {
      const listed = { virtualService, from: virtualService, index: 0, fromIndex: 0, route };
      const [{ gateways: _, ...block } = {}] = route.match ?? [];
      return meets(block, request).state === 'met' && request.gateway !== 'mesh'
        ? [{ kind: 'as', listed }]
        : [];
    }),
  );
}

function isForPaths(written: Taken, request: HttpRequest): boolean {
  return (
    written !== undefined &&
    blocksOf(written.route).some(
      ({ gateways: _, ...block }) =>
        block.uri !== undefined &&
        block.uri.prefix !== '/' &&
        !['.*', '.+'].includes(block.uri.regex ?? '') &&
        meets(block, request).state === 'met',
    )
  );
}

/** Requests of links as they are: whether they stay is seen by `wrongLinks`. */
export function isLinkRoute({ route }: Pick<ListedRoute, 'route'>): boolean {
  return linkTo(route) !== undefined;
}

/**
 * Links that are not as they are to be: the build has its link where it has a preview and a browser comes by, each other
 * one is what it was as long as it has a preview, and none comes too late.
 *
 * @param isOurs is it a preview of the build?
 */
export function wrongLinks(
  before: VirtualService,
  after: VirtualService,
  subset: string,
  link: LinkIntent | undefined,
  isOurs: (route: Route) => boolean,
): readonly WrongPreview[] {
  const routes = after.spec.http ?? [];
  const expected = link !== undefined && routes.some(isOurs) ? expectedLinks(after, subset, link) : [];
  const previewed = new Set(routes.map(previewedSubset));
  const isStaying = (route: Route): boolean => {
    const to = linkTo(route);
    const [{ uri } = {}] = route.match ?? [];
    const isReplaced = expected.some(({ match = [] }) =>
      match.some((block) => block.uri?.exact === uri?.exact),
    );
    return typeof to === 'string' && to !== subset && previewed.has(to) && !isReplaced;
  };
  const staying = (before.spec.http ?? []).filter(isStaying);
  const ends = [...expected, ...(staying.length > 0 ? (before.spec.http ?? []) : [])].filter(
    (route) => linkTo(route) === null,
  );
  const wanted = [...expected.filter((route) => linkTo(route) !== null), ...staying, ...ends.slice(0, 1)];
  const texts = new Set(wanted.map(routeKey));
  const there = routes.filter((route) => isLinkRoute({ route }));
  const wasLate = lateLinks(before);
  const late = new Set([...lateLinks(after)].filter((key) => !wasLate.has(key)));
  const wrong = there.filter((route) => !texts.has(routeKey(route)) || late.has(routeKey(route)));
  const found = new Set(there.map(routeKey));
  return [
    ...wrong.map((route) => ({
      route,
      before: 'no link',
      after: linkWords(route),
      expected: 'no link here',
    })),
    ...wanted
      .filter((route) => !found.has(routeKey(route)))
      .map((route) => ({ route, before: 'no link', after: 'no link', expected: linkWords(route) })),
  ];
}

/**
 * Links that come too late: below a preview with no written route between them, or below every preview that they open.
 * A preview farther up has no request that the route below it leaves to the link.
 */
function lateLinks({ spec: { http = [] } }: VirtualService): ReadonlySet<string> {
  const late = http.filter((route, index) => {
    const to = linkTo(route);
    if (to === undefined) return false;
    const above = http.slice(0, index).findLast((other) => !isLinkRoute({ route: other }));
    const below = http.slice(index + 1).map(previewedSubset);
    const opens = to === null ? below.some((subset) => subset !== undefined) : below.includes(to);
    return !opens || (above !== undefined && previewedSubset(above) !== undefined);
  });
  return new Set(late.map(routeKey));
}

function routeKey(route: Route): string {
  return canonicalJson(route);
}

function linkWords(route: Route): string {
  return `a link for ${describeMatch(route)}`;
}
