import { answer, type Passed, type Result } from '../../istio/requests/answer.ts';
import type { HttpRequest } from '../../istio/requests/request.ts';
import type { ListedRoute } from '../../istio/requests/kept-routes.ts';
import type { VirtualHost } from '../../istio/requests/route-list.ts';

/**
 * The routes above those that may match a request, in the order of the proxy's list, with those in their places that
 * are for other ports and proxies.
 */
export function passedRoutes(
  { routes, written }: Pick<VirtualHost, 'routes' | 'written'>,
  passed: readonly Passed[],
  result: Result,
  request: HttpRequest,
): readonly Passed[] {
  const heard = new Set(routes);
  const above = written.slice(0, endOf(written, result));
  const unheard = above.filter((one) => !heard.has(one));
  if (unheard.length === 0) return passed;
  const known = new Map(
    [...passed, ...answer(unheard, request).passed].map((one) => [one.listed, one] as const),
  );
  return above.flatMap((one) => known.get(one) ?? []);
}

/** Where the last stands that may match the request; after all where it may be that none does. */
function endOf(written: readonly ListedRoute[], result: Result): number {
  switch (result.kind) {
    case 'none':
      return written.length;
    case 'route':
      return written.indexOf(result.taker.listed);
    case 'undecided': {
      const last = result.candidates.at(-1)?.taker;
      return last ? written.indexOf(last.listed) : written.length;
    }
  }
}
