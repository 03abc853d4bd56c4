import { coverIndex } from '../istio/cover-index.ts';
import type { VirtualService } from '../istio/types.ts';

/** An `http` route that gets no requests, because routes above it accept all that it matches. */
export interface RouteBehind {
  /** Position in `http`, from 0. */
  readonly index: number;
  /** The position of the first route that stands in front of it. */
  readonly by: number;
}

/**
 * Routes that stand behind others, as far as the matches show it: a doubt counts as none. Envoy uses the first route
 * that matches.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/#VirtualService http
 */
export function routesBehind({ spec }: VirtualService): readonly RouteBehind[] {
  const above = coverIndex();
  return (spec.http ?? []).flatMap((route, index): readonly RouteBehind[] => {
    const blocks = route.match === undefined || route.match.length === 0 ? [{}] : route.match;
    const covering = blocks.map((block) => above.first(block));
    // What a delegate does not match goes on to the next route.
    if (route['delegate'] === undefined) above.add(route, index);
    const by = covering.reduce<number>((last, one) => Math.max(last, one ?? Infinity), -1);
    return by === Infinity || by === -1 ? [] : [{ index, by }];
  });
}
