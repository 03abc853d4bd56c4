/** How the input `routes` names routes, and what it picks. */
import { TrafficError } from '../base/errors.ts';
import { nearest } from '../intent/nearest.ts';
import type { RoutePick } from '../intent/types.ts';
import { nameOf, placeOf } from '../istio/routes.ts';
import type { RouteKind, VirtualService } from '../istio/types.ts';
import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { joinFirst } from './select.ts';
import { pickIndexesOf, userRoutes, type UserRoute } from './user-routes.ts';

/** How the input `routes` picks the route at a place: `http#1`; null for a preview of istiops. */
export function pickAt(virtualService: VirtualService, kind: RouteKind, index: number): string | null {
  const pickIndex = pickIndexesOf(virtualService).get(placeOf({ kind, index }));
  return pickIndex === undefined ? null : pickText({ kind, pickIndex });
}

/** `http[1] (name)`: its place in the YAML, where a reader looks for it. */
export function pickOf({ kind, index, route }: UserRoute): string {
  const name = nameOf(route);
  return name === undefined ? `${kind}[${index}]` : `${kind}[${index}] (${name})`;
}

/** `http#2`, as the input `routes` picks it: the second hand-written http route. */
export function pickText({ kind, pickIndex }: Pick<UserRoute, 'kind' | 'pickIndex'>): string {
  return `${kind}#${pickIndex + 1}`;
}

/**
 * What picks of the older notation mean where previews have moved their routes: a reader who counts in the YAML would
 * take them for others.
 */
export function olderPicks(virtualService: VirtualService, picks: readonly RoutePick[]): readonly Finding[] {
  return userRoutes(virtualService).flatMap((route) => {
    const pick = picks.find(
      ({ at }) =>
        'kind' in at && at.isOlderNotation === true && at.kind === route.kind && at.index === route.pickIndex,
    );
    if (pick === undefined || route.index === route.pickIndex || !isPicked(pick, virtualService, route))
      return [];
    const name = nameOf(route.route);
    const better =
      name === undefined ? `\`${pickText(route)}\`` : `its name, \`${name}\`, or \`${pickText(route)}\``;
    return [
      finding(
        'routes-by-position',
        'warning',
        `\`routes: ${pick.text}\` counts hand-written routes alone, from 0, and so picks ${pickOf(route)} of the YAML of ${titleOf(virtualService)}. ` +
          `To be clear, write ${better}.`,
        virtualService,
      ),
    ];
  });
}

/** Does a pick mean this route of this VirtualService? */
export function isPicked(pick: RoutePick, virtualService: VirtualService, route: UserRoute): boolean {
  if (pick.virtualService !== undefined && pick.virtualService !== virtualService.metadata.name) return false;
  return 'name' in pick.at
    ? pick.at.name === route.route.name
    : pick.at.kind === route.kind && pick.at.index === route.pickIndex;
}

/**
 * Every pick has to mean something in at least one VirtualService.
 *
 * @throws TrafficError not-found, with the routes that there are
 */
export function checkPicks(picks: readonly RoutePick[], virtualServices: readonly VirtualService[]): void {
  if (picks.length === 0) return;
  const all = virtualServices.flatMap((virtualService) =>
    userRoutes(virtualService).map((route) => ({ virtualService, route })),
  );
  const missing = picks.filter(
    (pick) => !all.some(({ virtualService, route }) => isPicked(pick, virtualService, route)),
  );
  if (missing.length === 0) return;
  const [only] = missing.length === 1 ? missing : [];
  const names = all.flatMap(({ virtualService: { metadata }, route }) => {
    const name = nameOf(route.route);
    return name === undefined ? [] : [only?.virtualService === undefined ? name : `${metadata.name}/${name}`];
  });
  const meant = only !== undefined && 'name' in only.at ? nearest(only.text, names) : undefined;
  throw new TrafficError(
    'not-found',
    `\`routes\` picks ${missing.map(({ text }) => text).join(', ')}, which no selected VirtualService has${meant === undefined ? '.' : `; did you mean ${meant}?`} ` +
      `There are: ${joinFirst(all.map(({ virtualService, route }) => textOfPick(virtualService, route)))} ` +
      `(http#1 is the first hand-written http route; previews of istiops are not counted).`,
  );
}

function textOfPick({ metadata }: VirtualService, route: UserRoute): string {
  const name = nameOf(route.route);
  return `${metadata.name}/${pickText(route)}${name === undefined ? '' : ` (${name})`}`;
}
