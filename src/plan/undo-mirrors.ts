import { isObject } from '../base/json.ts';
import { mirrorsOf } from '../istio/routes.ts';
import type { Destination, Route, VirtualService } from '../istio/types.ts';
import { finding, type Finding } from '../base/findings.ts';
import { mapRoutes } from './objects.ts';
import { titleOf } from '../base/title.ts';
import type { BuildsBack } from './builds-back.ts';

/** How much of the requests `mirror` copies, in all the spellings that Istio has had. */
const PERCENTAGES = ['mirrorPercentage', 'mirrorPercent', 'mirror_percent'];

/**
 * Takes away mirrors to the builds' subsets that istiops made: they get copies of the requests by them. Nobody's answer
 * comes from a mirror, so nothing is put in its place.
 */
export function withoutMirrors(
  virtualService: VirtualService,
  { isGone, isOwn }: BuildsBack,
): { readonly value: VirtualService; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const isOut = (destination: Destination): boolean => isGone(destination) && isOwn(destination);
  const value = mapRoutes(virtualService, (kind, route, index) => {
    const gone = mirrorsOf(route).find(isOut);
    if (gone === undefined) return route;
    const message =
      `${kind}[${index}] of ${titleOf(virtualService)} mirrored requests to ${gone.subset ?? gone.host}, a subset that istiops made: ` +
      'somebody else wrote that mirror, and it is taken away with the build.';
    findings.push(finding('mirror-removed', 'warning', message, virtualService));
    return withoutMirror(route, isOut);
  });
  return { value: findings.length === 0 ? virtualService : value, findings };
}

function withoutMirror(route: Route, isOut: (destination: Destination) => boolean): Route {
  const { mirrors } = route;
  const left = Array.isArray(mirrors)
    ? mirrors.filter((entry) => !mirrorsOf({ mirrors: [entry] }).some(isOut))
    : undefined;
  const isAlone = mirrorsOf(isObject(route['mirror']) ? { mirror: route['mirror'] } : {}).some(isOut);
  return Object.fromEntries(
    Object.entries(route).flatMap(([field, value]) => {
      if (isAlone && (field === 'mirror' || PERCENTAGES.includes(field))) return [];
      if (field !== 'mirrors' || left === undefined) return [[field, value]];
      return left.length === 0 ? [] : [[field, left]];
    }),
  );
}
