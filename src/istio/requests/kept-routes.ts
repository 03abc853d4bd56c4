/** What istiod keeps of one VirtualService's routes for a proxy and a port. */
import type { Match, Route, VirtualService } from '../types.ts';
import { inScope } from './in-scope.ts';
import type { EntryPoint } from './request.ts';
import type { Root } from './roots.ts';

/** A route as the proxy has it: delegates merged, gateways by their full names. */
export interface ListedRoute {
  /** The one that names host and gateway. */
  readonly virtualService: VirtualService;
  /** Position in its `http`. */
  readonly index: number;
  /** The VirtualService that the route's destinations are written in: itself, or the delegate. */
  readonly from: VirtualService;
  /** Position in the `http` of `from`. */
  readonly fromIndex: number;
  /**
   * With only those match blocks that istiod keeps for this port and proxy. One block that takes everything, among
   * others, stands at the end of the list, as a route of its own.
   */
  readonly route: Route;
  /** `namespace/name` of a delegate that is not in sight: the route has the root's match, and what it does is unknown. */
  readonly unseen?: string;
}

/** The routes of one VirtualService: `kept` by istiod for this port and proxy, `written` with the others above them. */
export interface RootRoutes {
  readonly kept: readonly ListedRoute[];
  readonly written: readonly ListedRoute[];
}

/**
 * The routes with the blocks that are for this port and proxy, up to the first that takes everything: istiod leaves
 * out what comes after it, so that another VirtualService's routes, and not these, come next.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go BuildHTTPRoutesForVirtualService
 */
export function keptRoutes(root: Root, entry: EntryPoint): RootRoutes {
  const { virtualService } = root;
  const kept: ListedRoute[] = [];
  const written: ListedRoute[] = [];
  const keep = (one: ListedRoute): void => {
    kept.push(one);
    written.push(one);
  };
  for (const effective of root.routes()) {
    const { route } = effective;
    const place = { virtualService, ...effective };
    const blocks = route.match ?? [];
    if (blocks.length === 0) {
      keep(place);
      if (effective.unseen === undefined) break;
      continue;
    }
    const others: Match[] = [];
    let last: Match | undefined;
    let isHeard = false;
    for (const block of blocks) {
      const scope = inScope(block, entry).state;
      if (scope === 'unmet') continue;
      isHeard = true;
      // What a delegate that nobody sees makes of the block may be narrower.
      if (!takesAll(block) || effective.unseen !== undefined) {
        others.push(block);
      } else if (scope === 'met') {
        last = block;
        break;
      } else {
        keep({ ...place, route: { ...route, match: [block] } });
      }
    }
    if (!isHeard) written.push(place);
    if (others.length > 0) {
      keep({ ...place, route: others.length === blocks.length ? route : { ...route, match: others } });
    }
    if (last !== undefined) {
      keep({ ...place, route: { ...route, match: [last] } });
      break;
    }
  }
  return { kept, written };
}

/** Is it one of those that go to the end of a gateway's list? Only these spellings do, `.+` does not. */
function takesAll({ uri, method, authority, scheme, headers, withoutHeaders, queryParams }: Match): boolean {
  if (method ?? authority ?? scheme) return false;
  for (const map of [headers, withoutHeaders, queryParams]) {
    if (map !== undefined && Object.keys(map).length > 0) return false;
  }
  if (uri === undefined) return true;
  const { exact, prefix, regex } = uri;
  if (prefix !== undefined) return prefix === '/';
  return exact === undefined && (regex === undefined || regex === '.*');
}

export function isNoCatchAll({ route: { match = [] }, unseen }: ListedRoute): boolean {
  return unseen !== undefined || (match.length > 0 && !match.some(takesAll));
}
