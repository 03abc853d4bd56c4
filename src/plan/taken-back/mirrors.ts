import { isObject } from '../../base/json.ts';
import { mirrorsOf } from '../../istio/routes.ts';
import type { Destination, Route, VirtualService } from '../../istio/types.ts';
import { finding, type Finding, type WithFindings } from '../../base/findings.ts';
import { mapRoutes } from '../objects.ts';
import { titleOf } from '../../base/title.ts';
import { buildName, isOwnAndGone, type LeavingBuilds } from './leaving-builds.ts';

/** How much of the requests `mirror` copies, in all the spellings that Istio has had. */
const PERCENTAGES = ['mirrorPercentage', 'mirrorPercent', 'mirror_percent'];

/**
 * Takes away mirrors to the builds' subsets that istiops made: these get copies of requests by them. No answer comes
 * from a mirror, so nothing is put in its place.
 */
export function withoutMirrors(
  virtualService: VirtualService,
  builds: LeavingBuilds,
): WithFindings<VirtualService> {
  const findings: Finding[] = [];
  const isOut = (destination: Destination): boolean => isOwnAndGone(builds, destination);
  const value = mapRoutes(virtualService, (kind, route, index) => {
    const gone = mirrorsOf(route).find(isOut);
    if (gone === undefined) return route;
    const message =
      `${kind}[${index}] of ${titleOf(virtualService)} mirrored requests to ${buildName(gone)}, a subset that istiops made: ` +
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
