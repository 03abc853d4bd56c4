import { mirrorsOf, withoutCopies } from '../../istio/routes.ts';
import type { Destination, VirtualService } from '../../istio/types.ts';
import { finding, type Finding, type WithFindings } from '../../base/findings.ts';
import { mapRoutes } from '../objects.ts';
import { titleOf } from '../../base/title.ts';
import { buildName, isOwnAndGone, type LeavingBuilds } from './leaving-builds.ts';

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
      'the mirror is removed with the build.';
    findings.push(finding('mirror-removed', 'warning', message, virtualService));
    return withoutCopies(route, isOut);
  });
  return { value: findings.length === 0 ? virtualService : value, findings };
}
