/** Which routes a change put above the hand-written ones, and which it took away there. */
import type { Route, VirtualService } from '../istio/types.ts';
import { previewSubset } from '../plan/names.ts';
import { alignment } from './alignment.ts';
import { httpIdentities, routePrint } from './recognise.ts';
import type { AddedRoute, PreviewsUndo } from './types.ts';

/** The http routes that istiops made above one hand-written route, or below the last. */
interface PreviewGroup {
  readonly above?: string;
  readonly below?: string;
  readonly routes: readonly Route[];
}

/**
 * @param anchors identities of the routes by their position in `http`; every other route belongs to a group
 */
function previewGroups(virtualService: VirtualService, anchors: ReadonlyMap<number, string>): PreviewGroup[] {
  const groups: PreviewGroup[] = [];
  let routes: Route[] = [];
  let last: string | undefined;
  for (const [index, route] of (virtualService.spec.http ?? []).entries()) {
    const anchor = anchors.get(index);
    if (anchor === undefined) routes.push(route);
    else {
      groups.push({ above: anchor, routes });
      routes = [];
      last = anchor;
    }
  }
  return [...groups, { ...(last !== undefined && { below: last }), routes }];
}

/** One entry for each group that changed: the hand-written route below it says which. */
export function previewGroupsUndo(before: VirtualService, after: VirtualService): PreviewsUndo[] {
  const anchorsBefore = httpIdentities(before);
  const anchorsAfter = httpIdentities(after);
  const [had, has] = [new Set(anchorsBefore.values()), new Set(anchorsAfter.values())];
  // A route that is known on one side alone came or went, whoever made it.
  const shared = (anchors: ReadonlyMap<number, string>): Map<number, string> =>
    new Map([...anchors].filter(([, identity]) => had.has(identity) && has.has(identity)));
  const now = new Map(previewGroups(after, shared(anchorsAfter)).map((group) => [group.above, group]));
  return previewGroups(before, shared(anchorsBefore)).flatMap(({ routes, ...place }) => {
    const old = routes.map(routePrint);
    const next = now.get(place.above)?.routes ?? [];
    const prints = next.map(routePrint);
    const kept = alignment(old, prints);
    if (kept.length === old.length && kept.length === prints.length) return [];
    const [stayed, found] = [new Set(kept.map(([i]) => i)), new Set(kept.map(([, j]) => j))];
    const gone = routes.filter((_, i) => !stayed.has(i));
    // New previews come on top of a group: those above the first that went say nothing about its place.
    const isPreviewsAlone = gone.every((route) => previewSubset(route) !== undefined);
    const first = isPreviewsAlone ? old.findIndex((_, i) => !stayed.has(i)) : 0;
    return [
      {
        ...place,
        added: next.flatMap(({ name }, j): AddedRoute[] =>
          found.has(j) ? [] : [{ ...(name !== undefined && { name }), print: prints[j] ?? '' }],
        ),
        removed:
          gone.length === 0
            ? []
            : routes.slice(first).map((route, i) => (stayed.has(first + i) ? (old[first + i] ?? '') : route)),
      },
    ];
  });
}
